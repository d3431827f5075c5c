/** Tolerated clock difference between the decide functions, ms; it can change the order of their decisions. */
const OVERLAP_MS = 5_000;

const EVENT_ID = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z)#./;

/**
 * Returns where to resume after an event: a few seconds before it, as another function's clock may be slower.
 *
 * @param lastEventId a decision's {@link decidedKey}
 * @returns sort key in the index by reader; undefined if `lastEventId` has another form
 */
export function resumeFrom(lastEventId: string, nowMs: number): string | undefined {
  const decidedAtMs = Date.parse(EVENT_ID.exec(lastEventId)?.[1] ?? '');
  return Number.isNaN(decidedAtMs) ? undefined : overlapping(Math.min(decidedAtMs, nowMs));
}

/** Sort key {@link OVERLAP_MS} before an instant. */
export function overlapping(atMs: number): string {
  return new Date(Math.max(0, atMs - OVERLAP_MS)).toISOString();
}
