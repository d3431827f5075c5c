import type { Download } from './api.js';
import { element } from './element.js';

/** Saves what was downloaded, as a click on a link would. */
export function saveFile({ content, fileName }: Download): void {
  const url = URL.createObjectURL(content);
  const anchor = element('a', { href: url, download: fileName });
  anchor.click();
  // The browser has taken it by then.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
