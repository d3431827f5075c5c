/** Marks, overrides and isolates that change the direction of the text after them (UAX #9). */
const DIRECTION = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
/** Characters without a shape. The joiners U+200C and U+200D stay within a word: Persian and emoji need them. */
const INVISIBLE =
  /[\u00ad\u115f\u1160\u17b4\u17b5\u180e\u200b\u2060-\u2064\u206a-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb]|\u034f/g;
const JOINERS_AT_EDGES = /(?<=^|\s)[\u200c\u200d]+|[\u200c\u200d]+(?=\s|$)/g;
const SPACES = /[\p{Zs}\u2800]+/gu;
const LONE_SURROGATES = /\p{Cs}/gu;
/** Most ids and many names. */
const ALREADY_PLAIN = /^[!-~]+(?: [!-~]+)*$/;

/**
 * Returns the form in which names and ids are stored: NFC (UAX #15), single plain spaces, none at the ends, no
 * invisible characters, none that change the direction. Spreadsheets and web pages add such characters. Control
 * characters stay, so that the schemas refuse them.
 */
export function plainText(text: string): string {
  if (ALREADY_PLAIN.test(text)) return text;
  return withoutDirection(text)
    .replaceAll(INVISIBLE, '')
    .replaceAll(LONE_SURROGATES, '\ufffd')
    .replaceAll(SPACES, ' ')
    .replaceAll(JOINERS_AT_EDGES, '')
    .trim()
    .normalize('NFC');
}

/** Removes characters that change the order in which this text, or the text beside it, is shown. */
export function withoutDirection(text: string): string {
  return text.replaceAll(DIRECTION, '');
}

/** Accents of Latin, Greek and Cyrillic letters. The marks of other scripts are letters of their own. */
const ACCENTS = /[\u0300-\u036f]/g;
/** Letters that have an accent in their shape, so Unicode does not decompose them. */
const SHAPES: Readonly<Record<string, string>> = {
  ...{ ß: 'ss', æ: 'ae', œ: 'oe', ø: 'o', đ: 'd', ð: 'd', þ: 'th', ł: 'l', ħ: 'h', ŧ: 't', ı: 'i', ŋ: 'n', ς: 'σ' },
};
const SHAPED = new RegExp(`[${Object.keys(SHAPES).join('')}]`, 'g');
/** How people write these letters on a keyboard that lacks them. */
const SPELT_OUT: Readonly<Record<string, string>> = { ä: 'ae', ö: 'oe', ü: 'ue', ø: 'oe', å: 'aa' };
const SPELLABLE = new RegExp(`[${Object.keys(SPELT_OUT).join('')}]`, 'g');

/** Lower case without accents: the key by which names are compared and sorted. `Jürgen Ößler` gives `jurgen ossler`. */
export function foldedText(text: string): string {
  if (ALREADY_PLAIN.test(text)) return text.toLowerCase();
  const lower = plainText(text).normalize('NFKD').toLowerCase();
  return lower.replaceAll(ACCENTS, '').replaceAll(SHAPED, (letter) => SHAPES[letter] ?? letter);
}

/**
 * A test for texts that hold every word of a search, in any order, without regard to case and accents. An umlaut may
 * be spelt out: `mueller` finds Müller. Undefined if the search has no word.
 */
export function searchFor(search: string): ((...texts: readonly string[]) => boolean) | undefined {
  const words = foldedText(search).split(/\s+/).filter(Boolean);
  if (words.length === 0) return undefined;
  return (...texts) => {
    const folded = texts.map(foldedText).join('#');
    const left = words.filter((word) => !folded.includes(word));
    if (left.length === 0) return true;
    const spelt = texts.map((text) => foldedText(speltOut(text))).join('#');
    return left.every((word) => spelt.includes(word));
  };
}

function speltOut(text: string): string {
  return text
    .normalize('NFC')
    .toLowerCase()
    .replaceAll(SPELLABLE, (letter) => SPELT_OUT[letter] ?? letter);
}
