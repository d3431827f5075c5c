/** Encodings of text files that spreadsheets write. */
export type TextEncoding = 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1252';

/** A file is in an encoding that is not known. The message is a sentence that names the line. */
export class TextEncodingError extends Error {
  override readonly name = 'TextEncodingError';
  readonly code = 'TEXT_ENCODING';
}

const LINE_END = /\r\n?|\n/g;
const NOT_ASCII = /[^\0-\x7f]/;
/**
 * Characters of the bytes 0x80 to 0x9f in Windows-1252; the others are those of ISO 8859-1. A space stands for a byte
 * without a character: old encodings of DOS and macOS use these for letters. Node 20's TextDecoder has no such table
 * (https://github.com/nodejs/node/issues/56542).
 */
const FROM_80 = '€ ‚ƒ„…†‡ˆ‰Š‹Œ Ž  ‘’“”•–—˜™š›œ žŸ';
const IN_TABLE = /[\x80-\x9f]/g;
const REMEDY = 'Save the file as “CSV UTF-8”.';

/**
 * Decodes a text file: UTF-8, or UTF-16 in either byte order (Excel’s “Unicode Text”), with or without a byte-order
 * mark, else Windows-1252 (Excel’s “CSV” in western Europe and America). A file that is UTF-8 in one place and not in
 * another is damaged, and is refused: a wrong guess would store wrong names. @throws {TextEncodingError}
 */
export function decodedText(bytes: Uint8Array): { text: string; encoding: TextEncoding } {
  const encoding = unicodeOf(bytes);
  try {
    return { text: new TextDecoder(encoding, { fatal: true }).decode(bytes), encoding };
  } catch {
    if (encoding === 'utf-8') return windows1252(bytes);
    throw new TextEncodingError(`The file is damaged: it begins as UTF-16, and is not. ${REMEDY}`);
  }
}

function unicodeOf([first, second]: Uint8Array): Exclude<TextEncoding, 'windows-1252'> {
  if ((first === 0xff && second === 0xfe) || (first !== 0 && second === 0)) return 'utf-16le';
  if ((first === 0xfe && second === 0xff) || (first === 0 && second !== 0)) return 'utf-16be';
  return 'utf-8';
}

/** @throws {TextEncodingError} if the bytes are damaged UTF-8, or have bytes that Windows-1252 does not know */
function windows1252(bytes: Uint8Array): { text: string; encoding: 'windows-1252' } {
  const lenient = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
  if (NOT_ASCII.test(lenient.replaceAll('\ufffd', ''))) {
    const sound = Buffer.from(lenient);
    const fault = bytes.findIndex((byte, i) => byte !== sound[i]);
    throw new TextEncodingError(`Line ${lineOf(bytes, fault)} is not UTF-8, but other lines are. ${REMEDY}`);
  }
  const unknown = bytes.findIndex((byte) => FROM_80[byte - 0x80] === ' ');
  if (unknown !== -1) {
    throw new TextEncodingError(
      `Line ${lineOf(bytes, unknown)} is in an unknown encoding: not in UTF-8, UTF-16 or Windows-1252. ${REMEDY}`,
    );
  }
  const text = Buffer.from(bytes)
    .toString('latin1')
    .replaceAll(IN_TABLE, (character) => FROM_80[character.charCodeAt(0) - 0x80] ?? character);
  return { text, encoding: 'windows-1252' };
}

/** Number of the line that holds the byte at an index. */
function lineOf(bytes: Uint8Array, index: number): number {
  const before = Buffer.from(bytes).toString('latin1', 0, index === -1 ? bytes.length : index);
  return 1 + (before.match(LINE_END)?.length ?? 0);
}
