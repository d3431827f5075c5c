import type { CardFormat, CardNumbers } from '@swipegate/contract/cards/card-format';

/** Formats in which virtual readers write the UID of a card. */
export type WrittenFormat = Extract<
  CardFormat,
  | 'uid-hex'
  | 'uid-hex-reversed'
  | 'uid-decimal'
  | 'uid-decimal-reversed'
  | 'wiegand-34'
  | 'wiegand-26'
  | 'wiegand-26-decimal'
>;

const AREA = 2n ** 32n;

/**
 * Writes the number of a card as a reader of a format does. Shares no code with the gateway, which reads it back.
 * @param uid 4 bytes in lower-case hex
 */
export function cardWrittenAs(format: WrittenFormat, uid: string): string {
  const reversed = (uid.match(/../g) ?? []).reverse().join('');
  const [facility, number] = wiegand26(uid);
  switch (format) {
    case 'uid-hex':
      return uid.toUpperCase();
    case 'uid-hex-reversed':
      return reversed;
    case 'uid-decimal':
      return String(BigInt(`0x${uid}`));
    case 'uid-decimal-reversed':
      return String(BigInt(`0x${reversed}`));
    case 'wiegand-34':
      return halves(uid).join(',');
    case 'wiegand-26':
      return `${facility},${number}`;
    case 'wiegand-26-decimal':
      return String(facility * 100_000 + number);
  }
}

/** The same at a Control iD device, which sends one decimal number: of a Wiegand card, the area times 2^32, plus the code. */
export function cardWrittenByControlId(format: WrittenFormat, uid: string): string {
  const [area, code] = format === 'wiegand-34' ? halves(uid) : wiegand26(uid);
  return format.startsWith('wiegand') ? String(BigInt(area) * AREA + BigInt(code)) : cardWrittenAs(format, uid);
}

/** Id under which the site knows the card, as docs/card-numbers.md defines it. @param numbers the tenant's setting */
export function cardIdOfUid(uid: string, numbers: CardNumbers): string {
  return numbers === 'full' ? `uid-${uid}` : ['w26', ...wiegand26(uid)].join('-');
}

/** Facility and number of a 26-bit reader: the lowest three bytes. */
function wiegand26(uid: string): [facility: number, number: number] {
  return [Number.parseInt(uid.slice(2, 4), 16), Number.parseInt(uid.slice(4), 16)];
}

function halves(uid: string): [high: number, low: number] {
  return [Number.parseInt(uid.slice(0, 4), 16), Number.parseInt(uid.slice(4), 16)];
}
