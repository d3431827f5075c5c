import { instantMs, type SwipeRecord } from '@swipegate/contract';

/** Why a swipe can open no door any more: its reader acted by itself while `offline`, or it came `late` from a spool. */
export type History = 'offline' | 'late';

/**
 * Whether a swipe is history. Both are properties of the stream, so that a retry finds the same.
 * @param arrivedAtMs when Kinesis took its record, ms since the epoch
 */
export function historyOf(swipe: SwipeRecord, arrivedAtMs: number, lateAfterMs: number): History | undefined {
  if (swipe.offlineOutcome !== undefined) return 'offline';
  return arrivedAtMs - instantMs(swipe.receivedAt) > lateAfterMs ? 'late' : undefined;
}
