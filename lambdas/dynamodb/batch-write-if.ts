import {
  type AttributeValue,
  BatchExecuteStatementCommand,
  type BatchStatementRequest,
  type DynamoDBClient,
} from '@aws-sdk/client-dynamodb';
import { attributeOf, type Row } from './attributes.js';
import { inLanes, piecesOf } from './in-lanes.js';
import { untilProcessed } from './unprocessed.js';

/** BatchExecuteStatement's limit (https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchExecuteStatement.html). */
const STATEMENTS_PER_CALL = 25;
const LANES = 8;

/** A row to be written only if the table's row of its key is as it was read. */
export interface RowWrite {
  /** Names and values of the key. */
  key: Row;
  /**
   * The other attributes; what it has of the key is passed over. Undefined removes the attribute: a NULL would not do where
   * it is an index's key.
   */
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
  const Parameters: AttributeValue[] = [];
  if (was === undefined) {
    const members = [...each(key, Parameters), ...each(values, Parameters, key)].map((name) => `'${name}': ?`);
    return { Statement: `INSERT INTO "${tableName}" VALUE {${members.join(', ')}}`, Parameters };
  }
  let changes = '';
  for (const name of each(values, Parameters, key)) changes += `SET "${name}"=? `;
  for (const name of Object.keys(values)) if (values[name] === undefined) changes += `REMOVE "${name}" `;
  const conditions = [...each(key, Parameters), ...each(was, Parameters)].map((name) => `"${name}"=?`);
  return { Statement: `UPDATE "${tableName}" ${changes}WHERE ${conditions.join(' AND ')}`, Parameters };
}

/** Adds what is there, but for members of `except`, to the parameters. @returns its names */
function each(row: Row, parameters: AttributeValue[], except?: Row): string[] {
  const names: string[] = [];
  for (const name of Object.keys(row)) {
    const value = row[name];
    if (value === undefined || (except !== undefined && name in except)) continue;
    names.push(name);
    parameters.push(attributeOf(value));
  }
  return names;
}
