import { headcountOf, type OccupancySample, placeOfKey } from '@swipegate/contract';

export type SampleRow = OccupancySample & {
  buildingKey: string;
  /** Epoch second after which it may be removed. */
  expiresAt: number;
};

const MINUTE_MS = 60_000;
/** A later call would count another minute than the one it was scheduled for. */
const LATE_MS = MINUTE_MS;

/**
 * The minute that a call counts, ms since the epoch. Undefined for a late call, such as a retry after an outage: a
 * gap is better than the current count under a past minute.
 */
export function minuteToCount(scheduledMs: number, nowMs: number): number | undefined {
  if (nowMs - scheduledMs > LATE_MS) return undefined;
  return Math.floor(scheduledMs / MINUTE_MS) * MINUTE_MS;
}

/** Builds the sample row of a building. Pure. @param placeKeys of the cards inside */
export function sampleRow(
  buildingKey: string,
  placeKeys: readonly string[],
  { minuteMs, keepDays }: { minuteMs: number; keepDays: number },
): SampleRow {
  return {
    buildingKey,
    countedAt: new Date(minuteMs).toISOString(),
    ...headcountOf(placeKeys.map((key) => placeOfKey(key).zoneId)),
    expiresAt: minuteMs / 1000 + keepDays * 86_400,
  };
}
