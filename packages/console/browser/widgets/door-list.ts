import type { DeviceDoor } from '@swipegate/contract';
import { button, element, fill, newId } from './element.js';
import { complainer, type Field, type FieldSpec, type Option, offer, wrongText } from './fields.js';

const NONE: Option = { value: '', label: 'no reader' };
const MOST_DOORS = 64;
/** What opens a door at a Control iD device, whose models differ. */
const ACTIONS: readonly Option[] = [
  { value: '', label: 'as the device does' },
  { value: 'sec_box', label: 'SecBox (Control iD)' },
  { value: 'catra=clockwise', label: 'turnstile, clockwise (Control iD)' },
  { value: 'catra=anticlockwise', label: 'turnstile, anticlockwise (Control iD)' },
  { value: 'catra=both', label: 'turnstile, both ways (Control iD)' },
];

/** Doors of a device: for each its number, the readers of those who go in and out, and what opens it. */
export function doorList(
  spec: FieldSpec & { value: readonly DeviceDoor[]; readers: readonly Option[] },
): Field<DeviceDoor[]> {
  const wrong = wrongText();
  const lines = element('div', { class: 'column' });
  const field = element(
    'fieldset',
    { class: 'field', tabindex: '-1', 'aria-describedby': wrong.id },
    element('legend', {}, spec.label),
    spec.hint === undefined ? undefined : element('p', { class: 'note' }, spec.hint),
    lines,
    button('Add a door', () => add({ door: nextDoor() }), { class: 'quiet' }),
    wrong,
  );
  const rows: { element: HTMLElement; read(): DeviceDoor }[] = [];
  const nextDoor = () => Math.max(0, ...rows.map((row) => row.read().door)) + 1;
  const draw = () =>
    fill(
      lines,
      rows.map((row) => row.element),
    );
  const add = (door: DeviceDoor) => {
    if (rows.length === MOST_DOORS) return;
    const number = element('input', { type: 'number', id: newId(), min: '0', max: '255', required: true });
    number.value = String(door.door);
    const [inside, outside] = [readerSelect(spec.readers, door.in), readerSelect(spec.readers, door.out)];
    const opens = select(actionsWith(door.action), door.action);
    const row = {
      element: element(
        'div',
        { class: 'hours-line' },
        labelled('Door', number),
        labelled('In', inside),
        labelled('Out', outside),
        labelled('Opens', opens),
        button('Remove', () => remove(row), { class: 'quiet', 'aria-label': `Remove door ${door.door}` }),
      ),
      read: () => ({
        door: number.valueAsNumber,
        ...(inside.value === '' ? {} : { in: inside.value }),
        ...(outside.value === '' ? {} : { out: outside.value }),
        ...(opens.value === '' ? {} : { action: opens.value }),
      }),
    };
    rows.push(row);
    draw();
  };
  const remove = (row: (typeof rows)[number]) => {
    rows.splice(rows.indexOf(row), 1);
    draw();
    field.focus();
  };
  for (const door of spec.value) add(door);
  if (rows.length === 0) add({ door: 1 });
  return {
    name: spec.name,
    element: field,
    control: field,
    read: () => rows.map((row) => row.read()),
    complain: complainer(field, wrong),
  };
}

function readerSelect(readers: readonly Option[], value: string | undefined): HTMLSelectElement {
  return select([NONE, ...readers], value);
}

/** Other actions, such as `door=2`, come from the API. */
function actionsWith(action: string | undefined): readonly Option[] {
  if (action === undefined || ACTIONS.some(({ value }) => value === action)) return ACTIONS;
  return [...ACTIONS, { value: action, label: action }];
}

function select(options: readonly Option[], value: string | undefined): HTMLSelectElement {
  const control = element('select', { id: newId() });
  offer(control, options);
  control.value = value ?? '';
  return control;
}

function labelled(text: string, control: HTMLElement): HTMLElement {
  return element('span', {}, element('label', { for: control.id }, text), ' ', control);
}
