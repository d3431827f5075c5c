import { showOnce } from './dialog.js';
import { button, element, say } from './element.js';

export interface Secret {
  /** What it opens, such as the id of a reader. */
  of: string;
  key: string;
}

/** Shows keys that cannot be read again. @param use says what to do with them */
export function showKeys(title: string, use: string, secrets: readonly Secret[]): Promise<void> {
  const copied = element('p', { class: 'note', role: 'status' });
  const copy = (key: string) => {
    navigator.clipboard.writeText(key).then(
      () => say(copied, 'Copied.'),
      () => say(copied, 'The browser does not let this page copy. Select the key and copy it yourself.'),
    );
  };
  const isOne = secrets.length === 1;
  const shown = secrets.map(({ of, key }) => [
    isOne ? undefined : element('h3', {}, of),
    element(
      'p',
      { class: 'secret' },
      element('code', { tabindex: '0', 'aria-label': isOne ? 'Key' : `Key of ${of}` }, key),
      button('Copy', () => copy(key), isOne ? {} : { 'aria-label': `Copy the key of ${of}` }),
    ),
  ]);
  const content = element('div', {}, element('p', {}, use), shown, copied);
  return showOnce(title, content, isOne ? 'I have saved it' : 'I have saved them');
}
