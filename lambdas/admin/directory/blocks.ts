import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { batchGet } from '@swipegate/aws/batch-get';
import { type Change, tenantKey } from '@swipegate/contract';
import { blockedCard, cardOf, holdsOf } from '@swipegate/contract/back-office/holds';
import { addHold, type Hold, removeHold } from '../../stores/holds.js';

/** Table names, by environment variable. */
export type BlockTables = Readonly<Record<`TABLE_${'CARDS' | 'CHANGES' | 'EMPLOYEES'}`, string>>;

/**
 * Puts a published block in force, before its turn among the tenant's changes. The change then takes its turn as usual,
 * which ends the hold. A repeat does no harm.
 * @returns the time since which the block is in force, if it settles the change: the card is known, and its state allows
 * the action. Undefined if the change is decided at its turn
 * @throws what the SDK throws
 */
export async function putInForce(
  dynamodb: DynamoDBClient,
  tables: BlockTables,
  { tenantId, changeId, content }: Change,
  hold: Hold,
): Promise<string | undefined> {
  const tableName = hold.table === 'cards' ? tables.TABLE_CARDS : tables.TABLE_EMPLOYEES;
  await addHold(dynamodb, tableName, hold);
  // At its turn, a change gets its outcome first, then its hold ends. If it has an outcome already, this hold came too late.
  const rows = await batchGet(dynamodb, [
    { tableName, key: hold.key },
    { tableName: tables.TABLE_CHANGES, key: { changeKey: tenantKey(tenantId, changeId) } },
  ]);
  if (rows.get(tables.TABLE_CHANGES)?.[0]?.['outcome'] !== undefined) {
    await removeHold(dynamodb, tableName, hold);
    return undefined;
  }
  // Only the card's state is in force: a new name, for example, waits for its turn.
  if (content.type !== 'change-card') return undefined;
  const row = rows.get(tableName)?.[0];
  const card = row && cardOf(row);
  if (card === undefined) return undefined;
  const before = holdsOf(row)
    .filter((other) => other.hold !== hold.hold)
    .reduce((blocked, { action }) => blockedCard(blocked, action), card);
  const after = blockedCard(before, content.action);
  const isBlocking = after.status !== before.status || after.employeeId !== before.employeeId;
  return isBlocking ? new Date().toISOString() : undefined;
}
