import { BatchWriteItemCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { itemsOf, type Row } from './attributes.js';
import { untilProcessed } from './backoff.js';
import { inLanes, piecesOf } from './in-lanes.js';

/** DynamoDB's limit of rows a call. */
const ROWS_PER_CALL = 25;

export interface BatchWriteOptions {
  /** Calls in flight at once. Default 8. */
  lanes?: number;
}

/**
 * Puts rows into a table, replacing existing ones.
 * @throws {UnprocessedError} and what the SDK throws
 */
export async function batchWrite(
  dynamodb: DynamoDBClient,
  tableName: string,
  rows: readonly Row[],
  { lanes = 8 }: BatchWriteOptions = {},
): Promise<void> {
  await inLanes(piecesOf(rows, ROWS_PER_CALL), lanes, async (piece) => {
    const items = itemsOf(piece);
    await untilProcessed(items, async (items) => {
      const answer = await dynamodb.send(
        new BatchWriteItemCommand({ RequestItems: { [tableName]: items.map((Item) => ({ PutRequest: { Item } })) } }),
      );
      const left = (answer.UnprocessedItems?.[tableName] ?? []).flatMap(({ PutRequest }) =>
        PutRequest?.Item === undefined ? [] : [PutRequest.Item],
      );
      return left.length === 0 ? undefined : left;
    });
  });
}
