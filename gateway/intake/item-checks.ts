import { timestampMs } from '@swipegate/contract/values/timestamp-ms';
import type { Principal } from '../auth/api-key-directory.js';
import { Rejection } from './intake.js';

/** A key speaks only for its own readers (invariant 6). */
export function notAllowed(readerId: string, principal: Principal): Rejection | undefined {
  if (principal.readerIds.has(readerId)) return undefined;
  return new Rejection(
    'reader-not-allowed',
    'readerId',
    `is ${readerId}, for which the key ${principal.keyId} does not speak`,
  );
}

/** A time that is no time, or lies too far ahead. A time long past is taken: readers deliver what they read offline. */
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
    `${timestamp} is ${ahead} s ahead of the gateway’s clock; at most ${maxAheadMs / 1000} s are taken`,
  );
}
