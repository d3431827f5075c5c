import type { Site } from '@swipegate/contract';

/**
 * Zones with an occupancy limit or a two-person rule: who may enter there hangs on who comes first of swipes that are under
 * way at once, which no reader can know.
 */
export function unjudgedZones({ zones }: Site): ReadonlySet<string> {
  return new Set(
    zones.flatMap(({ zoneId, occupancyLimit, accompaniment }) =>
      occupancyLimit === undefined && accompaniment === undefined ? [] : [zoneId],
    ),
  );
}
