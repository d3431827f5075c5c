import type { Download } from './api.js';
import { element } from './element.js';

/** Saves a download as a file, by a click on a link. */
export function saveFile({ content, fileName }: Download): void {
  const url = URL.createObjectURL(content);
  const anchor = element('a', { href: url, download: fileName });
  anchor.click();
  // By then the browser has read the content.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
