import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { batchGet, type Row } from '@swipegate/aws/batch-get';
import { piecesOf } from '@swipegate/aws/in-lanes';
import { queryPages } from '@swipegate/aws/query-pages';
import { Change, compile, INDEXES, tenantKey } from '@swipegate/contract';
import { jsonAttribute } from '@swipegate/contract/values/json-attribute';
import { Effect } from '@swipegate/lambdas/change-apply/effect';
import Type from 'typebox';

/** A change as stored in its row. */
export interface StoredChange {
  /** The JSON as it was read: a write requires that it is unchanged. */
  text: string;
  change: Change;
  effects: readonly Effect[];
  outcome: 'applied' | 'rejected' | undefined;
  /** Reason for the rejection, as a sentence. */
  reason: string | undefined;
  /** Position of the event among its tenant's events; empty if the event is not stored yet. */
  position: string;
  isSettled: boolean;
  /** Index key of the employee whose history lists the change: the one it names, or the holder of the card. */
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

/** @returns undefined when this version cannot read the row */
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

/** Selects the rows of changes. */
export interface ChangesOf {
  tableName: string;
  tenantId: string;
  /** Default: all cards of the tenant. */
  cardId?: string;
}

/**
 * Yields rows of changes, up to 500 at a time. The rows are read strongly consistently, their keys from an index that
 * may lag. Rejects with the error of the SDK.
 */
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
