import type { CardFormat, CardNumbers } from './card-format.js';
import { type BitLayout, BitsFault, H10301, LAYOUTS, numberInBits, type WiegandNumber } from './wiegand.js';

/** A text is not a card number in the format of its reader. */
export class CardNumberFault {
  /** Predicate of a sentence about the number: what is allowed, with examples. */
  readonly reason: string;

  constructor(reason: string) {
    this.reason = reason;
  }
}

/** Formats that convert: all but `as-sent`. */
export type NumberFormat = Exclude<CardFormat, 'as-sent'>;

/** Lengths of the UIDs that exist, bytes: ISO 14443 has 4, 7 and 10, EM4100 has 5, ISO 15693 has 8. */
const UID_BYTES = [4, 5, 7, 8, 10] as const;
/** Lengths that readers send with the last byte first, as a decimal number that does not tell its length. */
const REVERSED_UID_BYTES = [4, 7, 10] as const;
const MOST_DIGITS = 25;
/** Decimal numbers of up to this many digits are exact in a JavaScript number. */
const EXACT_DIGITS = 15;

const PLAIN_HEX = /^[0-9A-Fa-f]+$/;
const GROUPED_HEX = /^(?:0[xX])?([0-9A-Fa-f]+(?:[\s:._,-]+[0-9A-Fa-f]+)*)$/;
const BETWEEN_GROUPS = /[\s:._,-]+/;
const DECIMAL = /^\d+(?:\s+\d+)*$/;
const PREFIXED_HEX = /^0[xX]([0-9A-Fa-f]{1,10})$/;
/** Facility and number, as printed on cards. Readers put nearly any separator between them. */
const PAIR = /^(\d{1,9})\s*[,:;/.\s_-]\s*(\d{1,9})$/;
const BITS = /^[01](?:[01\s]*[01])?$/;

/** What a reader with each format may send. */
export const ALLOWED_NUMBERS: Readonly<Record<NumberFormat, string>> = {
  'uid-hex': 'must be a UID of 4, 5, 7, 8 or 10 bytes in hex, such as 04A1B2C3 or 04:A1:B2:C3',
  'uid-hex-reversed': 'must be a UID of 4, 5, 7, 8 or 10 bytes in hex, last byte first, such as C3B2A104',
  'uid-decimal': 'must be a UID as a decimal number, such as 77705923 or 0077705923',
  'uid-decimal-reversed': 'must be a UID, last byte first, as a decimal number, such as 3283263748',
  'wiegand-26':
    'must be a facility from 0 to 255 and a number from 0 to 65535, such as 161,45763, its 26 bits, or its 24 bits as a decimal number, such as 10597059',
  'wiegand-26-decimal':
    'must be the facility (0 to 255) times 100000 plus the number (0 to 65535), such as 16145763 for 161,45763',
  'wiegand-34': 'must be a UID of 4 bytes as 34 bits, as a decimal number, or as two halves, such as 1185,45763',
  h10302: 'must be a number from 1 to 34359738367, or its 37 bits',
  h10304: 'must be a facility from 0 to 65535 and a number from 0 to 524287, such as 123,45678, or its 37 bits',
  'corporate-1000-35':
    'must be a company from 0 to 4095 and a number from 0 to 1048575, such as 1234,567890, or its 35 bits',
  'corporate-1000-48':
    'must be a company from 0 to 4194303 and a number from 0 to 8388607, such as 1234,567890, or its 48 bits',
};

/** Start of the cardId of a text that its reader's format cannot read. No card can be linked to such an id. */
const UNREAD_PREFIX = 'unread-';
const MOST_ID_CHARACTERS = 64;
/** Canonical ids. A text of this form is a card's id wherever people write it. */
const CANONICAL = /^(?:uid-[0-9a-f]{8,20}|w26-\d+-\d+|h10302-\d+|h10304-\d+-\d+|c1k35-\d+-\d+|c1k48-\d+-\d+)$/;

/**
 * Returns the cardId of a number as a reader sends it: `uid-04a1b2c3`, `w26-161-45763`, `h10302-12345678` and so on. All
 * ways in which readers of a format write one card give the same id. Pure; also runs in the browser.
 * @param numbers with `wiegand-26`, a UID becomes the 26-bit number that other readers make of it
 */
export function canonicalCardNumber(
  text: string,
  format: NumberFormat,
  numbers: CardNumbers,
): string | CardNumberFault {
  const read = numberRead(text.trim(), format);
  return read instanceof CardNumberFault ? read : cardIdOf(read, numbers);
}

/** Returns the cardId under which a number that cannot be read is recorded and denied. */
export function unreadCardId(text: string): string {
  const plain = text.replaceAll(/[^A-Za-z0-9._:-]+/g, '-');
  return `${UNREAD_PREFIX}${plain}`.slice(0, MOST_ID_CHARACTERS);
}

/** Returns the cardId of what a reader sent; one that no card can have if the text is no number in its format. */
export function cardIdSent(text: string, format: NumberFormat, numbers: CardNumbers): string {
  const cardId = canonicalCardNumber(text, format, numbers);
  return cardId instanceof CardNumberFault ? unreadCardId(text) : cardId;
}

export function isUnreadCardId(cardId: string): boolean {
  return cardId.startsWith(UNREAD_PREFIX);
}

/** Whether a text has the form of a canonical id. */
export function isCanonicalCardId(text: string): boolean {
  return CANONICAL.test(text);
}

/** A number that has been read: the hex digits of a UID, first byte first, or a number of a Wiegand format. */
export type CardNumber = { uid: string } | WiegandNumber;

export function cardIdOf(number: CardNumber, numbers: CardNumbers): string {
  if (!('uid' in number)) return wiegandId(number);
  if (numbers === 'full') return `uid-${number.uid}`;
  const lowest = number.uid.slice(-6);
  return wiegandId({
    prefix: H10301.prefix,
    facility: Number.parseInt(lowest.slice(0, 2), 16),
    number: Number.parseInt(lowest.slice(2), 16),
  });
}

function wiegandId({ prefix, facility, number }: WiegandNumber): string {
  return facility === undefined ? `${prefix}-${number}` : `${prefix}-${facility}-${number}`;
}

/** Reads a number in one format. @param text without spaces at its ends */
export function numberRead(text: string, format: NumberFormat): CardNumber | CardNumberFault {
  const read = READ[format](text);
  if (read instanceof BitsFault) return new CardNumberFault(`${read.reason}; it ${ALLOWED_NUMBERS[format]}`);
  return read === undefined || isZero(read) ? new CardNumberFault(ALLOWED_NUMBERS[format]) : read;
}

/** Readers send zeros if they could not read a card. */
function isZero(number: CardNumber): boolean {
  return 'uid' in number ? /^0+$/.test(number.uid) : number.number === 0 && (number.facility ?? 0) === 0;
}

type Read = (text: string) => CardNumber | BitsFault | undefined;

const READ: Readonly<Record<NumberFormat, Read>> = {
  'uid-hex': (text) => uidOf(hexDigits(text)),
  'uid-hex-reversed': (text) => uidOf(reversedBytes(hexDigits(text))),
  'uid-decimal': (text) => uidOf(hexOfDecimal(text)),
  'uid-decimal-reversed': (text) => uidOf(reversedBytes(padded(hexOfDecimal(text), REVERSED_UID_BYTES))),
  'wiegand-26': (text) => inBits(text, H10301) ?? pairOf(text, H10301) ?? w26Of(integerIn(text)),
  'wiegand-26-decimal': facilityTimes100000,
  'wiegand-34': (text) => {
    const halves = inBits(text, LAYOUTS.w34) ?? pairOf(text, LAYOUTS.w34);
    if (halves === undefined) return uidOf(hexOfValue(integerIn(text), 4));
    if (halves instanceof BitsFault) return halves;
    return uidOf(hexOfValue((halves.facility ?? 0) * 65_536 + halves.number, 4));
  },
  h10302: (text) => inBits(text, LAYOUTS.h10302) ?? wholeNumber(integerIn(text), LAYOUTS.h10302),
  h10304: (text) => inBits(text, LAYOUTS.h10304) ?? pairOf(text, LAYOUTS.h10304),
  'corporate-1000-35': (text) => inBits(text, LAYOUTS.c1k35) ?? pairOf(text, LAYOUTS.c1k35),
  'corporate-1000-48': (text) => inBits(text, LAYOUTS.c1k48) ?? pairOf(text, LAYOUTS.c1k48),
};

/** Formats in which a reader can send a card's number. */
export const NUMBER_FORMATS: readonly NumberFormat[] = Object.keys(READ).filter((name): name is NumberFormat =>
  Object.hasOwn(READ, name),
);

/** Hex digits of whole bytes. Some readers write each byte without its leading zero, others the number without its. */
function hexDigits(text: string): string | undefined {
  if (PLAIN_HEX.test(text) && text.length !== 7) return isUidLength(text.length) ? text : undefined;
  const digits = GROUPED_HEX.exec(text)?.[1];
  if (digits === undefined) return undefined;
  const groups = digits.split(BETWEEN_GROUPS);
  const isByByte = groups.length > 1 && groups.every(({ length }) => length <= 2);
  if (groups.length > 1 && !isByByte && groups.some(({ length }) => length % 2 === 1)) return undefined;
  const joined = isByByte ? groups.map((group) => group.padStart(2, '0')).join('') : groups.join('');
  if (joined.length === 7) return `0${joined}`;
  return isUidLength(joined.length) ? joined : undefined;
}

function isUidLength(digits: number): boolean {
  return UID_BYTES.some((bytes) => digits === 2 * bytes);
}

function reversedBytes(hex: string | undefined): string | undefined {
  return hex === undefined ? undefined : (hex.match(/../g) ?? []).reverse().join('');
}

/** A decimal number may have lost its leading zero bytes, so a UID has the shortest length that holds its value. */
function uidOf(hex: string | undefined): CardNumber | undefined {
  const uid = padded(hex?.toLowerCase(), UID_BYTES);
  return uid === undefined ? undefined : { uid };
}

function padded(hex: string | undefined, lengths: readonly number[]): string | undefined {
  if (hex === undefined) return undefined;
  const digits = hex.replace(/^0+/, '');
  const bytes = lengths.find((length) => digits.length <= 2 * length);
  return bytes === undefined ? undefined : digits.padStart(2 * bytes, '0');
}

function hexOfDecimal(text: string): string | undefined {
  if (!DECIMAL.test(text)) return undefined;
  const digits = text.replaceAll(/\s+/g, '').replace(/^0+(?=\d)/, '');
  if (digits.length > MOST_DIGITS) return undefined;
  return digits.length <= EXACT_DIGITS ? Number(digits).toString(16) : BigInt(digits).toString(16);
}

/** A decimal number, or a hex number with its prefix: below 2^53, else undefined. */
function integerIn(text: string): number | undefined {
  const hex = PREFIXED_HEX.exec(text)?.[1] ?? hexOfDecimal(text);
  const value = hex === undefined ? Number.NaN : Number.parseInt(hex, 16);
  return Number.isSafeInteger(value) ? value : undefined;
}

function hexOfValue(value: number | undefined, bytes: number): string | undefined {
  return value === undefined || value >= 256 ** bytes ? undefined : value.toString(16);
}

function inBits(text: string, layout: BitLayout): WiegandNumber | BitsFault | undefined {
  if (text.length < layout.bits || !BITS.test(text)) return undefined;
  return numberInBits(text.replaceAll(/\s+/g, ''), layout);
}

function pairOf(text: string, layout: BitLayout): WiegandNumber | undefined {
  const [, facility, number] = PAIR.exec(text) ?? [];
  return facility === undefined ? undefined : fitting({ facility: Number(facility), number: Number(number) }, layout);
}

function wholeNumber(value: number | undefined, layout: BitLayout): WiegandNumber | undefined {
  return value === undefined ? undefined : fitting({ facility: undefined, number: value }, layout);
}

function w26Of(value: number | undefined): WiegandNumber | undefined {
  if (value === undefined) return undefined;
  return fitting({ facility: Math.floor(value / 65_536), number: value % 65_536 }, H10301);
}

/** Some controllers print the facility and five digits of the number in one. */
function facilityTimes100000(text: string): WiegandNumber | undefined {
  const value = DECIMAL.test(text) ? integerIn(text) : undefined;
  if (value === undefined) return undefined;
  return fitting({ facility: Math.floor(value / 100_000), number: value % 100_000 }, H10301);
}

/** Returns undefined if a part needs more bits than the layout has. */
function fitting(
  { facility, number }: Omit<WiegandNumber, 'prefix'>,
  { prefix, facility: [, facilityBits], number: [, numberBits] }: BitLayout,
): WiegandNumber | undefined {
  if (number >= 2 ** numberBits || (facility ?? 0) >= 2 ** facilityBits) return undefined;
  return { prefix, facility, number };
}
