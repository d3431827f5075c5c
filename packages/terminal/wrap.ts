import { widthOf } from './fit.js';

/** Columns beside the widest indent (`  INVALID: `) in the narrowest terminal (20 columns). */
const LEAST = 8;

/**
 * Wraps text to lines of at most `width` columns, between words, or within a word that is too long. The first line
 * begins with `first`; the others are indented by its width.
 */
export function wrapped(text: string, { first, width }: { first: string; width: number }): string[] {
  const indent = widthOf(first);
  const room = Math.max(LEAST, width - indent);
  const lines: string[] = [];
  let line = '';
  for (const piece of text.split(' ').flatMap((word) => pieces(word, room))) {
    if (line !== '' && widthOf(line) + 1 + widthOf(piece) > room) {
      lines.push(line);
      line = piece;
    } else {
      line = line === '' ? piece : `${line} ${piece}`;
    }
  }
  return [...lines, line].map((each, i) => `${i === 0 ? first : ' '.repeat(indent)}${each}`);
}

/** Splits a word into pieces of at most `room` columns. */
function pieces(word: string, room: number): string[] {
  if (widthOf(word) <= room) return word === '' ? [] : [word];
  const parts: string[] = [];
  let part = '';
  let width = 0;
  for (const character of word) {
    const more = widthOf(character);
    if (width + more > room) {
      parts.push(part);
      part = '';
      width = 0;
    }
    part += character;
    width += more;
  }
  return [...parts, part];
}
