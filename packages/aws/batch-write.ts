import { BatchWriteItemCommand, type DynamoDBClient, type WriteRequest } from '@aws-sdk/client-dynamodb';
import { itemOf, itemsOf, type Row } from './attributes.js';
import { untilProcessed } from './backoff.js';
import { inLanes, piecesOf } from './in-lanes.js';

/** DynamoDB's limit of rows a call. */
const ROWS_PER_CALL = 25;

/** Puts or replaces rows of a table, with `lanes` calls in flight. @throws {UnprocessedError} and what the SDK throws */
export async function batchWrite(
  dynamodb: DynamoDBClient,
  tableName: string,
  rows: readonly Row[],
  { lanes = 8 }: { lanes?: number } = {},
): Promise<void> {
  await inLanes(piecesOf(rows, ROWS_PER_CALL), lanes, (piece) => {
    const requests = itemsOf(piece).map((Item) => ({ PutRequest: { Item } }));
    return send(dynamodb, tableName, requests);
  });
}

/** Deletes rows by their keys, one call after the other. @throws {UnprocessedError} and what the SDK throws */
export async function batchDelete(dynamodb: DynamoDBClient, tableName: string, keys: readonly Row[]): Promise<void> {
  for (const piece of piecesOf(keys, ROWS_PER_CALL)) {
    const requests = piece.map((key) => ({ DeleteRequest: { Key: itemOf(key) } }));
    await send(dynamodb, tableName, requests);
  }
}

function send(dynamodb: DynamoDBClient, tableName: string, requests: WriteRequest[]): Promise<void> {
  return untilProcessed(requests, async (requests) => {
    const { UnprocessedItems = {} } = await dynamodb.send(
      new BatchWriteItemCommand({ RequestItems: { [tableName]: requests } }),
    );
    const left = UnprocessedItems[tableName] ?? [];
    return left.length === 0 ? undefined : left;
  });
}
