/** Clocks of the functions that decide may differ by this much, and with them the order of what they decided, ms. */
const OVERLAP_MS = 5_000;

const EVENT_ID = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z)#./;

/**
 * From where to read again for who has seen an event: some seconds before it, for what was decided by a slower clock.
 *
 * @returns sort key in the index by reader; undefined when the id is none, which is a decision's {@link decidedKey}
 */
export function resumeFrom(lastEventId: string, nowMs: number): string | undefined {
  const decidedAtMs = Date.parse(EVENT_ID.exec(lastEventId)?.[1] ?? '');
  return Number.isNaN(decidedAtMs) ? undefined : overlapping(Math.min(decidedAtMs, nowMs));
}

/** Sort key of what was decided around an instant and since. */
export function overlapping(atMs: number): string {
  return new Date(Math.max(0, atMs - OVERLAP_MS)).toISOString();
}
