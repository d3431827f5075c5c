import { instantMs, type Place, type Reader, type SwipeRecord } from '@swipegate/contract';
import { ruledInstant } from './clock.js';
import type { History, Verdict } from './rules.js';

/**
 * Returns why a swipe is history, or undefined. Depends only on its stream record, so a retry gets the same result.
 * @param arrivedAtMs arrival of its record in Kinesis, ms since the epoch
 */
export function historyOf(swipe: SwipeRecord, arrivedAtMs: number, lateAfterMs: number): History | undefined {
  if (swipe.offlineOutcome !== undefined) return 'offline';
  return arrivedAtMs - instantMs(swipe.receivedAt) > lateAfterMs ? 'late' : undefined;
}

/**
 * Returns whether a decision moves the holder: a grant, or history after the last move (`movedAt`) that is an offline
 * grant or a late exit, which is never refused. A late entry does not move them: the door stayed closed.
 */
export function isMove(
  { outcome, direction, atMs }: Verdict,
  { offlineOutcome }: SwipeRecord,
  {
    history,
    reader,
    movedAt,
  }: { history: History | undefined; reader: Reader | undefined; movedAt: string | undefined },
): boolean {
  if (reader === undefined) return false;
  if (history === undefined) return outcome === 'granted';
  if (movedAt !== undefined && atMs <= instantMs(movedAt)) return false;
  return history === 'offline' ? offlineOutcome === 'granted' : direction === 'out';
}

/** Returns the place after a move: in leads to the reader's zone, out to its outer zone or outdoors (undefined). */
export function placeAfter(swipe: SwipeRecord, reader: Reader, verdict: Verdict): Place | undefined {
  const zoneId = verdict.direction === 'in' ? reader.zoneId : reader.outerZoneId;
  if (zoneId === undefined) return undefined;
  return {
    buildingId: reader.buildingId,
    zoneId,
    since: ruledInstant(swipe, verdict.timeBasis),
    swipeId: swipe.swipeId,
  };
}
