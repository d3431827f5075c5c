import { instantMs, type Place, type Reader, type SwipeRecord } from '@swipegate/contract';
import { ruledInstant } from './clock.js';
import type { History } from './history.js';
import type { Verdict } from './rules.js';

/**
 * Returns whether a decision moves the holder. A grant does. So does history after the last move (`movedAt`), if it is
 * an offline grant or a late exit, which is never refused. A late entry does not move them: the door stayed closed. Nor
 * does a repeat: the answer that it repeats has moved them.
 */
export function isMove(
  { outcome, direction, atMs, repeatOf }: Verdict,
  { offlineOutcome }: SwipeRecord,
  {
    history,
    reader,
    movedAt,
  }: { history: History | undefined; reader: Reader | undefined; movedAt: string | undefined },
): boolean {
  if (reader === undefined || repeatOf !== undefined) return false;
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
    readerId: swipe.readerId,
    direction: verdict.direction,
  };
}
