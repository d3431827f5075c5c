import type { Decision } from '@swipegate/contract';
import { swipeIdOf } from '../../../decide/test/small-site.js';

/** Place in the stream of the n-th. */
export function sequenceOf(n: number): string {
  return `${String(n).padStart(56, '0')}.000000`;
}

/** Makes decisions of Ann, who is let in: the n-th in the n-th second of a minute, such as 2026-11-25T08:00. */
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
