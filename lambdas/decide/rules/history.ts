import { instantMs, type SwipeRecord } from '@swipegate/contract';

/** Reason why a swipe can no longer open a door: its reader decided by itself, or it reached the stream too late. */
export type History = 'offline' | 'late';

/**
 * Returns why a swipe is history, or undefined. Depends only on its stream record, so a retry gets the same result.
 * @param arrivedAtMs arrival of its record in Kinesis, ms since the epoch
 */
export function historyOf(swipe: SwipeRecord, arrivedAtMs: number, lateAfterMs: number): History | undefined {
  if (swipe.offlineOutcome !== undefined) return 'offline';
  return arrivedAtMs - instantMs(swipe.receivedAt) > lateAfterMs ? 'late' : undefined;
}
