import type { CardNumbers } from './card-format.js';
import {
  type CardNumber,
  CardNumberFault,
  cardIdOf,
  isCanonicalCardId,
  isUnreadCardId,
  NUMBER_FORMATS,
  type NumberFormat,
  numberRead,
} from './card-number.js';
import { LAYOUTS } from './wiegand.js';

/** One way to read what somebody typed. */
export interface CardNumberReading {
  cardId: string;
  /** End of a sentence that begins with: read. */
  how: string;
}

const CARD_ID = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$/;
/** Text that may be the bits of a card, which nobody means as a decimal number. */
const BIT_STRING = /^[01](?:[01\s]{24,}[01])$/;
const LENGTHS = new Set([26, ...Object.values(LAYOUTS).map(({ bits }) => bits)]);
const HEX_FORMATS: ReadonlySet<NumberFormat> = new Set(['uid-hex', 'uid-hex-reversed']);
/** Cheap cards have both numbers printed: 0010597059 161,45763. */
const PRINTED_TWICE = /^(\d{8,10})\s+(\d{1,3}\s*[,:]\s*\d{1,5})$/;

/**
 * Returns the ways to read a number as somebody typed it, or as it is printed on a card; the likeliest first. At a site,
 * its readers decide which one is: see `siteReadings`. Cards of
 * all forms are found with it: an id as it is, a UID in hex or decimal, either byte order, and all Wiegand formats.
 * Empty only if the text is no number of a card.
 */
export function cardNumberReadings(typed: string, numbers: CardNumbers): CardNumberReading[] {
  const text = typed.trim();
  const found = new Map<string, string>();
  const add = (cardId: string, how: string) => {
    if (!found.has(cardId)) found.set(cardId, how);
  };
  if (isCanonicalCardId(text.toLowerCase())) add(text.toLowerCase(), 'as the id of a card');
  const parts = printedParts(text);
  // Where both are printed, the long one is decimal.
  const formats = parts.length === 1 ? NUMBER_FORMATS : NUMBER_FORMATS.filter((format) => !HEX_FORMATS.has(format));
  for (const part of parts) {
    for (const { number, how } of numbersIn(part, formats)) add(cardIdOf(number, numbers), how);
  }
  if (CARD_ID.test(text) && !isUnreadCardId(text)) add(text, 'as the id of a card');
  if (numbers === 'full') {
    for (const { number, how } of numbersIn(text)) {
      if ('uid' in number) add(cardIdOf(number, 'wiegand-26'), `${how}: only its lowest 24 bits, as 26-bit readers do`);
    }
  }
  return Array.from(found, ([cardId, how]) => ({ cardId, how }));
}

/** Returns the numbers that are printed on a card: the text, or the two that cheap cards have. */
export function printedParts(text: string): string[] {
  const [, decimal, pair] = PRINTED_TWICE.exec(text) ?? [];
  return decimal === undefined || pair === undefined ? [text] : [pair, decimal];
}

function numbersIn(
  text: string,
  formats: readonly NumberFormat[] = NUMBER_FORMATS,
): { number: CardNumber; how: string }[] {
  const bits = BIT_STRING.test(text) ? text.replaceAll(/\s+/g, '').length : 0;
  return formats.flatMap((format) => {
    if (LENGTHS.has(bits) && format.startsWith('uid-')) return [];
    const number = numberRead(text, format);
    return number instanceof CardNumberFault ? [] : [{ number, how: howRead(number, format) }];
  });
}

function howRead(number: CardNumber, format: NumberFormat): string {
  if ('uid' in number) return `${UID_WORDS[format] ?? 'as'} a UID of ${number.uid.length / 2} bytes`;
  const { facility, number: of } = number;
  const parts = facility === undefined ? `number ${of}` : `facility ${facility}, number ${of}`;
  return `as ${parts} (${BIT_WORDS[format] ?? format})`;
}

const UID_WORDS: Partial<Record<NumberFormat, string>> = {
  'uid-hex': 'in hex as',
  'uid-hex-reversed': 'in hex, last byte first, as',
  'uid-decimal': 'in decimal as',
  'uid-decimal-reversed': 'in decimal, last byte first, as',
  'wiegand-34': 'in 34 bits as',
};

const BIT_WORDS: Partial<Record<NumberFormat, string>> = {
  'wiegand-26': '26 bits',
  'wiegand-26-decimal': '26 bits, both in one number',
  h10302: '37 bits, H10302',
  h10304: '37 bits, H10304',
  'corporate-1000-35': '35 bits, Corporate 1000',
  'corporate-1000-48': '48 bits, Corporate 1000',
};

const W26 = /^w26-(\d+)-(\d+)$/;

/** Returns the ends that a UID has whose lowest 24 bits are one of these 26-bit numbers: six hex digits each. */
function uidEnds(readings: readonly CardNumberReading[]): string[] {
  return readings.flatMap(({ cardId }) => {
    const [, facility, number] = W26.exec(cardId) ?? [];
    if (facility === undefined || number === undefined) return [];
    return [Number(facility).toString(16).padStart(2, '0') + Number(number).toString(16).padStart(4, '0')];
  });
}

/** Returns the UIDs of 4 bytes whose lowest 24 bits are one of the 26-bit numbers: 256 for each. */
export function uidReadings(readings: readonly CardNumberReading[]): CardNumberReading[] {
  return uidEnds(readings).flatMap((end) =>
    Array.from({ length: 256 }, (_, first) => ({
      cardId: `uid-${first.toString(16).padStart(2, '0')}${end}`,
      how: `as the lowest 24 bits of a UID, of which 26-bit readers send no more`,
    })),
  );
}

/** Returns a test whether a card has the number that somebody typed; undefined if the text is no number of a card. */
export function cardFinder(typed: string, numbers: CardNumbers): ((cardId: string) => boolean) | undefined {
  const readings = cardNumberReadings(typed, numbers);
  if (readings.length === 0) return undefined;
  const ids = new Set(readings.map(({ cardId }) => cardId));
  const ends = numbers === 'full' ? uidEnds(readings) : [];
  return (cardId) => ids.has(cardId) || (cardId.startsWith('uid-') && ends.some((end) => cardId.endsWith(end)));
}
