import type { Decision } from '@swipegate/contract';
import { swipeIdOf } from '../../../decide/test/small-site.js';

/** Place of the n-th decision in the stream. */
export function sequenceOf(n: number): string {
  return `${String(n).padStart(56, '0')}.000000`;
}

/**
 * Returns a maker of decisions that grant Ann entry: the n-th is in second n of the minute, such as 2026-11-25T08:00.
 */
export function decisionsIn(minute: string) {
  return (n: number, change: Partial<Decision> = {}): Decision => {
    const readAt = change.readAt ?? `${minute}:${String(n).padStart(2, '0')}.000Z`;
    return {
      swipeId: swipeIdOf(n),
      tenantId: 'acme',
      readerId: 'hard-in',
      cardId: 'ann',
      employeeId: 'ann',
      outcome: 'granted',
      reason: 'granted',
      direction: 'in',
      buildingId: 'b',
      zoneId: 'hard',
      receivedAt: readAt,
      decidedAt: readAt,
      timeBasis: 'readAt',
      sequence: sequenceOf(n),
      ...change,
      readAt,
    };
  };
}
