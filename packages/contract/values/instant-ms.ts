import { timestampMs } from './timestamp-ms.js';

/** Date.parse of an RFC 3339 date-time in a third of the time: each decision parses about six. */
export function instantMs(text: string): number {
  const ms = timestampMs(text);
  // Impossible dates (30 February) fall back to Date.parse.
  return Number.isNaN(ms) ? Date.parse(text) : ms;
}
