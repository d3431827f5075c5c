import { instantMs, keyInstant, type Place, type Reader, type SwipeRecord } from '@swipegate/contract';
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
  { offlineOutcome, receivedAt }: SwipeRecord,
  {
    history,
    reader,
    movedAt,
  }: { history: History | undefined; reader: Reader | undefined; movedAt: string | undefined },
): boolean {
  if (reader === undefined || repeatOf !== undefined) return false;
  if (history === undefined) return outcome === 'granted';
  const receivedMs = instantMs(receivedAt);
  const passedMs = history === 'offline' ? Math.min(atMs, receivedMs) : receivedMs;
  if (movedAt !== undefined && passedMs <= instantMs(movedAt)) return false;
  return history === 'offline' ? offlineOutcome === 'granted' : direction === 'out';
}

/**
 * Returns the time of a move, RFC 3339, which tells earlier history from later. A live swipe passes when it is received,
 * whatever its reader's clock shows. Only the reader knows when an offline one did: before it was received. After an
 * exit the earlier of both times counts, so that where clocks disagree the person is on the muster list.
 */
export function movedInstant(
  { receivedAt }: SwipeRecord,
  { atMs }: Verdict,
  { history, place }: { history: History | undefined; place: Place | undefined },
): string {
  if (place !== undefined && history !== 'offline') return keyInstant(receivedAt);
  return keyInstant(Math.min(atMs, instantMs(receivedAt)));
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
