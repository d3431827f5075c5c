import { type DynamoDBClient, PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { attributeOf, itemOf } from '@swipegate/aws/attributes';
import { batchGet } from '@swipegate/aws/batch-get';
import { batchWriteIf, isWritten } from '@swipegate/aws/batch-write-if';
import { Card, Employee, tenantKey } from '@swipegate/contract';
import type { Logger } from 'pino';
import type { Placement } from '../stores/changes/event-store.js';
import { removeHold } from '../stores/holds.js';
import { healedPresence, healPresence, type Presence, presenceOf, presenceRow } from '../stores/presence.js';
import type { Effect, Move, Put, WrittenTable } from './effects.js';
import type { ChangeApplyEnvironment } from './environment.js';

/** A card's presence changes only with its swipes, so rarely more than once during a write. */
const ATTEMPTS = 10;

/** Swipes of the card changed its presence during each attempt to write it. */
export class OvertakenError extends Error {
  override readonly name = 'OvertakenError';
  readonly code = 'OVERTAKEN';
}

/** DynamoDB refused a write for another reason than its condition. */
export class WriteError extends Error {
  override readonly name = 'WriteError';
  readonly code = 'WRITE_REFUSED';
}

export interface CarryOutDeps {
  dynamodb: DynamoDBClient;
  tables: ChangeApplyEnvironment;
  logger: Logger;
}

/**
 * Carries out the effects of an event on the tables. Each row is marked with the position of the last event that
 * wrote it and takes only later events, so a repeat, or a late write by an instance presumed dead, changes nothing. An
 * unreadable presence row is healed first, as decide does. Holds end last, so that a block is in force without a gap.
 * @param event its tenant, and its position as text that sorts in event order within the tenant
 * @returns where holders were placed, and after which of their swipes; a rebuild from the archive needs this
 * @throws {OvertakenError}, {WriteError} and what the SDK throws
 */
export async function carryOut(
  effects: readonly Effect[],
  event: { tenantId: string; position: string },
  deps: CarryOutDeps,
): Promise<Placement[]> {
  const done = await Promise.all(
    effects.map((effect) => {
      if (effect.kind === 'release') return undefined;
      return effect.kind === 'put' ? put(effect, event, deps) : move(effect, event, deps);
    }),
  );
  for (const effect of effects) {
    if (effect.kind === 'release') await removeHold(deps.dynamodb, tableNameOf(effect.table, deps.tables), effect);
  }
  return done.flatMap((placement) => placement ?? []);
}

/** Attributes of rows that may have holds. The holds stay when the row is written. */
const HOLDABLE: Partial<Record<WrittenTable, readonly string[]>> = {
  cards: Object.keys(Card.properties),
  employees: [...Object.keys(Employee.properties), 'cardIds', 'inactiveSince', 'tenantId', 'nameKey'],
};
const IS_LATER = 'attribute_not_exists(changedBy) OR changedBy < :position';

async function put(
  { table, key, values }: Put,
  { position }: { position: string },
  { dynamodb, tables }: CarryOutDeps,
): Promise<undefined> {
  const TableName = tableNameOf(table, tables);
  const attributes = HOLDABLE[table];
  if (attributes === undefined) {
    const Item = itemOf({ ...values, ...key, changedBy: position });
    const ExpressionAttributeValues = { ':position': attributeOf(position) };
    const write = { TableName, Item, ConditionExpression: IS_LATER, ExpressionAttributeValues };
    await isWritten(dynamodb.send(new PutItemCommand(write)));
    return;
  }
  const set = Object.entries(values).filter(([, value]) => value !== undefined);
  const removed = attributes.filter((name) => values[name] === undefined);
  const names = [...set.map(([name]) => name), ...removed];
  await isWritten(
    dynamodb.send(
      new UpdateItemCommand({
        TableName,
        Key: itemOf(key),
        UpdateExpression: [
          `SET ${[...set.map((_, i) => `#n${i} = :v${i}`), 'changedBy = :position'].join(', ')}`,
          ...(removed.length === 0 ? [] : [`REMOVE ${removed.map((_, i) => `#n${set.length + i}`).join(', ')}`]),
        ].join(' '),
        ConditionExpression: IS_LATER,
        ExpressionAttributeNames: Object.fromEntries(names.map((name, i) => [`#n${i}`, name])),
        ExpressionAttributeValues: {
          ...Object.fromEntries(set.map(([, value], i) => [`:v${i}`, attributeOf(value)])),
          ':position': attributeOf(position),
        },
      }),
    ),
  );
}

function tableNameOf(table: WrittenTable, tables: ChangeApplyEnvironment): string {
  const { TABLE_API_KEYS: apiKeys, TABLE_SITE: site, TABLE_CARDS: cards, TABLE_EMPLOYEES: employees } = tables;
  return { apiKeys, site, cards, employees }[table];
}

/** Increments the row's version, so a concurrent decision based on the old row fails to commit and is made again. */
async function move(
  { cardId, employeeId, inside, movedAt }: Move,
  { tenantId, position }: { tenantId: string; position: string },
  { dynamodb, tables: { TABLE_PRESENCE: tableName }, logger }: CarryOutDeps,
): Promise<Placement | undefined> {
  const key = { cardKey: tenantKey(tenantId, cardId) };
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const row = (await batchGet(dynamodb, [{ tableName, key }])).get(tableName)?.[0];
    if (row === undefined && inside === undefined) return undefined;
    const movedBy = row?.['movedBy'];
    if (movedBy === position) return placementAfter(String(row?.['movedAfter'] ?? ''));
    if (typeof movedBy === 'string' && movedBy > position) return undefined;
    const before = row && presenceOf(row);
    if (row !== undefined && before === undefined) {
      logger.error({ ...key, tableName }, 'presence row cannot be read; healed with what can be read');
      await healPresence(dynamodb, tableName, { found: row, healed: healedPresence(row, Date.now()) });
      continue;
    }
    const after: Presence = {
      ...key,
      version: (before?.version ?? 0) + 1,
      sequence: before?.sequence ?? '',
      outbox: before?.outbox ?? [],
      movedAt,
      ...(employeeId === undefined ? {} : { employeeId }),
      ...(inside === undefined ? {} : { inside }),
    };
    const [result] = await batchWriteIf(dynamodb, tableName, [
      {
        key,
        values: { ...presenceRow(after), movedBy: position, movedAfter: after.sequence },
        was: before && { version: before.version },
      },
    ]);
    if (result === 'written') return placementAfter(after.sequence);
    if (typeof result === 'object') throw new WriteError(`${result.code}: ${result.message}`);
  }
  throw new OvertakenError(
    `Swipes changed the presence of the card ${cardId} during each of ${ATTEMPTS} attempts to write it.`,
  );

  function placementAfter(afterSequence: string): Placement {
    return {
      tenantId,
      cardId,
      afterSequence,
      movedAt,
      ...(inside === undefined ? {} : { place: inside }),
      ...(employeeId === undefined ? {} : { employeeId }),
    };
  }
}
