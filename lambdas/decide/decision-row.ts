import { type Decision, decidedKey, eventKey, tenantKey } from '../../gateway/contract/index.js';
import type { Row } from '../dynamodb/attributes.js';
import { expiresAt } from './expiry.js';

/**
 * A decision as its table has it, with the keys of the table and of its indexes: by card and by cardholder in the order of
 * what happened, by reader in the order in which it was decided. The same decision is always the same row.
 */
export function decisionRow(decision: Decision, keepDays: number): Row {
  const { tenantId, swipeId, cardId, employeeId, readerId, decidedAt } = decision;
  const row: Row = {
    swipeKey: tenantKey(tenantId, swipeId),
    ...decision,
    cardKey: tenantKey(tenantId, cardId),
    readerKey: tenantKey(tenantId, readerId),
    eventKey: eventKey(decision),
    decidedKey: decidedKey(decision),
    expiresAt: expiresAt(decidedAt, keepDays),
  };
  if (employeeId !== undefined) row['employeeKey'] = tenantKey(tenantId, employeeId);
  return row;
}
