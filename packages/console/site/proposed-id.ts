/** Letters without a decomposition in Unicode that people transcribe. */
const TRANSCRIBED: Readonly<Record<string, string>> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  ł: 'l',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  ı: 'i',
};
const LONGEST = 64;

/**
 * Proposes an id for something with a name, such as `north-gate` for "North Gate". Empty if no letter or digit of the name
 * can be part of an id.
 * @param taken ids that exist already: a number is appended to avoid them
 */
export function proposedId(name: string, taken: Iterable<string> = []): string {
  const id = name
    .toLowerCase()
    .replaceAll(/[ßæœøłđðþı]/g, (letter) => TRANSCRIBED[letter] ?? '')
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '');
  const isTaken = new Set(taken);
  for (let number = 1; ; number++) {
    const ending = number === 1 ? '' : `-${number}`;
    const proposed = `${id.slice(0, LONGEST - ending.length).replace(/-$/, '')}${ending}`;
    if (id === '' || !isTaken.has(proposed)) return id === '' ? '' : proposed;
  }
}
