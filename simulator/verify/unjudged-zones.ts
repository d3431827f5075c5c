import type { Site } from '@swipegate/contract';

/**
 * Zones with an occupancy limit or a two-person rule: entry depends on the order of swipes that are in flight at the same
 * time, which no reader can know.
 */
export function unjudgedZones({ zones }: Site): ReadonlySet<string> {
  return new Set(
    zones.flatMap(({ zoneId, occupancyLimit, accompaniment }) =>
      occupancyLimit === undefined && accompaniment === undefined ? [] : [zoneId],
    ),
  );
}
