import {
  type AttributeValue,
  BatchExecuteStatementCommand,
  type BatchStatementRequest,
  ConditionalCheckFailedException,
  type DynamoDBClient,
} from '@aws-sdk/client-dynamodb';
import { attributeOf, type Row } from './attributes.js';
import { untilProcessed } from './backoff.js';
import { inLanes, piecesOf } from './in-lanes.js';

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchExecuteStatement.html */
const STATEMENTS_PER_CALL = 25;
const LANES = 8;

/** A row to write only if the stored row is still as it was read. */
interface RowWrite {
  key: Row;
  /** Key attributes are ignored. Undefined removes an attribute, because the key of an index must not be NULL. */
  values: Row;
  /** Attributes that must still have the values read. Undefined: no row may exist. */
  was: Row | undefined;
}

/** Returns the `was` of a row whose version counts its writes: the version before; undefined for the first write. */
export function versionBefore(version: number): Row | undefined {
  return version === 1 ? undefined : { version: version - 1 };
}

/** Result of a write: done, refused because the stored row has changed, or failed with another error. */
export type WriteResult = 'written' | 'overtaken' | { code: string; message: string };

/** Error codes of a statement that are worth a retry. */
const TRANSIENT = new Set([
  'ThrottlingError',
  'ProvisionedThroughputExceeded',
  'RequestLimitExceeded',
  'InternalServerError',
  'TransactionConflict',
]);
const OVERTAKEN = new Set(['ConditionalCheckFailed', 'DuplicateItem']);

/**
 * Makes conditional writes, 25 a call: BatchWriteItem has no conditions, PutItem takes one row a call, and a
 * transaction costs twice as much. Each write succeeds or fails alone. If a write succeeds but its answer is lost, the
 * repeat returns `overtaken`. The caller must read the row again, and finds its own write there.
 * @returns a result for each write, in order
 * @throws {UnprocessedError} when DynamoDB throttles every attempt, and what the SDK throws
 */
export async function batchWriteIf(
  dynamodb: DynamoDBClient,
  tableName: string,
  writes: readonly RowWrite[],
): Promise<WriteResult[]> {
  const results: WriteResult[] = [];
  const statementOf = statementBuilder(tableName);
  const indexed = writes.map((write, index) => ({ index, statement: statementOf(write) }));
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

/** Awaits one conditional write. @returns false if its condition failed @throws what else the SDK throws */
export async function isWritten(write: Promise<unknown>): Promise<boolean> {
  try {
    await write;
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}

/** Builds PartiQL statements. Writes of a batch have few shapes, so the text of each shape is built once and reused. */
function statementBuilder(tableName: string): (write: RowWrite) => BatchStatementRequest {
  const shapes: Shape[] = [];
  return (write) => {
    let shape = shapes.find((known) => isOfShape(write, known));
    if (shape === undefined) {
      const { key, values, was } = write;
      shape = { key: namesOf(key), values: namesOf(values), was: was && namesOf(was), text: textOf(tableName, write) };
      shapes.push(shape);
    }
    return { Statement: shape.text, Parameters: parametersOf(write) };
  };
}

/** Attribute names in order, and whether each has a value. */
type Names = readonly { name: string; hasValue: boolean }[];

interface Shape {
  key: Names;
  values: Names;
  was: Names | undefined;
  text: string;
}

function namesOf(row: Row): Names {
  return Object.entries(row).map(([name, value]) => ({ name, hasValue: value !== undefined }));
}

function isOfShape({ key, values, was }: RowWrite, shape: Shape): boolean {
  if (!isNamed(values, shape.values) || !isNamed(key, shape.key)) return false;
  return was === undefined || shape.was === undefined ? was === shape.was : isNamed(was, shape.was);
}

function isNamed(row: Row, names: Names): boolean {
  let at = 0;
  for (const name in row) {
    const known = names[at++];
    if (known?.name !== name || known.hasValue !== (row[name] !== undefined)) return false;
  }
  return at === names.length;
}

/** Returns the parameters in the order of the placeholders of {@link textOf}. */
function parametersOf({ key, values, was }: RowWrite): AttributeValue[] {
  const parameters: AttributeValue[] = [];
  if (was === undefined) add(key, parameters);
  for (const name in values) {
    const value = values[name];
    if (value !== undefined && key[name] === undefined) parameters.push(attributeOf(value));
  }
  if (was !== undefined) {
    add(key, parameters);
    add(was, parameters);
  }
  return parameters;
}

function add(row: Row, parameters: AttributeValue[]): void {
  for (const name in row) parameters.push(attributeOf(row[name]));
}

/** PartiQL: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.html */
function textOf(tableName: string, { key, values, was }: RowWrite): string {
  const others = Object.keys(values).filter((name) => key[name] === undefined);
  const set = others.filter((name) => values[name] !== undefined);
  if (was === undefined) {
    const members = [...Object.keys(key), ...set].map((name) => `'${name}': ?`);
    return `INSERT INTO "${tableName}" VALUE {${members.join(', ')}}`;
  }
  const removed = others.filter((name) => values[name] === undefined);
  const changes = [...set.map((name) => `SET "${name}"=?`), ...removed.map((name) => `REMOVE "${name}"`)].join(' ');
  const conditions = [...Object.keys(key), ...Object.keys(was)].map((name) => `"${name}"=?`);
  return `UPDATE "${tableName}" ${changes} WHERE ${conditions.join(' AND ')}`;
}
