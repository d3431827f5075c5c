import type { Zone } from '@swipegate/contract';

/** Answer of the occupancy limit and two-person rule to a cardholder who passed all earlier rules. */
export type ZoneAnswer = 'admitted' | 'denied-upper-occupancy-limit' | 'denied-no-accompaniment';

/** A card shown by a cardholder who passed all rules before the zone's own. */
export interface Presentation {
  employeeId: string;
  readerId: string;
  /** Instant that the rules used, ms since the epoch. */
  atMs: number;
  answer: ZoneAnswer;
  isHistory: boolean;
}

/** State of a zone before a swipe. */
export interface ZoneFacts {
  /** Answer that an earlier attempt gave to this swipe before it failed to commit the card. It is final. */
  answer: ZoneAnswer | undefined;
  /** Cards inside, other than this one. */
  othersInside: number;
  presentations: readonly Presentation[];
}

/** Returns whether a zone's rules depend on who else is inside or at the door. */
export function looksAtOthers({ occupancyLimit, accompaniment }: Zone): boolean {
  return occupancyLimit !== undefined || accompaniment !== undefined;
}

/** Occupancy limit and two-person rule. Pure. @param facts undefined denies: nothing is known about the zone */
export function zoneAnswer(
  { occupancyLimit, accompaniment }: Zone,
  facts: ZoneFacts | undefined,
  shown: Omit<Presentation, 'answer'>,
): ZoneAnswer {
  if (facts?.answer !== undefined) return facts.answer;
  const othersInside = facts?.othersInside ?? Number.POSITIVE_INFINITY;
  if (occupancyLimit !== undefined && othersInside >= occupancyLimit) return 'denied-upper-occupancy-limit';
  if (accompaniment === undefined) return 'admitted';
  const withinMs = accompaniment.withinSeconds * 1_000;
  const accompanied = (facts?.presentations ?? []).some(
    (other) =>
      other.readerId === shown.readerId &&
      other.employeeId !== shown.employeeId &&
      other.answer !== 'denied-upper-occupancy-limit' &&
      Math.abs(shown.atMs - other.atMs) <= withinMs &&
      // History (offline or late) must not open a door now.
      (shown.isHistory || !other.isHistory),
  );
  return accompanied ? 'admitted' : 'denied-no-accompaniment';
}
