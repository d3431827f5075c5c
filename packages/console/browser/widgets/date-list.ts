import { button, element, fill, newId } from './element.js';
import { complainer, type Field, type FieldSpec, wrongText } from './fields.js';

/** A list of dates, YYYY-MM-DD, in order. A date that is chosen but not added yet counts. @param changed after each change */
export function dateList(
  spec: FieldSpec & { value: readonly string[] },
  changed: (dates: readonly string[]) => void,
): Field<string[]> {
  const dates = new Set(spec.value);
  const wrong = wrongText();
  const input = element('input', { type: 'date', id: newId(), min: '2000-01-01', max: '9999-12-31' });
  const list = element('ul', { class: 'chips' });
  const read = () => {
    if (input.value !== '') dates.add(input.value);
    return Array.from(dates).sort();
  };
  const draw = () => {
    fill(
      list,
      Array.from(dates)
        .sort()
        .map((date) => {
          const remove = () => {
            dates.delete(date);
            draw();
            input.focus();
          };
          return element(
            'li',
            {},
            dateText(date),
            button('×', remove, { class: 'quiet', 'aria-label': `Remove ${date}` }),
          );
        }),
    );
    list.hidden = dates.size === 0;
    changed(Array.from(dates));
  };
  const add = () => {
    if (input.value === '') return input.focus();
    dates.add(input.value);
    input.value = '';
    draw();
    input.focus();
  };
  input.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter') return;
    event.preventDefault();
    add();
  });
  const field = element(
    'fieldset',
    { class: 'field', tabindex: '-1', 'aria-describedby': wrong.id },
    element('legend', {}, spec.label),
    spec.hint === undefined ? undefined : element('p', { class: 'note' }, spec.hint),
    list,
    element(
      'div',
      { class: 'add' },
      element('label', { for: input.id, class: 'unseen' }, 'New date'),
      input,
      button('Add date', add),
    ),
    wrong,
  );
  draw();
  return { name: spec.name, element: field, control: field, read, complain: complainer(field, wrong) };
}

/** A date with its weekday, such as "Fri, 25 Dec 2026". */
function dateText(date: string): string {
  const ms = Date.parse(`${date}T00:00:00Z`);
  if (Number.isNaN(ms)) return date;
  const options = { weekday: 'short', day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC' } as const;
  return new Intl.DateTimeFormat('en-GB', options).format(ms);
}
