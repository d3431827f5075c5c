import { type AttributeValue, type DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { type Decision, INDEXES, tenantKey } from '../contract/index.js';
import { decisionIn } from './decision-table.js';

export interface ReaderDecisions {
  /** In the order in which they were decided; if there are more than were asked for, the newest. */
  decisions: Decision[];
  /** Whether older ones were left out. */
  more: boolean;
}

/** Reads a reader's decisions from a sort key ({@link resumeFrom}) on. */
export type ReaderHistory = (
  tenantId: string,
  readerId: string,
  fromKey: string,
  limit: number,
) => Promise<ReaderDecisions>;

/** History in the decisions table's index by reader, which follows the table within a second or so. */
export function readerHistory(dynamodb: DynamoDBClient, tableName: string): ReaderHistory {
  return async (tenantId, readerId, fromKey, limit) => {
    const newestFirst: Decision[] = [];
    let from: Record<string, AttributeValue> | undefined;
    do {
      const page = await dynamodb.send(
        new QueryCommand({
          TableName: tableName,
          IndexName: INDEXES.decisions.byReader,
          KeyConditionExpression: 'readerKey = :readerKey AND decidedKey >= :fromKey',
          ExpressionAttributeValues: marshall({ ':readerKey': tenantKey(tenantId, readerId), ':fromKey': fromKey }),
          ScanIndexForward: false,
          Limit: limit + 1 - newestFirst.length,
          ...(from === undefined ? {} : { ExclusiveStartKey: from }),
        }),
      );
      for (const item of page.Items ?? []) newestFirst.push(...decisionIn(unmarshall(item)));
      from = page.LastEvaluatedKey;
    } while (from !== undefined && newestFirst.length <= limit);
    return { decisions: newestFirst.slice(0, limit).reverse(), more: newestFirst.length > limit };
  };
}
