import { compile, explain } from '@swipegate/contract';
import Type from 'typebox';
import { insertItem, updateItem, type Values } from './batch-calls.js';
import type { Attribute, MemoryTables } from './memory-tables.js';

const Statement = Type.Object({
  Statement: Type.String(),
  Parameters: Type.Optional(Type.Array(Type.Record(Type.String(), Type.Unknown()), { minItems: 1 })),
});
type Statement = Type.Static<typeof Statement>;
const isBatch = compile(Type.Object({ Statements: Type.Array(Statement, { minItems: 1, maxItems: 25 }) }));
const isTable = compile(
  Type.Object({ Table: Type.Object({ KeySchema: Type.Array(Type.Record(Type.String(), Type.String())) }) }),
);
const isFailure = compile(Type.Object({ __type: Type.String(), message: Type.Optional(Type.String()) }));

const INSERT = /^INSERT\s+INTO\s+"([\w.-]+)"\s+VALUE\s+\{([^}]*)\}$/i;
const UPDATE =
  /^UPDATE\s+"([\w.-]+)"((?:\s+SET\s+"\w+"\s*=\s*\?)+)((?:\s+REMOVE\s+"\w+")*)\s+WHERE\s+("\w+"\s*=\s*\?(?:\s+AND\s+"\w+"\s*=\s*\?)*)$/i;
const MEMBER = /^\s*'(\w+)'\s*:\s*\?\s*$/;
/** Texts of statements whose shapes are remembered. */
const MAX_SHAPES = 1_000;

interface Call {
  operation: 'PutItem' | 'UpdateItem' | 'DescribeTable';
  input: Record<string, unknown>;
}

/** Calls the emulator. Resolves with the body of its answer, whether the call succeeded or not. */
export type CallEmulator = (call: Call) => Promise<{ isDone: boolean; body: unknown }>;

/** A statement without its values. */
interface Shape {
  verb: 'insert' | 'update';
  tableName: string;
  set: readonly string[];
  removed: readonly string[];
  where: readonly string[];
}

/** A statement with its values. */
interface Write {
  verb: 'insert' | 'update';
  tableName: string;
  values: Values;
  removed: readonly string[];
  where: Values;
  /** Names of the key attributes. */
  key: readonly string[];
  /** Table and key values, by which two statements for one item are found. */
  item: string;
}

/**
 * BatchExecuteStatement, which dynalite lacks. An INSERT with all values as parameters is a PutItem, an UPDATE … SET …
 * REMOVE … WHERE with equalities an UpdateItem; other statements get a ValidationError. A call with two statements for
 * one item is refused as a whole
 * (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.html).
 */
export class Partiql {
  readonly #tables: MemoryTables | undefined;
  readonly #keys = new Map<string, Promise<string[]>>();
  #shapes = new Map<string, Shape>();

  /** @param tables where plain items are written without a call of the emulator */
  constructor(tables: MemoryTables | undefined) {
    this.#tables = tables;
  }

  /** @returns the answer of each statement @throws {StatementError} ValidationError, which refuses the whole call */
  async execute(batch: unknown, call: CallEmulator): Promise<object[]> {
    if (!isBatch(batch)) throw new StatementError('ValidationError', whyNot());
    const writes: (Write | StatementError)[] = [];
    for (const statement of batch.Statements) writes.push(await this.#prepare(statement, call).catch(statementError));
    const items = writes.flatMap((write) => (write instanceof StatementError ? [] : [write.item]));
    if (new Set(items).size < items.length) {
      throw new StatementError('ValidationError', 'Provided list of item keys contains duplicates');
    }
    const answers: object[] = [];
    for (const [i, { Statement }] of batch.Statements.entries()) {
      const write = writes[i];
      const TableName = this.#shapes.get(Statement)?.tableName ?? '';
      const error = write instanceof StatementError ? write : write && (await this.#run(write, call));
      answers.push(error ? { TableName, Error: { Code: error.code, Message: error.message } } : { TableName });
    }
    return answers;
  }

  /** Parses a statement and finds the key of the item that it writes. @throws {StatementError} */
  async #prepare({ Statement, Parameters = [] }: Statement, call: CallEmulator): Promise<Write> {
    const shape = this.#shapeOf(Statement);
    const { verb, tableName, set, removed, where } = shape;
    if (Parameters.length !== set.length + where.length) {
      throw new StatementError('ValidationError', 'Number of parameters does not match');
    }
    const values = valuesOf(set, Parameters, 0);
    const wanted = valuesOf(where, Parameters, set.length);
    const table = this.#tables?.find(tableName);
    const key = table === undefined ? await this.#keyOf(tableName, call) : table.key;
    const item = JSON.stringify([tableName, ...key.map((name) => (verb === 'insert' ? values : wanted).get(name))]);
    return { verb, tableName, values, removed, where: wanted, key, item };
  }

  /** @throws {StatementError} ValidationError */
  #shapeOf(text: string): Shape {
    const known = this.#shapes.get(text);
    if (known !== undefined) return known;
    const shape = insertOf(text) ?? updateOf(text);
    if (shape === undefined) {
      throw new StatementError('ValidationError', `The local DynamoDB does not support this statement: ${text}`);
    }
    if (this.#shapes.size >= MAX_SHAPES) this.#shapes = new Map();
    this.#shapes.set(text, shape);
    return shape;
  }

  /** Names of a table's key attributes, by which an INSERT detects a duplicate. */
  #keyOf(tableName: string, call: CallEmulator): Promise<string[]> {
    const read = async () => {
      const table = await done(call({ operation: 'DescribeTable', input: { TableName: tableName } }));
      return isTable(table) ? table.Table.KeySchema.map(({ AttributeName = '' }) => AttributeName) : [];
    };
    const known = this.#keys.get(tableName) ?? read();
    this.#keys.set(tableName, known);
    known.catch(() => this.#keys.delete(tableName));
    return known;
  }

  /** @returns why the statement has failed; undefined once it is done */
  async #run(write: Write, call: CallEmulator): Promise<StatementError | undefined> {
    const isInsert = write.verb === 'insert';
    try {
      const isWritten = this.#tables && (isInsert ? insertItem : updateItem)(this.#tables, write);
      if (isWritten === true) return undefined;
      if (isWritten === false) throw new StatementError('ConditionalCheckFailed', 'The conditional request failed');
      await done(call(callOf(write)));
      return undefined;
    } catch (error) {
      const failed = statementError(error);
      const isDuplicate = isInsert && failed.code === 'ConditionalCheckFailed';
      return isDuplicate ? new StatementError('DuplicateItem', failed.message) : failed;
    }
  }
}

export class StatementError extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** @throws what is not the failure of a statement: a fault of the emulator */
function statementError(error: unknown): StatementError {
  if (error instanceof StatementError) return error;
  throw error;
}

/** The body of an answer. @throws {StatementError} */
async function done(called: ReturnType<CallEmulator>): Promise<unknown> {
  const { isDone, body } = await called;
  if (isDone) return body;
  if (!isFailure(body)) throw new StatementError('InternalServerError', 'The emulator failed');
  throw new StatementError(codeOf(body.__type), body.message ?? '');
}

function insertOf(text: string): Shape | undefined {
  const [, tableName, members] = INSERT.exec(text) ?? [];
  const set = members?.split(',').map((member) => MEMBER.exec(member)?.[1]) ?? [];
  if (tableName === undefined || !set.every((name) => name !== undefined)) return undefined;
  return { verb: 'insert', tableName, set, removed: [], where: [] };
}

function updateOf(text: string): Shape | undefined {
  const [, tableName, sets, removes = '', conditions] = UPDATE.exec(text) ?? [];
  if (tableName === undefined || sets === undefined || conditions === undefined) return undefined;
  return { verb: 'update', tableName, set: quoted(sets), removed: quoted(removes), where: quoted(conditions) };
}

function quoted(text: string): string[] {
  return Array.from(text.matchAll(/"(\w+)"/g), ([, name = '']) => name);
}

function valuesOf(names: readonly string[], parameters: readonly Attribute[], from: number): Values {
  const values = new Map<string, Attribute>();
  for (let i = 0; i < names.length; i++) {
    const [name, value] = [names[i], parameters[from + i]];
    if (name !== undefined && value !== undefined) values.set(name, value);
  }
  return values;
}

/** Uses the legacy parameters: the emulator needs twice the time for expressions. */
function callOf({ verb, tableName, values, removed, where, key }: Write): Call {
  if (verb === 'insert') {
    const Expected = Object.fromEntries(key.map((name) => [name, { Exists: false }]));
    return { operation: 'PutItem', input: { TableName: tableName, Item: Object.fromEntries(values), Expected } };
  }
  const own = Array.from(where).filter(([name]) => key.includes(name));
  if (own.length !== key.length) throw new StatementError('ValidationError', 'Where clause must name the whole key');
  const each = (attributes: Values, shape: (value: Attribute) => object) =>
    Object.fromEntries(Array.from(attributes, ([name, value]) => [name, shape(value)]));
  return {
    operation: 'UpdateItem',
    input: {
      TableName: tableName,
      Key: Object.fromEntries(own),
      AttributeUpdates: {
        ...each(values, (Value) => ({ Action: 'PUT', Value })),
        ...Object.fromEntries(removed.map((name) => [name, { Action: 'DELETE' }])),
      },
      Expected: each(where, (Value) => ({ Value })),
    },
  };
}

/** Converts `com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException` to the batch code `ConditionalCheckFailed`. */
function codeOf(type: string): string {
  const name = type.split('#').at(-1) ?? type;
  return name === 'ValidationException' ? 'ValidationError' : name.replace(/Exception$/, '');
}

function whyNot(): string {
  const { field, reason } = explain(isBatch.errors);
  return `${field} ${reason}`;
}
