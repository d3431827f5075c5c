import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { batchGet, type Row } from '@swipegate/aws/batch-get';
import { piecesOf } from '@swipegate/aws/in-lanes';
import { queryPages } from '@swipegate/aws/query-pages';
import { Change, compile, INDEXES, tenantKey } from '@swipegate/contract';
import { jsonAttribute } from '@swipegate/contract/values/json-attribute';
import { Effect } from '@swipegate/lambdas/change-apply/effect';
import Type from 'typebox';

/** A change as its row has it. */
export interface StoredChange {
  /** As it was read: a write is under the condition that it still is so. */
  text: string;
  change: Change;
  effects: readonly Effect[];
  outcome: 'applied' | 'rejected' | undefined;
  /** Why it was rejected, in words. */
  reason: string | undefined;
  /** Of the event among its tenant's; of what is not stored yet, empty. */
  position: string;
  isSettled: boolean;
  /** Whose list of changes it is in: of the person that it names, or of who had the card. */
  employeeKey: string | undefined;
}

const isChange = compile(Change);
const isEffects = compile(Type.Array(Effect));
const isSteps = compile(
  Type.Object({
    change: Type.String(),
    outcome: Type.Optional(Type.Enum(['applied', 'rejected'])),
    reason: Type.Optional(Type.String()),
    position: Type.Optional(Type.String()),
    settledAt: Type.Optional(Type.String()),
    effects: Type.Optional(Type.String()),
    employeeKey: Type.Optional(Type.String()),
  }),
);

const ROWS_AT_ONCE = 500;

/** @returns undefined when it is not one that this version can read */
export function storedChangeOf(row: Row): StoredChange | undefined {
  if (!isSteps(row)) return undefined;
  const change = jsonAttribute(row.change);
  const effects = jsonAttribute(row.effects ?? '[]');
  if (!isChange(change) || !isEffects(effects)) return undefined;
  const { outcome, reason, position = '' } = row;
  return {
    text: row.change,
    change,
    effects,
    outcome,
    reason,
    position,
    isSettled: row.settledAt !== undefined,
    employeeKey: row.employeeKey,
  };
}

/** Where rows of changes are looked up. */
export interface ChangesOf {
  tableName: string;
  tenantId: string;
  /** Default: all of the tenant. */
  cardId?: string;
}

/** Rows of changes, some hundred at a time, strongly consistent but for which there are. Rejects with what the SDK throws. */
export async function* changeRows(
  dynamodb: DynamoDBClient,
  { tableName, tenantId, cardId }: ChangesOf,
): AsyncGenerator<Row[]> {
  const index =
    cardId === undefined
      ? { indexName: INDEXES.changes.byTenant, key: ['tenantId', tenantId] as const }
      : { indexName: INDEXES.changes.byCard, key: ['cardKey', tenantKey(tenantId, cardId)] as const };
  for await (const page of queryPages(dynamodb, { tableName, ...index, members: ['changeKey'] })) {
    for (const piece of piecesOf(page, ROWS_AT_ONCE)) {
      const keys = piece.map(({ changeKey }) => ({ tableName, key: { changeKey: String(changeKey) } }));
      yield (await batchGet(dynamodb, keys)).get(tableName) ?? [];
    }
  }
}
