import { timestampMs } from '@swipegate/contract/values/timestamp-ms';
import type { Principal } from '../auth/api-key-directory.js';
import { Rejection } from './intake.js';

/** Rejects an item whose reader does not belong to the key. */
export function notAllowed(readerId: string, principal: Principal): Rejection | undefined {
  if (principal.readerIds.has(readerId)) return undefined;
  return new Rejection('reader-not-allowed', 'readerId', `${readerId} does not belong to the key ${principal.keyId}`);
}

/**
 * Rejects an impossible time or one too far in the future. Past times are fine: readers deliver offline swipes late.
 */
export function aheadOfClock(
  field: string,
  timestamp: string,
  nowMs: number,
  maxAheadMs: number,
): Rejection | undefined {
  const ms = timestampMs(timestamp);
  if (Number.isNaN(ms)) return new Rejection('invalid-item', field, `is not a time that exists: ${timestamp}`);
  if (ms <= nowMs + maxAheadMs) return undefined;
  const ahead = Math.round((ms - nowMs) / 1000);
  return new Rejection(
    'from-the-future',
    field,
    `must be at most ${maxAheadMs / 1000} s ahead of the gateway’s clock; ${timestamp} is ${ahead} s ahead`,
  );
}
