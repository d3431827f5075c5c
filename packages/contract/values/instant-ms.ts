import { timestampMs } from './timestamp-ms.js';

/** Date.parse of an RFC 3339 date-time, in a third of its time: a decision hangs on half a dozen. */
export function instantMs(text: string): number {
  const ms = timestampMs(text);
  // What is on no calendar is for Date.parse to make something of, as ever.
  return Number.isNaN(ms) ? Date.parse(text) : ms;
}
