import { type DynamoDBClient, PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { attributeOf, itemOf } from '@swipegate/aws/attributes';
import { isWritten } from '@swipegate/aws/batch-write-if';
import { Card } from '@swipegate/contract';
import type { Logger } from 'pino';
import type { Placement } from '../stores/changes/event-store.js';
import { putCommand } from '../stores/device-commands.js';
import { EmployeeRow } from '../stores/employee-row.js';
import { removeHold } from '../stores/holds.js';
import type { ChangeApplyEnvironment } from './environment.js';
import { type EventPlace, placeCardholders } from './place-cardholders.js';
import { placeStore } from './place-store.js';
import type { Effect, Put, WrittenTable } from './rules/effects.js';

export interface CarryOutDeps {
  dynamodb: DynamoDBClient;
  tables: ChangeApplyEnvironment;
  logger: Logger;
}

/**
 * Carries out the effects of an event on the tables. Each row is marked with the position of the last event that wrote
 * it, and takes only later events. So a repeat changes nothing, nor does a late write by an instance presumed dead.
 * Holds end last, so that a block is in force without a gap.
 * @returns where holders were placed, and after which of their swipes; a rebuild from the archive needs this
 * @throws {OvertakenError}, {WriteError} and what the SDK throws
 */
export async function carryOut(
  effects: readonly Effect[],
  event: EventPlace,
  deps: CarryOutDeps,
): Promise<Placement[]> {
  const { dynamodb, tables, logger } = deps;
  const puts = effects.flatMap((effect) => (effect.kind === 'put' ? [effect] : []));
  const moves = effects.flatMap((effect) => (effect.kind === 'move' || effect.kind === 'carry' ? [effect] : []));
  await Promise.all(puts.map((effect) => put(effect, event, deps)));
  const placements = await placeCardholders(moves, event, { places: placeStore(dynamodb, tables), logger });
  for (const effect of effects) {
    if (effect.kind === 'release') await removeHold(dynamodb, tableNameOf(effect.table, tables), effect);
  }
  return placements;
}

/** Attributes of rows that may have holds. The holds stay when the row is written. */
const HOLDABLE: Partial<Record<WrittenTable, readonly string[]>> = {
  cards: Object.keys(Card.properties),
  employees: [...Object.keys(EmployeeRow.properties), 'tenantId', 'nameKey', 'erasedAt'],
};
const IS_LATER = 'attribute_not_exists(changedBy) OR changedBy < :position';

async function put(
  { table, key, values }: Put,
  { position }: EventPlace,
  { dynamodb, tables }: CarryOutDeps,
): Promise<undefined> {
  const TableName = tableNameOf(table, tables);
  if (table === 'deviceCommands') return putCommand(dynamodb, TableName, { ...values, ...key });
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
  return { apiKeys, site, cards, employees, deviceCommands: tables.TABLE_DEVICE_COMMANDS }[table];
}
