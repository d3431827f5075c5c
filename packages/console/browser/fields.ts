import { type Child, element, newId } from './element.js';
import { instantOf } from './times.js';

/** A labelled control of a form, and what is in it. */
export interface Field<Value> {
  /** As the API calls it in its problems. */
  name: string;
  element: HTMLElement;
  control: HTMLElement;
  read(): Value;
  /** Says what is wrong with it; an empty text that nothing is. */
  complain(reason: string): void;
}

interface Told {
  name: string;
  label: string;
  hint?: string;
  isOptional?: boolean;
}

interface TextTold extends Told {
  value?: string;
  maxLength?: number;
  minLength?: number;
}

/** One line; undefined where it is empty. */
export function textField(told: TextTold): Field<string | undefined> {
  const control = element('input', { type: 'text', autocomplete: 'off', spellcheck: 'false', ...lengths(told) });
  control.value = told.value ?? '';
  return labelled(told, control, () => control.value.trim() || undefined);
}

/** Several lines. @param rows that are seen at once */
export function areaField(told: TextTold & { rows: number; isCode?: boolean }): Field<string> {
  const control = element('textarea', {
    rows: String(told.rows),
    ...lengths(told),
    ...(told.isCode ? { class: 'code', spellcheck: 'false' } : {}),
  });
  control.value = told.value ?? '';
  return labelled(told, control, () => control.value.trim());
}

/** The reason that every change is asked for. */
export function whyField(): Field<string> {
  return areaField({
    name: 'why',
    label: 'Why',
    hint: 'In words for an auditor, 3 characters at least.',
    rows: 2,
    minLength: 3,
    maxLength: 500,
  });
}

export function numberField(told: Told & { value: number; min: number; max: number }): Field<number> {
  const control = element('input', { type: 'number', min: String(told.min), max: String(told.max), step: 'any' });
  control.value = String(told.value);
  return labelled(told, control, () => control.valueAsNumber);
}

/** A local date and time; RFC 3339 where it is not empty. */
export function timeField(told: Told): Field<string | undefined> {
  const control = element('input', { type: 'datetime-local' });
  return labelled({ isOptional: true, ...told }, control, () => instantOf(control.value));
}

export interface Option {
  value: string;
  label: string;
}

export function selectField(told: Told & { options: readonly Option[]; value?: string }): Field<string> {
  const control = element('select', {});
  control.append(...told.options.map(({ value, label }) => element('option', { value }, label)));
  if (told.value !== undefined) control.value = told.value;
  return labelled(told, control, () => control.value);
}

export function checkField(told: Told & { value: boolean }): Field<boolean> {
  const control = element('input', { type: 'checkbox', id: newId() });
  control.checked = told.value;
  const wrong = wrongText();
  return {
    name: told.name,
    element: element(
      'div',
      { class: 'field check' },
      control,
      element('label', { for: control.id }, told.label),
      wrong,
    ),
    control,
    read: () => control.checked,
    complain: complainer(control, wrong),
  };
}

/** Any number of choices. */
export function checkGroup(told: Told & { options: readonly Option[]; value: readonly string[] }): Field<string[]> {
  const boxes = told.options.map(({ value }) => {
    const box = element('input', { type: 'checkbox', id: newId(), value });
    box.checked = told.value.includes(value);
    return box;
  });
  const wrong = wrongText();
  const group = element(
    'fieldset',
    { class: 'field', tabindex: '-1' },
    element('legend', {}, told.label),
    element(
      'div',
      { class: 'checks' },
      boxes.map((box, i) =>
        element('div', { class: 'check' }, box, element('label', { for: box.id }, told.options[i]?.label ?? '')),
      ),
    ),
    wrong,
  );
  return {
    name: told.name,
    element: group,
    control: group,
    read: () => boxes.flatMap(({ checked, value }) => (checked ? [value] : [])),
    complain: complainer(group, wrong),
  };
}

export function fileField(told: Told & { accept: string }): Field<File | undefined> {
  const control = element('input', { type: 'file', accept: told.accept, required: true });
  return labelled(told, control, () => control.files?.[0]);
}

function labelled<Control extends HTMLElement, Value>(
  { name, label, hint, isOptional = false }: Told,
  control: Control,
  read: () => Value,
): Field<Value> {
  control.id = newId();
  control.setAttribute('name', name);
  if (!isOptional) control.setAttribute('required', '');
  const wrong = wrongText();
  const hinted = hint === undefined ? undefined : element('p', { class: 'note', id: newId() }, hint);
  control.setAttribute('aria-describedby', [hinted?.id, wrong.id].filter((id) => id !== undefined).join(' '));
  const optional: Child = isOptional ? element('span', { class: 'soft' }, ' (optional)') : undefined;
  return {
    name,
    element: element(
      'div',
      { class: 'field' },
      element('label', { for: control.id }, label, optional),
      control,
      hinted,
      wrong,
    ),
    control,
    read,
    complain: complainer(control, wrong),
  };
}

function wrongText(): HTMLElement {
  return element('p', { class: 'wrong', id: newId() });
}

function complainer(control: HTMLElement, wrong: HTMLElement): (reason: string) => void {
  return (reason) => {
    wrong.textContent = reason;
    if (reason === '') control.removeAttribute('aria-invalid');
    else control.setAttribute('aria-invalid', 'true');
  };
}

function lengths({ minLength, maxLength }: Pick<TextTold, 'minLength' | 'maxLength'>): Record<string, string> {
  return {
    ...(minLength === undefined ? {} : { minlength: String(minLength) }),
    ...(maxLength === undefined ? {} : { maxlength: String(maxLength) }),
  };
}
