import { keyInstant } from './row-keys.js';

/** `fromMs` is inclusive, `toMs` exclusive; ms since the epoch. Undefined means no bound. */
export interface TimeRange {
  fromMs: number | undefined;
  toMs: number | undefined;
}

/** Range of four-digit years, which sort as text. No row lies outside it. */
const FIRST_MS = Date.parse('0000-01-01T00:00:00.000Z');
const LAST_MS = Date.parse('9999-12-31T23:59:59.999Z');

/** Returns a bound in the format of sort keys, clamped to four-digit years. */
export function boundInstant(ms: number): string {
  return keyInstant(Math.min(LAST_MS, Math.max(FIRST_MS, ms)));
}

/** Returns bounds for keys `INSTANT#id`. These sort after the bare instant, so a key at `toMs` is excluded. */
export function keyBounds({ fromMs, toMs }: TimeRange): { from: string | undefined; through: string | undefined } {
  return {
    from: fromMs === undefined ? undefined : boundInstant(fromMs),
    through: toMs === undefined ? undefined : boundInstant(toMs),
  };
}
