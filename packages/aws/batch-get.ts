import { BatchGetItemCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { type Item, itemOf, type Row, rowOf } from './attributes.js';
import { untilProcessed } from './backoff.js';
import { inLanes, piecesOf } from './in-lanes.js';

export type { Row } from './attributes.js';

export interface TableKey {
  tableName: string;
  /** Must be distinct within a table: DynamoDB refuses duplicate keys. Two tables may share a key. */
  key: Readonly<Record<string, string>>;
}

/** DynamoDB's limit of keys a call, across all tables. */
const KEYS_PER_CALL = 100;
const LANES = 8;

type Request = Record<string, { Keys: Item[]; ConsistentRead: boolean }>;

/** An eventually consistent read costs half; it may miss writes of the last second. */
export type Consistency = 'strong' | 'eventual';

/**
 * Reads rows of several tables in as few calls as possible. Missing rows are left out.
 * @throws {UnprocessedError} and what the SDK throws
 */
export async function batchGet(
  dynamodb: DynamoDBClient,
  keys: readonly TableKey[],
  consistency: Consistency = 'strong',
): Promise<Map<string, Row[]>> {
  const rows = new Map<string, Row[]>();
  const ConsistentRead = consistency === 'strong';
  await inLanes(piecesOf(keys, KEYS_PER_CALL), LANES, (piece) =>
    untilProcessed(requestOf(piece, ConsistentRead), async (request) => {
      const answer = await dynamodb.send(new BatchGetItemCommand({ RequestItems: request }));
      for (const [tableName, items] of Object.entries(answer.Responses ?? {})) {
        const found = rows.get(tableName) ?? [];
        rows.set(tableName, found);
        for (const item of items) found.push(rowOf(item));
      }
      return leftOf(answer.UnprocessedKeys ?? {}, ConsistentRead);
    }),
  );
  return rows;
}

function requestOf(keys: readonly TableKey[], ConsistentRead: boolean): Request {
  const request: Request = {};
  let lastKey: TableKey['key'] | undefined;
  let item: Item = {};
  for (const { tableName, key } of keys) {
    if (key !== lastKey) {
      lastKey = key;
      item = itemOf(key);
    }
    request[tableName] ??= { Keys: [], ConsistentRead };
    request[tableName].Keys.push(item);
  }
  return request;
}

function leftOf(
  unprocessed: Record<string, { Keys?: Item[] | undefined }>,
  ConsistentRead: boolean,
): Request | undefined {
  const left = Object.entries(unprocessed).flatMap(([tableName, { Keys = [] }]): [string, Request[string]][] =>
    Keys.length === 0 ? [] : [[tableName, { Keys, ConsistentRead }]],
  );
  return left.length === 0 ? undefined : Object.fromEntries(left);
}
