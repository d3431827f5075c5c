/** HTML that is safe to insert without escaping. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

type Insert = Markup | string | number | readonly Markup[];

/** Builds HTML from a template. Inserted values are escaped, unless they are Markup. */
export function html(literals: TemplateStringsArray, ...inserts: readonly Insert[]): Markup {
  return new Markup(literals.map((literal, i) => (i === 0 ? literal : `${textOf(inserts[i - 1])}${literal}`)).join(''));
}

export const NOTHING = new Markup('');

function textOf(insert: Insert | undefined): string {
  if (insert === undefined) return '';
  if (insert instanceof Markup) return insert.text;
  if (typeof insert === 'object') return insert.map(({ text }) => text).join('');
  return escaped(String(insert));
}

/** Escapes HTML, and replaces control characters (except line breaks) and characters that change the text direction. */
export function escaped(text: string): string {
  return text
    .replaceAll(/[\p{Cs}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]|(?!\n)\p{Cc}/gu, '\ufffd')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

/** JSON for a script element. Escapes `<`, because `</script` would end the element even inside a string. */
export function jsonForScript(value: unknown): Markup {
  return new Markup(JSON.stringify(value).replaceAll('<', '\\u003c'));
}

const LONGEST_NAME = 80;

/** Cuts a foreign name to 80 characters, with an ellipsis. */
export function shortName(name: string): string {
  const characters = Array.from(name.slice(0, 2 * LONGEST_NAME + 2));
  return characters.length <= LONGEST_NAME ? name : `${characters.slice(0, LONGEST_NAME - 1).join('')}…`;
}
