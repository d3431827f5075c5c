/** Number of a card in one of the Wiegand formats. */
export interface WiegandNumber {
  /** First part of the card's id. */
  prefix: string;
  /** Undefined in a format without facilities. */
  facility: number | undefined;
  number: number;
}

/** First bit and number of bits. Bits are numbered from 0, the first that a reader sends. */
type Field = readonly [first: number, bits: number];

interface Parity {
  bit: number;
  kind: 'even' | 'odd';
  /** Whether a bit counts, besides the parity bit itself. */
  covers(bit: number): boolean;
}

/** Where a format has its facility, its number and its parity bits. */
export interface BitLayout {
  prefix: string;
  bits: number;
  facility: Field;
  number: Field;
  parities: readonly Parity[];
}

/** Bits are not a number of their format. */
export class BitsFault {
  readonly reason: string;

  constructor(reason: string) {
    this.reason = reason;
  }
}

const between = (first: number, last: number) => (bit: number) => bit >= first && bit <= last;
/** Two bits of three, as in HID's Corporate 1000 formats. @param left bit modulo 3 that does not count */
const twoOfThree = (first: number, last: number, left: number) => (bit: number) =>
  bit >= first && bit <= last && bit % 3 !== left;

/** The standard format of 26 bits. */
export const H10301: BitLayout = {
  prefix: 'w26',
  bits: 26,
  facility: [1, 8],
  number: [9, 16],
  parities: [
    { bit: 0, kind: 'even', covers: between(1, 12) },
    { bit: 25, kind: 'odd', covers: between(13, 24) },
  ],
};

const PARITY_OF_37: readonly Parity[] = [
  { bit: 0, kind: 'even', covers: between(1, 18) },
  { bit: 36, kind: 'odd', covers: between(18, 35) },
];

/** Source of the fields and parities: the tables of formats in proxmark3, client/src/wiegand_formats.c. */
export const LAYOUTS = {
  /** Two halves of a UID of 4 bytes. */
  w34: {
    prefix: 'w34',
    bits: 34,
    facility: [1, 16],
    number: [17, 16],
    parities: [
      { bit: 0, kind: 'even', covers: between(1, 16) },
      { bit: 33, kind: 'odd', covers: between(17, 32) },
    ],
  },
  h10302: { prefix: 'h10302', bits: 37, facility: [1, 0], number: [1, 35], parities: PARITY_OF_37 },
  h10304: { prefix: 'h10304', bits: 37, facility: [1, 16], number: [17, 19], parities: PARITY_OF_37 },
  c1k35: {
    prefix: 'c1k35',
    bits: 35,
    facility: [2, 12],
    number: [14, 20],
    parities: [
      { bit: 1, kind: 'even', covers: twoOfThree(2, 33, 1) },
      { bit: 34, kind: 'odd', covers: twoOfThree(1, 32, 0) },
      { bit: 0, kind: 'odd', covers: between(1, 34) },
    ],
  },
  c1k48: {
    prefix: 'c1k48',
    bits: 48,
    facility: [2, 22],
    number: [24, 23],
    parities: [
      { bit: 1, kind: 'even', covers: twoOfThree(3, 46, 2) },
      { bit: 47, kind: 'odd', covers: twoOfThree(2, 45, 1) },
      { bit: 0, kind: 'odd', covers: between(1, 47) },
    ],
  },
} as const satisfies Record<string, BitLayout>;

/** Reads the bits that a reader received from a card. @param bits 0 and 1, the first bit sent first */
export function numberInBits(bits: string, layout: BitLayout): WiegandNumber | BitsFault {
  if (bits.length !== layout.bits) return new BitsFault(`has ${bits.length} bits, not ${layout.bits}`);
  if (!layout.parities.every((parity) => isRight(bits, parity)))
    return new BitsFault('has a wrong parity bit, so it was misread or has another format');
  const [, facilityBits] = layout.facility;
  return {
    prefix: layout.prefix,
    facility: facilityBits === 0 ? undefined : fieldOf(bits, layout.facility),
    number: fieldOf(bits, layout.number),
  };
}

function fieldOf(bits: string, [first, count]: Field): number {
  return Number.parseInt(bits.slice(first, first + count), 2);
}

function isRight(bits: string, { bit, kind, covers }: Parity): boolean {
  let ones = 0;
  for (let i = 0; i < bits.length; i++) if (bits[i] === '1' && (i === bit || covers(i))) ones += 1;
  return ones % 2 === (kind === 'even' ? 0 : 1);
}
