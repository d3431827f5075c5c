import { setTimeout as delay } from 'node:timers/promises';
import { type AttributeValue, BatchGetItemCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { tenantKey } from '@swipegate/contract';

/** DynamoDB's limit of keys per BatchGetItem call. */
const KEYS_PER_CALL = 100;
/** Concurrent calls. */
const LANES = 8;
const ATTEMPTS = 5;
const FIRST_PAUSE_MS = 20;

/** DynamoDB returned unprocessed keys in every attempt. */
export class NamesThrottledError extends Error {
  override readonly name = 'NamesThrottledError';
  readonly code = 'NAMES_THROTTLED';
}

/**
 * Reads names of cardholders by employeeId, eventually consistent, as names seldom change. Unknown ids are left out.
 * @param employeeIds without duplicates
 * @throws {NamesThrottledError} or the SDK's error
 */
export async function employeeNames(
  dynamodb: DynamoDBClient,
  tableName: string,
  tenantId: string,
  employeeIds: readonly string[],
): Promise<Map<string, string>> {
  const names = new Map<string, string>();
  const keys = employeeIds.map((employeeId) => marshall({ employeeKey: tenantKey(tenantId, employeeId) }));
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < keys.length) {
      const piece = keys.slice(next, next + KEYS_PER_CALL);
      next += KEYS_PER_CALL;
      await readPiece(dynamodb, tableName, piece, names);
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  return names;
}

async function readPiece(
  dynamodb: DynamoDBClient,
  tableName: string,
  keys: Record<string, AttributeValue>[],
  names: Map<string, string>,
): Promise<void> {
  let left = keys;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    if (attempt > 0) await delay(Math.random() * FIRST_PAUSE_MS * 2 ** attempt);
    const { Responses = {}, UnprocessedKeys = {} } = await dynamodb.send(
      new BatchGetItemCommand({
        RequestItems: {
          [tableName]: {
            Keys: left,
            ProjectionExpression: '#id, #name',
            ExpressionAttributeNames: { '#id': 'employeeId', '#name': 'name' },
          },
        },
      }),
    );
    for (const item of Responses[tableName] ?? []) {
      const { employeeId, name } = unmarshall(item);
      if (typeof name === 'string') names.set(String(employeeId), name);
    }
    left = UnprocessedKeys[tableName]?.Keys ?? [];
    if (left.length === 0) return;
  }
  throw new NamesThrottledError(
    `DynamoDB left keys unprocessed in ${ATTEMPTS} attempts. Check whether the employees table is throttled.`,
  );
}
