import { element, fill, newId, say } from './element.js';

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

export interface FieldSpec {
  name: string;
  label: string;
  hint?: string;
  isOptional?: boolean;
}

interface TextFieldSpec extends FieldSpec {
  value?: string;
  maxLength?: number;
  minLength?: number;
  /** Values that the field proposes; others are allowed too. */
  proposals?: readonly string[];
}

/** One line of text; undefined if empty. */
export function textField(spec: TextFieldSpec): Field<string | undefined> {
  const control = element('input', { type: 'text', autocomplete: 'off', spellcheck: 'false', ...lengths(spec) });
  control.value = spec.value ?? '';
  const field = labelled(spec, control, () => control.value.trim() || undefined);
  if (spec.proposals !== undefined) {
    const options = spec.proposals.map((value) => element('option', { value }));
    const list = element('datalist', { id: newId() }, options);
    control.setAttribute('list', list.id);
    field.element.append(list);
  }
  return field;
}

/** The name of something new, and its id: proposed from the name until the user writes one. */
export function nameAndId(
  name: Omit<TextFieldSpec, 'maxLength'>,
  id: Omit<TextFieldSpec, 'maxLength' | 'hint'>,
  propose: (name: string) => string,
): [name: Field<string | undefined>, id: Field<string | undefined>] {
  const nameField = textField({ ...name, maxLength: 128 });
  const hint = 'Cannot be changed later. Letters, digits and . _ : -';
  const idField = textField({ ...id, hint, maxLength: 64 });
  idField.control.addEventListener('input', () => idField.control.setAttribute('data-own', ''));
  nameField.control.addEventListener('input', () => {
    if (!idField.control.hasAttribute('data-own')) write(idField, propose(nameField.read() ?? ''));
  });
  return [nameField, idField];
}

/** Replaces the text of a field. */
export function write({ control }: Field<unknown>, text: string): void {
  if (control instanceof HTMLInputElement) control.value = text;
}

/** Shows or hides a field. The browser does not check a hidden one. */
export function show(field: Field<unknown>, isShown: boolean): void {
  field.element.hidden = !isShown;
  if (field.control instanceof HTMLInputElement) field.control.disabled = !isShown;
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

/** The reason, which every change needs. @param proposed text to begin with */
export function whyField(proposed = ''): Field<string> {
  return areaField({
    value: proposed,
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

/** A number that may be left out. Reads as undefined if empty. */
export function optionalNumberField(
  spec: FieldSpec & { value: number | undefined; min: number; max: number },
): Field<number | undefined> {
  const attributes = { type: 'number', min: String(spec.min), max: String(spec.max), step: 'any' };
  const control = element('input', attributes);
  control.value = spec.value === undefined ? '' : String(spec.value);
  return labelled({ ...spec, isOptional: true }, control, () =>
    control.value === '' ? undefined : control.valueAsNumber,
  );
}

/** A time of day, HH:MM; undefined if empty. */
export function clockField(spec: FieldSpec & { value: string | undefined }): Field<string | undefined> {
  const control = element('input', { type: 'time' });
  control.value = spec.value ?? '';
  return labelled({ ...spec, isOptional: true }, control, () => control.value || undefined);
}

/** A day of the calendar, such as 2026-11-25. */
export function dayField(spec: FieldSpec & { value: string }): Field<string> {
  const control = element('input', { type: 'date', required: '' });
  control.value = spec.value;
  return labelled(spec, control, () => control.value);
}

/** A local date and time. Reads as RFC 3339 in UTC; undefined if empty. */
export function timeField(spec: FieldSpec): Field<string | undefined> {
  const control = element('input', { type: 'datetime-local' });
  return labelled({ isOptional: true, ...spec }, control, () => instantOf(control.value));
}

export interface Option {
  value: string;
  label: string;
  /** Explanation of the value. */
  note?: string;
}

export interface OptionGroup {
  label: string;
  options: readonly Option[];
}

export function selectField(
  spec: FieldSpec & { options: readonly (Option | OptionGroup)[]; value?: string | undefined },
): Field<string> {
  const control = element('select', {});
  offer(control, spec.options);
  if (spec.value !== undefined) control.value = spec.value;
  return labelled(spec, control, () => control.value);
}

/** Replaces the options of a select, and keeps the selected value if it is still offered. */
export function offer(control: HTMLElement, options: readonly (Option | OptionGroup)[]): void {
  if (!(control instanceof HTMLSelectElement)) return;
  const { value } = control;
  const option = (each: Option) => element('option', { value: each.value }, each.label);
  fill(
    control,
    options.map((each) =>
      'options' in each ? element('optgroup', { label: each.label }, each.options.map(option)) : option(each),
    ),
  );
  if (Array.from(control.options).some((each) => each.value === value)) control.value = value;
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

export function wrongText(): HTMLElement {
  return element('p', { class: 'wrong', id: newId() });
}

export function complainer(control: HTMLElement, wrong: HTMLElement): (reason: string) => void {
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
