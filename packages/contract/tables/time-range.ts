import { keyInstant } from './row-keys.js';

/** From a moment, which is inside, to a moment, which is not; ms since the epoch. Undefined: without a bound. */
export interface TimeRange {
  fromMs: number | undefined;
  toMs: number | undefined;
}

/** Years of four digits, which sort as text; beyond them there are no rows. */
const FIRST_MS = Date.parse('0000-01-01T00:00:00.000Z');
const LAST_MS = Date.parse('9999-12-31T23:59:59.999Z');

/** The bound of a range as sort keys have it. */
export function boundInstant(ms: number): string {
  return keyInstant(Math.min(LAST_MS, Math.max(FIRST_MS, ms)));
}

/** The bounds of keys `INSTANT#id`: such a key lies behind its bare instant, so that one at `to` is outside. */
export function keyBounds({ fromMs, toMs }: TimeRange): { from: string | undefined; through: string | undefined } {
  return {
    from: fromMs === undefined ? undefined : boundInstant(fromMs),
    through: toMs === undefined ? undefined : boundInstant(toMs),
  };
}
