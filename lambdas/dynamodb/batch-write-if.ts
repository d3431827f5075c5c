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
  const statements = new Statements(tableName);
  const indexed = writes.map((write, index) => ({ index, statement: statements.of(write) }));
  await inLanes(piecesOf(indexed, STATEMENTS_PER_CALL), LANES, (piece) =>
    untilProcessed(piece, async (pending) => {
      const { Responses = [] } = await dynamodb.send(
        new BatchExecuteStatementCommand({ Statements: pending.map(({ statement }) => statement) }),
      );
      const left = pending.filter(({ index }, i) => {
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

/** Writes PartiQL. The statements of a batch are mostly one text, with other parameters. */
class Statements {
  readonly #tableName: string;
  readonly #texts = new Map<string, string>();

  constructor(tableName: string) {
    this.#tableName = tableName;
  }

  of({ key, values, was }: RowWrite): BatchStatementRequest {
    const parameters: AttributeValue[] = [];
    const names: Names = { key: [], set: [], removed: [], was: undefined };
    if (was === undefined) add(key, names.key, parameters);
    for (const name of Object.keys(values)) {
      if (key[name] !== undefined) continue;
      const value = values[name];
      if (value === undefined) names.removed.push(name);
      else {
        names.set.push(name);
        parameters.push(attributeOf(value));
      }
    }
    if (was !== undefined) {
      add(key, names.key, parameters);
      names.was = [];
      add(was, names.was, parameters);
    }
    return { Statement: this.#textOf(names), Parameters: parameters };
  }

  #textOf(names: Names): string {
    const shape = `${names.key}|${names.set}|${names.removed}|${names.was}`;
    const known = this.#texts.get(shape) ?? textOf(this.#tableName, names);
    this.#texts.set(shape, known);
    return known;
  }
}

interface Names {
  key: string[];
  set: string[];
  removed: string[];
  was: string[] | undefined;
}

/** PartiQL: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.html */
function textOf(tableName: string, { key, set, removed, was }: Names): string {
  if (was === undefined) {
    const members = [...key, ...set].map((name) => `'${name}': ?`);
    return `INSERT INTO "${tableName}" VALUE {${members.join(', ')}}`;
  }
  const changes = [...set.map((name) => `SET "${name}"=?`), ...removed.map((name) => `REMOVE "${name}"`)].join(' ');
  const conditions = [...key, ...was].map((name) => `"${name}"=?`);
  return `UPDATE "${tableName}" ${changes} WHERE ${conditions.join(' AND ')}`;
}

function add(row: Row, names: string[], parameters: AttributeValue[]): void {
  for (const name of Object.keys(row)) {
    names.push(name);
    parameters.push(attributeOf(row[name]));
  }
}
