import type { Zone } from '@swipegate/contract';

/** What the rules that look at who else is there say of somebody who passes all rules before them. */
export type ZoneAnswer = 'admitted' | 'denied-upper-occupancy-limit' | 'denied-no-accompaniment';

/** A card shown by somebody who passes all rules before the zone's own. */
export interface Presentation {
  employeeId: string;
  readerId: string;
  /** The instant the rules went by, ms since the epoch. */
  atMs: number;
  answer: ZoneAnswer;
  isHistory: boolean;
}

/** A zone as it is before a swipe. */
export interface ZoneFacts {
  /** What was answered to this very swipe by a function that came no further. It stands. */
  answer: ZoneAnswer | undefined;
  /** Cards inside, other than this one. */
  othersInside: number;
  presentations: readonly Presentation[];
}

/** Whether a zone's rules need to know who else is there. */
export function looksAtOthers({ occupancyLimit, accompaniment }: Zone): boolean {
  return occupancyLimit !== undefined || accompaniment !== undefined;
}

/**
 * Occupancy limit and two-person rule. Pure.
 * @param facts undefined denies: who else is there is not known
 */
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
      // A reader's account of what it did offline must not open a door now.
      (shown.isHistory || !other.isHistory),
  );
  return accompanied ? 'admitted' : 'denied-no-accompaniment';
}
