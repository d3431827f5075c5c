import { covers, type Employee, instantMs, type Lock, type Reader } from '@swipegate/contract';
import type { SiteIndex } from '../../stores/site-cache.js';

/** Shared result: most swipes meet no lockdown. */
const NONE: readonly Lock[] = [];

/**
 * Returns the locks over the way in at a reader. Pure.
 * @param atMs for history, time of the swipe, ms since the epoch: a lockdown that began later does not count
 */
export function locksOver(reader: Reader, { lockdowns, zones }: SiteIndex, atMs: number | undefined): readonly Lock[] {
  if (lockdowns === undefined) return NONE;
  return lockdowns
    .filter(({ since }) => atMs === undefined || atMs >= instantMs(since))
    .flatMap(({ locks }) => locks.filter((lock) => covers(lock, reader, zones)));
}

/** Returns whether a cardholder may pass all of these locks: each names an access level, and they have it. */
export function mayPass(locks: readonly Lock[], employee: Employee | undefined): boolean {
  return locks.every(
    ({ accessLevelId }) => accessLevelId !== undefined && employee?.accessLevelIds.includes(accessLevelId) === true,
  );
}
