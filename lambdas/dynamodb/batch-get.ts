import { BatchGetCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { inLanes, piecesOf } from './in-lanes.js';
import { untilProcessed } from './unprocessed.js';

export type Row = Record<string, unknown>;

export interface TableKey {
  tableName: string;
  /** Distinct within a table: DynamoDB refuses a call that asks for a row twice. */
  key: Record<string, string>;
}

/** DynamoDB's limit of keys a call, over all its tables. */
const KEYS_PER_CALL = 100;
const LANES = 8;

type Request = Record<string, { Keys: Record<string, string>[]; ConsistentRead: true }>;

/**
 * Reads rows of several tables, strongly consistent, in as few calls as may be. Rows that are not there are left out.
 * @throws {UnprocessedError} and what the SDK throws
 */
export async function batchGet(
  dynamodb: DynamoDBDocumentClient,
  keys: readonly TableKey[],
): Promise<Map<string, Row[]>> {
  const rows = new Map<string, Row[]>();
  await inLanes(piecesOf(keys, KEYS_PER_CALL), LANES, (piece) =>
    untilProcessed(requestOf(piece), async (request) => {
      const answer = await dynamodb.send(new BatchGetCommand({ RequestItems: request }));
      for (const [tableName, items] of Object.entries(answer.Responses ?? {})) {
        const found = rows.get(tableName);
        if (found === undefined) rows.set(tableName, [...items]);
        else found.push(...items);
      }
      return leftOf(answer.UnprocessedKeys ?? {});
    }),
  );
  return rows;
}

function requestOf(keys: readonly TableKey[]): Request {
  const request: Request = {};
  for (const { tableName, key } of keys) {
    request[tableName] ??= { Keys: [], ConsistentRead: true };
    request[tableName].Keys.push(key);
  }
  return request;
}

function leftOf(unprocessed: Record<string, { Keys?: Record<string, unknown>[] | undefined }>): Request | undefined {
  const left = Object.entries(unprocessed).flatMap(([tableName, { Keys = [] }]) =>
    Keys.map((key) => ({
      tableName,
      key: Object.fromEntries(Object.entries(key).map(([name, value]) => [name, String(value)])),
    })),
  );
  return left.length === 0 ? undefined : requestOf(left);
}
