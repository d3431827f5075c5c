import { randomBytes } from 'node:crypto';

const COUNTER_DIGITS = 8;
/** Offsets in the text of a UUID. */
const TAG_FROM = 20;
const COUNTER_FROM = 28;

/**
 * Issues swipeIds and recognizes its own: version 7 UUIDs (RFC 9562, 5.7) with a tag and a counter.
 *
 *     019a…(time) - 7rrr - 8TTT - TTTTcccccccc
 */
export class SwipeIds {
  readonly #tag: string;
  readonly #random: string;
  #made = 0;

  constructor() {
    const digits = randomBytes(5).toString('hex');
    this.#random = digits.slice(0, 3);
    this.#tag = `${digits.slice(3, 6)}-${digits.slice(6, 10)}`;
  }

  /** IDs issued so far; the next one has this number. */
  get made(): number {
    return this.#made;
  }

  next(): string {
    const time = Date.now().toString(16).padStart(12, '0');
    const counter = (this.#made++).toString(16).padStart(COUNTER_DIGITS, '0');
    return `${time.slice(0, 8)}-${time.slice(8)}-7${this.#random}-8${this.#tag}${counter}`;
  }

  /** Number of a swipeId of this issuer, from 0; undefined for any other. */
  numberOf(swipeId: string): number | undefined {
    if (swipeId.slice(TAG_FROM, COUNTER_FROM) !== this.#tag) return undefined;
    const number = Number.parseInt(swipeId.slice(COUNTER_FROM), 16);
    return number < this.#made ? number : undefined;
  }
}
