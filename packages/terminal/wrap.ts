import { widthOf } from './fit.js';

/** Columns left beside the widest indent (`  INVALID: `) on the narrowest terminal (20 columns). */
const LEAST = 8;

/** Wraps a text at `width` columns, within a word only if it is too long. `first` precedes it; later lines align. */
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

function pieces(word: string, room: number): string[] {
  if (widthOf(word) <= room) return word === '' ? [] : [word];
  const fitting: string[] = [];
  let piece = '';
  let width = 0;
  for (const character of word) {
    const more = widthOf(character);
    if (width + more > room) {
      fitting.push(piece);
      piece = '';
      width = 0;
    }
    piece += character;
    width += more;
  }
  return [...fitting, piece];
}
