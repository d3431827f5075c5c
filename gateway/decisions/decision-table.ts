import { BatchGetItemCommand, type DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { rowOf } from '@swipegate/aws/attributes';
import { type Decision, decisionOfRow, hasExpired, INDEXES, tenantKey } from '@swipegate/contract';
import { queryPage } from '@swipegate/http/query-rows';
import type { AwaitedDecision } from './decision-hub.js';

/** Reads the decisions of one swipeId: more than one if it was used for several cards. */
export type DecisionLookup = (tenantId: string, swipeId: string) => Promise<Decision[]>;

/** Strongly consistent, because a reader asks right after its swipe. */
export function decisionTable(dynamodb: DynamoDBClient, tableName: string): DecisionLookup {
  return async (tenantId, swipeId) => {
    const { Items = [] } = await dynamodb.send(
      new QueryCommand({
        TableName: tableName,
        KeyConditionExpression: 'swipeKey = :swipeKey',
        ExpressionAttributeValues: marshall({ ':swipeKey': tenantKey(tenantId, swipeId) }),
        ConsistentRead: true,
      }),
    );
    const nowMs = Date.now();
    const rows = Items.map((item) => rowOf(item)).filter((row) => !hasExpired(row, nowMs));
    return rows.flatMap((row) => decisionOfRow(row) ?? []);
  };
}

/** Reads at most 100 decisions, strongly consistent. Ignores UnprocessedKeys: the caller reads again while it waits. */
export function awaitedDecisions(dynamodb: DynamoDBClient, tableName: string) {
  return async (awaited: readonly AwaitedDecision[]): Promise<Decision[]> => {
    const Keys = awaited.map(({ tenantId, swipeId, cardId }) =>
      marshall({ swipeKey: tenantKey(tenantId, swipeId), cardId }),
    );
    const { Responses = {} } = await dynamodb.send(
      new BatchGetItemCommand({ RequestItems: { [tableName]: { Keys, ConsistentRead: true } } }),
    );
    return (Responses[tableName] ?? []).flatMap((item) => decisionOfRow(rowOf(item)) ?? []);
  };
}

export interface ReaderDecisions {
  /** Sorted by time of decision; the newest if there are more than `limit`. */
  decisions: Decision[];
  /** Whether older decisions were left out. */
  more: boolean;
}

/** Reads a reader's decisions, starting at a sort key ({@link resumeFrom}). */
export type ReaderHistory = (
  tenantId: string,
  readerId: string,
  fromKey: string,
  limit: number,
) => Promise<ReaderDecisions>;

/** Reads the index by reader, which lags the table by about a second. */
export function readerHistory(dynamodb: DynamoDBClient, tableName: string): ReaderHistory {
  const index = { tableName, indexName: INDEXES.decisions.byReader, sortKey: 'decidedKey' };
  return async (tenantId, readerId, fromKey, limit) => {
    const { rows, more } = await queryPage(
      dynamodb,
      { ...index, key: ['readerKey', tenantKey(tenantId, readerId)] },
      { from: fromKey, through: undefined, descending: true, limit, after: undefined },
    );
    return { decisions: rows.flatMap((row) => decisionOfRow(row) ?? []).reverse(), more };
  };
}
