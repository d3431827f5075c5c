import { element, newId, say } from './element.js';

/** A labelled control of a form. */
export interface Field<Value> {
  /** Member name in the API's problems. */
  name: string;
  element: HTMLElement;
  control: HTMLElement;
  read(): Value;
  /** Shows the reason why the value is invalid; an empty text clears it. */
  complain(reason: string): void;
}

interface FieldSpec {
  name: string;
  label: string;
  hint?: string;
  isOptional?: boolean;
}

interface TextFieldSpec extends FieldSpec {
  value?: string;
  maxLength?: number;
  minLength?: number;
}

/** One line of text; undefined if empty. */
export function textField(spec: TextFieldSpec): Field<string | undefined> {
  const control = element('input', { type: 'text', autocomplete: 'off', spellcheck: 'false', ...lengths(spec) });
  control.value = spec.value ?? '';
  return labelled(spec, control, () => control.value.trim() || undefined);
}

/** Several lines of text. `rows` are visible at a time. */
export function areaField(spec: TextFieldSpec & { rows: number; isCode?: boolean }): Field<string> {
  const control = element('textarea', {
    rows: String(spec.rows),
    ...lengths(spec),
    ...(spec.isCode ? { class: 'code', spellcheck: 'false' } : {}),
  });
  control.value = spec.value ?? '';
  return labelled(spec, control, () => control.value.trim());
}

/** The reason, which every change needs. */
export function whyField(): Field<string> {
  return areaField({
    name: 'why',
    label: 'Why',
    hint: 'Reason for the audit trail, at least 3 characters.',
    rows: 2,
    minLength: 3,
    maxLength: 500,
  });
}

export function numberField(spec: FieldSpec & { value: number; min: number; max: number }): Field<number> {
  const control = element('input', { type: 'number', min: String(spec.min), max: String(spec.max), step: 'any' });
  control.value = String(spec.value);
  return labelled(spec, control, () => control.valueAsNumber);
}

/** A local date and time. Reads as RFC 3339 in UTC; undefined if empty. */
export function timeField(spec: FieldSpec): Field<string | undefined> {
  const control = element('input', { type: 'datetime-local' });
  return labelled({ isOptional: true, ...spec }, control, () => instantOf(control.value));
}

export interface Option {
  value: string;
  label: string;
}

export function selectField(
  spec: FieldSpec & { options: readonly Option[]; value?: string | undefined },
): Field<string> {
  const control = element('select', {});
  control.append(...spec.options.map(({ value, label }) => element('option', { value }, label)));
  if (spec.value !== undefined) control.value = spec.value;
  return labelled(spec, control, () => control.value);
}

export function checkField(spec: FieldSpec & { value: boolean }): Field<boolean> {
  const control = element('input', { type: 'checkbox', id: newId() });
  control.checked = spec.value;
  const label = element('label', { for: control.id }, spec.label);
  const wrong = wrongText();
  return {
    name: spec.name,
    element: element('div', { class: 'field check' }, control, label, wrong),
    control,
    read: () => control.checked,
    complain: complainer(control, wrong),
  };
}

/** A group of checkboxes. Reads as the checked values. */
export function checkGroup(
  spec: FieldSpec & { options: readonly Option[]; value: readonly string[] },
): Field<string[]> {
  const boxes = spec.options.map(({ value }) => {
    const box = element('input', { type: 'checkbox', id: newId(), value });
    box.checked = spec.value.includes(value);
    return box;
  });
  const rows = boxes.map((box, i) =>
    element('div', { class: 'check' }, box, element('label', { for: box.id }, spec.options[i]?.label ?? '')),
  );
  const wrong = wrongText();
  const legend = element('legend', {}, spec.label);
  const group = element(
    'fieldset',
    { class: 'field', tabindex: '-1' },
    legend,
    element('div', { class: 'checks' }, rows),
    wrong,
  );
  return {
    name: spec.name,
    element: group,
    control: group,
    read: () => boxes.flatMap(({ checked, value }) => (checked ? [value] : [])),
    complain: complainer(group, wrong),
  };
}

/** An input outside a form dialog, e.g. above a list. The caller labels it. */
export function searchInput(value: string | null): HTMLInputElement {
  return element('input', {
    type: 'search',
    id: newId(),
    maxlength: '64',
    autocomplete: 'off',
    spellcheck: 'false',
    value: value ?? '',
  });
}

export function fileField(spec: FieldSpec & { accept: string }): Field<File | undefined> {
  const control = element('input', { type: 'file', accept: spec.accept, required: true });
  return labelled(spec, control, () => control.files?.[0]);
}

function labelled<Control extends HTMLElement, Value>(
  { name, label, hint, isOptional = false }: FieldSpec,
  control: Control,
  read: () => Value,
): Field<Value> {
  control.id = newId();
  control.setAttribute('name', name);
  if (!isOptional) control.setAttribute('required', '');
  const wrong = wrongText();
  const hinted = hint === undefined ? undefined : element('p', { class: 'note', id: newId() }, hint);
  control.setAttribute('aria-describedby', [hinted?.id, wrong.id].filter((id) => id !== undefined).join(' '));
  const optional = isOptional ? element('span', { class: 'soft' }, ' (optional)') : undefined;
  const title = element('label', { for: control.id }, label, optional);
  return {
    name,
    element: element('div', { class: 'field' }, title, control, hinted, wrong),
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
    say(wrong, reason);
    control.ariaInvalid = reason === '' ? null : 'true';
  };
}

function lengths({ minLength, maxLength }: TextFieldSpec) {
  return { minlength: minLength?.toString(), maxlength: maxLength?.toString() };
}

/** Converts the value of a datetime-local input to RFC 3339 in UTC; undefined if empty. */
function instantOf(local: string): string | undefined {
  const ms = new Date(local).getTime();
  return Number.isNaN(ms) ? undefined : new Date(ms).toISOString();
}
