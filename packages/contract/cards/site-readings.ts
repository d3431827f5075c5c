import type { CardFormat, CardNumbers } from './card-format.js';
import { CardNumberFault, numberRead } from './card-number.js';
import { type CardNumberReading, cardNumberReadings, printedParts } from './card-number-readings.js';

/** How the readers of a tenant send the numbers of cards. */
export interface SiteNumbering {
  numbers: CardNumbers;
  /** Formats of all readers; empty if the tenant has no reader. A reader without a format is `as-sent`. */
  formats: ReadonlySet<CardFormat>;
}

/** One way to read what somebody typed, at a site. */
export interface SiteReading extends CardNumberReading {
  /**
   * Why the card may open no door. `unsent`: no reader of the site can send this id. `guess`: the number has only the
   * lowest 24 bits of a UID, and the reading takes the others to be zero.
   */
  doubt?: 'unsent' | 'guess';
}

/** Forms of ids. `other` are ids that no format makes. */
export type IdForm = 'uid' | 'w26' | 'h10302' | 'h10304' | 'c1k35' | 'c1k48' | 'other';

const FORM = /^(uid|w26|h10302|h10304|c1k35|c1k48)-[\da-f]/;
const UID_OF_4_BYTES = /^uid-[\da-f]{8}$/;
const UIDS: readonly CardFormat[] = ['uid-hex', 'uid-hex-reversed', 'uid-decimal', 'uid-decimal-reversed'];
const W26: readonly CardFormat[] = ['wiegand-26', 'wiegand-26-decimal'];
const DOUBTS = [undefined, 'guess', 'unsent'] as const;

/**
 * Returns the ways to read a number, as {@link cardNumberReadings} does, in the order of what the site's readers can
 * send. At a site without readers they are taken to be `as-sent`, the default.
 */
export function siteReadings(typed: string, { numbers, formats }: SiteNumbering): SiteReading[] {
  const text = typed.trim();
  const sent = formats.size === 0 ? new Set<CardFormat>(['as-sent']) : formats;
  const guesses = guessedUids(text);
  const doubtOf = (cardId: string): SiteReading['doubt'] => {
    // A reader that sends ids as they are can send any.
    const isAsSent = sent.has('as-sent') && cardId.toLowerCase() === text.toLowerCase();
    if (!isAsSent && !sendersOf(cardId, numbers).some((format) => sent.has(format))) return 'unsent';
    return guesses.has(cardId) ? 'guess' : undefined;
  };
  return cardNumberReadings(text, numbers)
    .map((reading): SiteReading => {
      const doubt = doubtOf(reading.cardId);
      return doubt === undefined ? reading : { ...reading, doubt };
    })
    .sort((a, b) => DOUBTS.indexOf(a.doubt) - DOUBTS.indexOf(b.doubt));
}

/** Whether no reader of a site can send an id, so that its card opens no door. Nobody knows before there are readers. */
export function isUnsent(cardId: string, { numbers, formats }: SiteNumbering): boolean {
  // A reader that sends ids as they are can send any.
  if (formats.size === 0 || formats.has('as-sent')) return false;
  return !sendersOf(cardId, numbers).some((format) => formats.has(format));
}

export function idForm(cardId: string): IdForm {
  const [, form] = FORM.exec(cardId) ?? [];
  return FORMS.find((each) => each === form) ?? 'other';
}

const FORMS: readonly IdForm[] = ['uid', 'w26', 'h10302', 'h10304', 'c1k35', 'c1k48'];

/** Formats of readers that can send an id. */
function sendersOf(cardId: string, numbers: CardNumbers): readonly CardFormat[] {
  switch (idForm(cardId)) {
    case 'uid':
      // With 26-bit numbers, every UID becomes one.
      if (numbers === 'wiegand-26') return [];
      return UID_OF_4_BYTES.test(cardId) ? [...UIDS, 'wiegand-34'] : UIDS;
    case 'w26':
      return numbers === 'wiegand-26' ? [...W26, ...UIDS, 'wiegand-34'] : W26;
    case 'h10302':
      return ['h10302'];
    case 'h10304':
      return ['h10304'];
    case 'c1k35':
      return ['corporate-1000-35'];
    case 'c1k48':
      return ['corporate-1000-48'];
    case 'other':
      return ['as-sent'];
  }
}

/** UIDs that are made of 24 bits, as they are printed on cards: one byte is zero, at the end if the bytes are reversed. */
function guessedUids(text: string): Set<string> {
  const guesses = new Set<string>();
  for (const part of printedParts(text)) {
    const read = numberRead(part, 'wiegand-26');
    if (read instanceof CardNumberFault || 'uid' in read) continue;
    const uid = ((read.facility ?? 0) * 65_536 + read.number).toString(16).padStart(8, '0');
    guesses.add(`uid-${uid}`).add(`uid-${(uid.match(/../g) ?? []).reverse().join('')}`);
    for (const format of ['uid-hex', 'uid-hex-reversed'] as const) {
      const inHex = numberRead(part, format);
      if (!(inHex instanceof CardNumberFault) && 'uid' in inHex) guesses.delete(`uid-${inHex.uid}`);
    }
  }
  return guesses;
}
