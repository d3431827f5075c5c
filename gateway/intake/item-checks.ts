import type { Principal } from '../auth/api-key-directory.js';
import { Rejection } from './intake.js';

/** A key speaks only for its own readers (invariant 6). */
export function notAllowed(readerId: string, principal: Principal): Rejection | undefined {
  if (principal.readerIds.has(readerId)) return undefined;
  return new Rejection(
    'reader-not-allowed',
    'readerId',
    `the key ${principal.keyId} does not speak for the reader ${readerId}`,
  );
}

/** A time that is no time, or lies too far ahead. A time long past is taken: readers deliver what they read offline. */
export function aheadOfClock(
  field: string,
  timestamp: string,
  nowMs: number,
  maxAheadMs: number,
): Rejection | undefined {
  const ms = Date.parse(timestamp);
  if (Number.isNaN(ms)) return new Rejection('invalid-item', field, `is not a time that exists: ${timestamp}`);
  if (ms <= nowMs + maxAheadMs) return undefined;
  const ahead = Math.round((ms - nowMs) / 1000);
  return new Rejection(
    'from-the-future',
    field,
    `${timestamp} is ${ahead} s ahead of the gateway’s clock; at most ${maxAheadMs / 1000} s are taken`,
  );
}

/** The id an item claims, if it is a string of a sane length, to point at the item in an error. */
export function idOf(value: unknown, member: string): string | undefined {
  if (typeof value !== 'object' || value === null || !(member in value)) return undefined;
  const id: unknown = Reflect.get(value, member);
  return typeof id === 'string' && id.length <= 64 ? id : undefined;
}
