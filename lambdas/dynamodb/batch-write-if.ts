import {
  BatchExecuteStatementCommand,
  type BatchStatementRequest,
  type DynamoDBClient,
} from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { Row } from './batch-get.js';
import { inLanes, piecesOf } from './in-lanes.js';
import { untilProcessed } from './unprocessed.js';

/** BatchExecuteStatement's limit (https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchExecuteStatement.html). */
const STATEMENTS_PER_CALL = 25;
const LANES = 8;

/** A row to be written only if the table's row of its key is as it was read. */
export interface RowWrite {
  /** Names and values of the key. */
  key: Row;
  /** The other attributes. Undefined removes the attribute: a NULL would not do where it is an index's key. */
  values: Row;
  /** Attributes as they were read, and must still be; undefined: there was no row. */
  was: Row | undefined;
}

/** What became of a write: done, refused because the row is another by now, or failed for a reason of its own. */
export type WriteResult = 'written' | 'overtaken' | { code: string; message: string };

/** Error codes of one statement that mean: not now. */
const TRANSIENT = new Set([
  'ThrottlingError',
  'ProvisionedThroughputExceeded',
  'RequestLimitExceeded',
  'InternalServerError',
  'TransactionConflict',
]);
const OVERTAKEN = new Set(['ConditionalCheckFailed', 'DuplicateItem']);

/**
 * Conditional writes, 25 a call: BatchWriteItem knows no conditions, PutItem takes one row a call, and a transaction costs
 * twice as much. Each write stands or falls alone.
 *
 * A write that had arrived before its answer was lost reads as `overtaken` when it is sent again: whoever asks must look at
 * the row, and find there what they wrote.
 *
 * @returns a result for each write, in order
 * @throws {UnprocessedError} when DynamoDB is throttled throughout, and what the SDK throws
 */
export async function batchWriteIf(
  dynamodb: DynamoDBClient,
  tableName: string,
  writes: readonly RowWrite[],
): Promise<WriteResult[]> {
  const results: WriteResult[] = [];
  const indexed = writes.map((write, index) => ({ index, statement: statementOf(tableName, write) }));
  await inLanes(piecesOf(indexed, STATEMENTS_PER_CALL), LANES, (piece) =>
    untilProcessed(piece, async (statements) => {
      const { Responses = [] } = await dynamodb.send(
        new BatchExecuteStatementCommand({ Statements: statements.map(({ statement }) => statement) }),
      );
      const left = statements.filter(({ index }, i) => {
        const { Error: error } = Responses[i] ?? { Error: { Code: 'InternalServerError' } };
        const code = error?.Code;
        if (code !== undefined && TRANSIENT.has(code)) return true;
        if (code === undefined) results[index] = 'written';
        else results[index] = OVERTAKEN.has(code) ? 'overtaken' : { code, message: error?.Message ?? '' };
        return false;
      });
      return left.length === 0 ? undefined : left;
    }),
  );
  return results;
}

/** PartiQL: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.html */
function statementOf(tableName: string, { key, values, was }: RowWrite): BatchStatementRequest {
  const [set, removed] = split(values);
  if (was === undefined) {
    const row = { ...key, ...set };
    const members = Object.keys(row).map((name) => `'${name}': ?`);
    return { Statement: `INSERT INTO "${tableName}" VALUE {${members.join(', ')}}`, Parameters: parameters(row) };
  }
  const changes = [
    ...Object.keys(set).map((name) => `SET "${name}"=?`),
    ...removed.map((name) => `REMOVE "${name}"`),
  ].join(' ');
  const conditions = Object.keys({ ...key, ...was }).map((name) => `"${name}"=?`);
  return {
    Statement: `UPDATE "${tableName}" ${changes} WHERE ${conditions.join(' AND ')}`,
    Parameters: [...parameters(set), ...parameters({ ...key, ...was })],
  };
}

/** What is there, and the names of what is not. */
function split(values: Row): [set: Row, removed: string[]] {
  const entries = Object.entries(values);
  return [
    Object.fromEntries(entries.filter(([, value]) => value !== undefined)),
    entries.flatMap(([name, value]) => (value === undefined ? [name] : [])),
  ];
}

function parameters(row: Row) {
  return Object.values(row).map((value) => marshall({ value })['value'] ?? { NULL: true });
}
