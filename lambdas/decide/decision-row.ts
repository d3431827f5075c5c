import { type Decision, tenantKey } from '../../gateway/contract/index.js';
import type { Row } from '../dynamodb/batch-get.js';
import { expiresAt } from './expiry.js';

/**
 * A decision as its table has it, with the keys of the table and of its indexes: by card and by cardholder in the order of
 * what happened, by reader in the order in which it was decided. The same decision is always the same row.
 */
export function decisionRow(decision: Decision, keepDays: number): Row {
  const { tenantId, swipeId, cardId, employeeId, readerId, timeBasis, decidedAt } = decision;
  const happenedAt = new Date(timeBasis === 'readAt' ? decision.readAt : decision.receivedAt).toISOString();
  return {
    swipeKey: tenantKey(tenantId, swipeId),
    ...decision,
    cardKey: tenantKey(tenantId, cardId),
    ...(employeeId === undefined ? {} : { employeeKey: tenantKey(tenantId, employeeId) }),
    readerKey: tenantKey(tenantId, readerId),
    eventKey: `${happenedAt}#${swipeId}`,
    decidedKey: `${decidedAt}#${swipeId}`,
    expiresAt: expiresAt(decidedAt, keepDays),
  };
}
