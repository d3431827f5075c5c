import { headcountOf, type OccupancySample, placeOfKey } from '@swipegate/contract';

/** Row of the occupancy table. */
export type SampleRow = OccupancySample & {
  buildingKey: string;
  /** Epoch second after which it may be removed. */
  expiresAt: number;
};

const MINUTE_MS = 60_000;
/** A call that comes later than this counts another minute than it was made for. */
const LATE_MS = MINUTE_MS;

/**
 * The minute that a call counts, ms since the epoch; undefined when the call comes so late, retried after an outage, that
 * the count of now would stand for a minute long past: a gap says the truth.
 * @param scheduledMs when the call was due
 */
export function minuteToCount(scheduledMs: number, nowMs: number): number | undefined {
  if (nowMs - scheduledMs > LATE_MS) return undefined;
  return Math.floor(scheduledMs / MINUTE_MS) * MINUTE_MS;
}

/**
 * The sample of a building. Pure.
 * @param placeKeys of the cards inside, as the presence table's index by building has them
 */
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
