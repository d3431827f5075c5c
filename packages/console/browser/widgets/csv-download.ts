import { CSV_SEPARATORS } from '@swipegate/contract/values/csv-text';
import type { Download, Query } from '../api/api.js';
import { saveFile } from '../api/files.js';
import { button, element, fill, newId } from './element.js';

/** Excel splits at semicolons where a comma divides decimals. The choice stays until the page is loaded again. */
let chosen: string = new Intl.NumberFormat().format(1.5).includes(',') ? 'semicolon' : 'comma';

/**
 * A button that saves a list as CSV, with a choice of the separator. The file begins with a byte-order mark, because Excel
 * breaks umlauts without one. @param load downloads the list with these query parameters
 */
export function csvDownload(
  { complain }: { complain(where: HTMLElement, error: unknown, again: () => void): void },
  load: (style: Query) => Promise<Download>,
): HTMLElement {
  const wrong = element('div');
  const options = Object.keys(CSV_SEPARATORS).map((value) => element('option', { value }, value));
  const separator = element('select', { id: newId() }, ...options);
  separator.value = chosen;
  separator.addEventListener('change', () => {
    chosen = separator.value;
  });
  const save = () => {
    fill(wrong);
    load({ separator: separator.value, bom: 'true' }).then(saveFile, (error) => complain(wrong, error, save));
  };
  const label = element('label', { for: separator.id }, 'separated by');
  return element('div', { class: 'csv' }, button('Save as CSV', save), label, separator, wrong);
}
