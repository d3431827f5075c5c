import { instantMs, keyInstant } from '@swipegate/contract';
import { timestampMs } from '@swipegate/contract/values/timestamp-ms';

/** Limits within which a reader's clock is trusted. */
export interface ClockLimits {
  /** Largest difference between the reader's time and `receivedAt`, either way, ms. */
  maxClockSkewMs: number;
  /** How long before `receivedAt` an offline swipe may have been read, ms. */
  maxOfflineMs: number;
}

export interface RuledTime {
  /** The time that counts. */
  timeBasis: 'readAt' | 'receivedAt';
  /** The same, ms since the epoch. */
  atMs: number;
}

/**
 * Returns which time counts: the reader's, unless it is too far from the gateway's or does not exist. A stopped clock
 * must not open yesterday's schedule, and a fast one must not lock people in. Only the reader knows when an offline
 * swipe happened, so it may be old; nothing happens after it was received.
 * @param readerTime matches the contract's Timestamp pattern
 */
export function ruledTime(
  readerTime: string,
  { receivedAt, isOffline }: { receivedAt: string; isOffline: boolean },
  { maxClockSkewMs, maxOfflineMs }: ClockLimits,
): RuledTime {
  const readerMs = timestampMs(readerTime);
  const receivedMs = instantMs(receivedAt);
  const aheadMs = readerMs - receivedMs;
  const oldestMs = isOffline ? Math.max(maxOfflineMs, maxClockSkewMs) : maxClockSkewMs;
  // NaN, a time that does not exist, fails both comparisons.
  const isByReader = aheadMs <= maxClockSkewMs && aheadMs >= -oldestMs;
  return isByReader ? { timeBasis: 'readAt', atMs: readerMs } : { timeBasis: 'receivedAt', atMs: receivedMs };
}

/** Returns the instant that counts, RFC 3339 in UTC with milliseconds. */
export function ruledInstant(
  { readAt, receivedAt }: { readAt: string; receivedAt: string },
  timeBasis: RuledTime['timeBasis'],
): string {
  return keyInstant(timeBasis === 'readAt' ? readAt : receivedAt);
}
