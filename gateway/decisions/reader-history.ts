import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { type Decision, decisionOfRow, INDEXES, tenantKey } from '@swipegate/contract';
import { queryPage } from '@swipegate/http/query-rows';

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

/** History from the decisions table's index by reader, which lags the table by about a second. */
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
