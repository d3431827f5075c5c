import { randomUUID } from 'node:crypto';
import type { Change, ChangeContent } from '@swipegate/contract';

export const MONDAY_9 = '2026-11-23T09:00:00.000Z';

/** A change of tenant acme. */
export function changeOf(content: ChangeContent, changeId: string = randomUUID(), requestedAt = MONDAY_9): Change {
  return { changeId, tenantId: 'acme', requestedAt, by: { userId: 'u-1', userName: 'hanna' }, why: 'test', content };
}
