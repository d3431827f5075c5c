import { element, newId } from './element.js';
import { complainer, type Field, type FieldSpec, type Option, wrongText } from './fields.js';

interface Box extends Option {
  /** Levels of indentation below the first one. */
  depth?: number;
}

/** A group of checkboxes. Reads as the checked values. */
export function checkGroup(spec: FieldSpec & { options: readonly Box[]; value: readonly string[] }): Field<string[]> {
  return checkTree({ ...spec, groups: [{ options: spec.options }] });
}

/** Checkboxes in titled groups, each indented by its depth. Reads as the checked values. */
export function checkTree(
  spec: FieldSpec & { groups: readonly { title?: string; options: readonly Box[] }[]; value: readonly string[] },
): Field<string[]> {
  const boxes: HTMLInputElement[] = [];
  const line = ({ value, label, note, depth = 0 }: Box) => {
    const box = element('input', { type: 'checkbox', id: newId(), value });
    box.checked = spec.value.includes(value);
    boxes.push(box);
    return choiceLine(box, label, note, depth);
  };
  const content = spec.groups.map(({ title, options }) => {
    const checks = element(
      'div',
      { class: spec.groups.length > 1 || options.some(({ note }) => note) ? 'column' : 'checks' },
      options.map(line),
    );
    return title === undefined ? checks : element('fieldset', { class: 'group' }, element('legend', {}, title), checks);
  });
  return grouped(spec, content, () => boxes.flatMap(({ checked, value }) => (checked ? [value] : [])));
}

/** Radio buttons, each with an explanation. Reads as the chosen value. */
export function choiceField(spec: FieldSpec & { options: readonly Option[]; value: string }): Field<string> {
  const name = newId();
  const buttons = spec.options.map(({ value }) => {
    const radio = element('input', { type: 'radio', id: newId(), name, value });
    radio.checked = value === spec.value;
    return radio;
  });
  const lines = buttons.map((radio, i) => choiceLine(radio, spec.options[i]?.label ?? '', spec.options[i]?.note, 0));
  return grouped(
    spec,
    [element('div', { class: 'column' }, lines)],
    () => buttons.find(({ checked }) => checked)?.value ?? spec.value,
  );
}

function choiceLine(box: HTMLInputElement, label: string, note: string | undefined, depth: number): HTMLElement {
  const explained = note === undefined ? undefined : element('p', { class: 'note', id: newId() }, note);
  if (explained !== undefined) box.setAttribute('aria-describedby', explained.id);
  const line = element('div', { class: 'check' }, box, element('label', { for: box.id }, label), explained);
  if (depth > 0) line.style.marginInlineStart = `${depth * 24}px`;
  return line;
}

function grouped<Value>({ name, label, hint }: FieldSpec, content: HTMLElement[], read: () => Value): Field<Value> {
  const wrong = wrongText();
  const hinted = hint === undefined ? undefined : element('p', { class: 'note', id: newId() }, hint);
  const described = [hinted?.id, wrong.id].filter((id) => id !== undefined).join(' ');
  const group = element(
    'fieldset',
    { class: 'field', tabindex: '-1', 'aria-describedby': described },
    element('legend', {}, label),
    hinted,
    content,
    wrong,
  );
  return { name, element: group, control: group, read, complain: complainer(group, wrong) };
}
