import { BatchGetItemCommand, type DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { type Decision, decisionOfRow, tenantKey } from '@swipegate/contract';
import type { Awaited } from './decision-hub.js';

/** Reads the decisions of one swipeId: more than one if it was used for several cards. */
export type DecisionLookup = (tenantId: string, swipeId: string) => Promise<Decision[]>;

/** Lookup in the decisions table, strongly consistent because a reader asks right after its swipe. */
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
    return Items.flatMap((item) => decisionOfRow(unmarshall(item)) ?? []);
  };
}

/**
 * Reads awaited decisions, strongly consistent, at most 100 (the limit of one call). Ignores UnprocessedKeys: the
 * caller reads again while requests wait.
 */
export function awaitedDecisions(dynamodb: DynamoDBClient, tableName: string) {
  return async (awaited: readonly Awaited[]): Promise<Decision[]> => {
    const Keys = awaited.map(({ tenantId, swipeId, cardId }) =>
      marshall({ swipeKey: tenantKey(tenantId, swipeId), cardId }),
    );
    const { Responses = {} } = await dynamodb.send(
      new BatchGetItemCommand({ RequestItems: { [tableName]: { Keys, ConsistentRead: true } } }),
    );
    return (Responses[tableName] ?? []).flatMap((item) => decisionOfRow(unmarshall(item)) ?? []);
  };
}
