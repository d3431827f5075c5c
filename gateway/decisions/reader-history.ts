import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { type Decision, decisionOfRow, INDEXES, tenantKey } from '@swipegate/contract';
import { queryPage } from '@swipegate/http/query-rows';

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
