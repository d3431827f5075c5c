/** Characters two columns wide. Includes doubtful ones: a line that is too long breaks a live block. */
const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{16fe0}-\u{18fff}\u{1b000}-\u{1b2ff}\u{1f000}-\u{3fffd}]|\p{Emoji_Presentation}/u;

/** Number of terminal columns that a text takes at most. */
export function widthOf(text: string): number {
  let width = 0;
  for (const character of text) width += WIDE.test(character) ? 2 : 1;
  return width;
}

/** Cuts a text with an ellipsis if it takes more than `width` columns. */
export function fit(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  if (width < 1) return '';
  let shown = '';
  let room = width - 1;
  for (const character of text) {
    room -= widthOf(character);
    if (room < 0) break;
    shown += character;
  }
  return `${shown}…`;
}

/** Escape sequences and other characters that steer a terminal or change the writing direction. */
const STEERING = '\\p{Cc}\\p{Zl}\\p{Zp}\\p{Cs}\\u061c\\u200e\\u200f\\u202a-\\u202e\\u2066-\\u2069';
const IN_LINE = new RegExp(`[${STEERING}]`, 'gu');
/** The styles of {@link ./ink.ts} and line breaks are a part of our own texts. */
const IN_TEXT = new RegExp(`\\n|\\u001b\\[(?:1|2|22|31|32|39)m|[${STEERING}]`, 'gu');
/** JSON.stringify escapes all others. */
const IN_JSON = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** Replaces the control characters of untrusted text, such as a name, which could steer the terminal. */
export function printable(text: string): string {
  return text.replaceAll(IN_LINE, '\ufffd');
}

/** Does the same to a text with line breaks and styles of our own, such as an error or a report. */
export function printableText(text: string): string {
  return text.replaceAll(IN_TEXT, (found) => (found.length > 1 || found === '\n' ? found : '\ufffd'));
}

/** Returns JSON whose strings cannot steer a terminal. It reads back to the same value. @param indent spaces */
export function printableJson(value: unknown, indent?: number): string {
  const escaped = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return JSON.stringify(value, undefined, indent).replaceAll(IN_JSON, escaped);
}
