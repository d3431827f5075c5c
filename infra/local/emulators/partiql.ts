import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { compile, explain, jsonIn } from '@swipegate/contract';
import { printableText } from '@swipegate/terminal/fit';
import inject from 'light-my-request';
import Type from 'typebox';
import { takeListener } from './protocol/serve-emulator.js';

type AttributeValue = Record<string, unknown>;

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

const OPERATION = 'DynamoDB_20120810.BatchExecuteStatement';
const INSERT = /^INSERT\s+INTO\s+"([\w.-]+)"\s+VALUE\s+\{([^}]*)\}$/i;
const UPDATE =
  /^UPDATE\s+"([\w.-]+)"((?:\s+SET\s+"\w+"\s*=\s*\?)+)((?:\s+REMOVE\s+"\w+")*)\s+WHERE\s+("\w+"\s*=\s*\?(?:\s+AND\s+"\w+"\s*=\s*\?)*)$/i;
const MEMBER = /^\s*'(\w+)'\s*:\s*\?\s*$/;

interface Call {
  operation: 'PutItem' | 'UpdateItem' | 'DescribeTable';
  input: Record<string, unknown>;
}

interface Prepared {
  /** Table and key values, by which two statements for one item are found. */
  item: string;
  call: Call;
}

/**
 * Adds BatchExecuteStatement to a DynamoDB emulator that lacks it. An INSERT with all values as parameters becomes a PutItem,
 * an UPDATE … SET … REMOVE … WHERE with equalities an UpdateItem; other statements get a ValidationError. A call with two
 * statements for one item is refused as a whole
 * (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.html).
 */
export function addPartiql(server: Server): void {
  const emulator = takeListener(server);
  const keys = new Map<string, Promise<string[]>>();

  async function call({ operation, input }: Call, headers: IncomingMessage['headers']): Promise<unknown> {
    const { 'content-length': _, ...others } = headers;
    const answer = await inject(emulator, {
      method: 'POST',
      url: '/',
      headers: { ...others, 'x-amz-target': `DynamoDB_20120810.${operation}` },
      payload: JSON.stringify(input),
    });
    const body: unknown = answer.json();
    if (answer.statusCode === 200) return body;
    throw new StatementError(...(isFailure(body) ? ([codeOf(body.__type), body.message ?? ''] as const) : INTERNAL));
  }

  /** Names of a table's key attributes, by which an INSERT detects a duplicate. */
  async function readKey(tableName: string, headers: IncomingMessage['headers']): Promise<string[]> {
    const answer = await call({ operation: 'DescribeTable', input: { TableName: tableName } }, headers);
    return isTable(answer) ? answer.Table.KeySchema.map(({ AttributeName = '' }) => AttributeName) : [];
  }

  function keyOf(tableName: string, headers: IncomingMessage['headers']): Promise<string[]> {
    const known = keys.get(tableName) ?? readKey(tableName, headers);
    keys.set(tableName, known);
    known.catch(() => keys.delete(tableName));
    return known;
  }

  /** Parses a statement and finds the key of the item that it writes. @throws {StatementError} */
  async function prepare(
    { Statement, Parameters = [] }: Statement,
    headers: IncomingMessage['headers'],
  ): Promise<Prepared> {
    const statement = parse(Statement, Parameters);
    const key = await keyOf(statement.tableName, headers);
    const values = statement.verb === 'insert' ? statement.values : statement.where;
    const item = JSON.stringify([statement.tableName, ...key.map((name) => values.get(name))]);
    return { item, call: callOf(statement, key) };
  }

  async function run(
    { Statement }: Statement,
    prepared: Promise<Prepared>,
    headers: IncomingMessage['headers'],
  ): Promise<object> {
    const tableName = (INSERT.exec(Statement) ?? UPDATE.exec(Statement))?.[1] ?? '';
    try {
      await call((await prepared).call, headers);
      return { TableName: tableName };
    } catch (error) {
      const [code, message] = error instanceof StatementError ? [error.code, error.message] : INTERNAL;
      if (!(error instanceof StatementError)) process.stderr.write(`${printableText(String(error))}\n`);
      const isDuplicate = code === 'ConditionalCheckFailed' && INSERT.test(Statement);
      return { TableName: tableName, Error: { Code: isDuplicate ? 'DuplicateItem' : code, Message: message } };
    }
  }

  /** @throws {StatementError} ValidationError, which refuses the whole call */
  async function runAll(batch: unknown, headers: IncomingMessage['headers']): Promise<object[]> {
    if (!isBatch(batch)) throw new StatementError('ValidationError', whyNot());
    const statements = batch.Statements.map((statement) => [statement, prepare(statement, headers)] as const);
    const items = (await Promise.allSettled(statements.map(([, prepared]) => prepared))).flatMap((result) =>
      result.status === 'fulfilled' ? result.value.item : [],
    );
    if (new Set(items).size < items.length) {
      throw new StatementError('ValidationError', 'Provided list of item keys contains duplicates');
    }
    return Promise.all(statements.map(([statement, prepared]) => run(statement, prepared, headers)));
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await runAll(jsonIn(await buffer(request)), request.headers).then(
      (Responses) => ({ Responses }),
      (error: unknown) => {
        if (!(error instanceof StatementError)) throw error;
        return { __type: 'com.amazon.coral.validate#ValidationException', message: error.message };
      },
    );
    response.writeHead('Responses' in body ? 200 : 400, { 'content-type': 'application/x-amz-json-1.0' });
    response.end(JSON.stringify(body));
  }

  server.on('request', (request, response) => {
    if (request.headers['x-amz-target'] !== OPERATION) return emulator(request, response);
    answer(request, response).catch((error: unknown) => response.destroy(error instanceof Error ? error : undefined));
  });
}

interface Parsed {
  verb: 'insert' | 'update';
  tableName: string;
  values: Map<string, AttributeValue>;
  removed: string[];
  where: Map<string, AttributeValue>;
}

class StatementError extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

const INTERNAL = ['InternalServerError', 'The emulator failed'] as const;

/** @throws {StatementError} ValidationError */
function parse(statement: string, parameters: readonly AttributeValue[]): Parsed {
  const rest = [...parameters];
  const bind = (names: readonly string[]) =>
    new Map(
      names.map((name): [string, AttributeValue] => {
        const value = rest.shift();
        if (value === undefined) throw new StatementError('ValidationError', 'Number of parameters does not match');
        return [name, value];
      }),
    );
  const parsed = insertOf(statement, bind) ?? updateOf(statement, bind);
  if (parsed === undefined) {
    throw new StatementError('ValidationError', `The local DynamoDB does not support this statement: ${statement}`);
  }
  if (rest.length > 0) throw new StatementError('ValidationError', 'Number of parameters does not match');
  return parsed;
}

type Bind = (names: readonly string[]) => Map<string, AttributeValue>;

function insertOf(statement: string, bind: Bind): Parsed | undefined {
  const [, tableName, members] = INSERT.exec(statement) ?? [];
  const names = members?.split(',').map((member) => MEMBER.exec(member)?.[1]) ?? [];
  if (tableName === undefined || !names.every((name) => name !== undefined)) return undefined;
  return { verb: 'insert', tableName, values: bind(names), removed: [], where: new Map() };
}

function updateOf(statement: string, bind: Bind): Parsed | undefined {
  const [, tableName, sets, removes = '', conditions] = UPDATE.exec(statement) ?? [];
  if (tableName === undefined || sets === undefined || conditions === undefined) return undefined;
  const values = bind(quoted(sets));
  return { verb: 'update', tableName, values, removed: quoted(removes), where: bind(quoted(conditions)) };
}

function quoted(text: string): string[] {
  return Array.from(text.matchAll(/"(\w+)"/g), ([, name = '']) => name);
}

/** Uses the legacy parameters: the emulator needs twice the time for expressions. */
function callOf({ verb, tableName, values, removed, where }: Parsed, key: readonly string[]): Call {
  if (verb === 'insert') {
    const Expected = Object.fromEntries(key.map((name) => [name, { Exists: false }]));
    return { operation: 'PutItem', input: { TableName: tableName, Item: Object.fromEntries(values), Expected } };
  }
  const own = Array.from(where).filter(([name]) => key.includes(name));
  if (own.length !== key.length) throw new StatementError('ValidationError', 'Where clause must name the whole key');
  const each = (attributes: Map<string, AttributeValue>, shape: (value: AttributeValue) => object) =>
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
