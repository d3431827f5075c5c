import {
  type AttributeValue,
  BatchExecuteStatementCommand,
  BatchGetItemCommand,
  type BatchStatementRequest,
  BatchWriteItemCommand,
  DynamoDBClient,
  QueryCommand,
} from '@aws-sdk/client-dynamodb';
import { type TableResource, tables } from '@swipegate/infra/resources';

export type Item = Record<string, AttributeValue>;

/** Receives the operations that DynamoDB charges for. */
export interface Meter {
  read(table: TableResource, items: readonly (Item | undefined)[]): void;
  /** Rows of one Query, charged by their total size. */
  queried(table: TableResource, items: readonly Item[]): void;
  wrote(table: TableResource, before: Item | undefined, after: Item): void;
}

const INSERT = /^INSERT INTO "([^"]+)" VALUE \{(.*)\}$/;
const UPDATE = /^UPDATE "([^"]+)" (.*) WHERE (.*)$/;

interface Statement {
  table: TableResource;
  /** Attributes of the condition; undefined for an insert. */
  where: string[] | undefined;
  set: string[];
  removed: string[];
}

/**
 * DynamoDB at the edge of the SDK: a client that answers commands from memory before the SDK serialises anything, so
 * that a benchmark measures the caller. Supports only the calls that decide makes.
 */
export class MemoryDynamodb {
  readonly client = new DynamoDBClient({
    region: 'us-east-1',
    credentials: { accessKeyId: 'bench', secretAccessKey: 'bench' },
    cacheMiddleware: true,
  });
  /** Undefined: nothing is metered. */
  meter: Meter | undefined;
  readonly #rows = new Map<string, Map<string, Item>>();
  readonly #resources = new Map<string, TableResource>(Object.values(tables).map((table) => [table.name, table]));
  readonly #statements = new Map<string, Statement>();

  constructor() {
    this.client.middlewareStack.add(
      (_next, context) => async (args) => ({
        response: {},
        output: { $metadata: {}, ...this.#answer(context.commandName ?? '', args.input) },
      }),
      { step: 'initialize', priority: 'high', name: 'memory' },
    );
  }

  #answer(commandName: string, input: object): object {
    if (commandName === BatchGetItemCommand.name) return this.#batchGet(input);
    if (commandName === BatchWriteItemCommand.name) return this.#batchWrite(input);
    if (commandName === BatchExecuteStatementCommand.name) return this.#execute(input);
    if (commandName === QueryCommand.name) return this.#query(input);
    throw new Error(`The stand-in for DynamoDB does not support ${commandName}`);
  }

  #batchGet({ RequestItems = {} }: { RequestItems?: Record<string, { Keys?: Item[] }> }): object {
    const Responses: Record<string, Item[]> = {};
    for (const [name, { Keys = [] }] of Object.entries(RequestItems)) {
      const [table, rows] = this.#table(name);
      const found: Item[] = [];
      // Skip the keys of an empty table, such as decisions here.
      for (const key of rows.size === 0 ? [] : Keys) {
        const row = rows.get(keyOf(table, key));
        if (row !== undefined) found.push(row);
      }
      // A missing row is charged too, as the smallest read.
      this.meter?.read(table, [...found, ...Array<undefined>(Keys.length - found.length)]);
      Responses[name] = found;
    }
    return { Responses, UnprocessedKeys: {} };
  }

  #batchWrite({ RequestItems = {} }: { RequestItems?: Record<string, { PutRequest?: { Item?: Item } }[]> }): object {
    for (const [name, requests] of Object.entries(RequestItems)) {
      const [table] = this.#table(name);
      for (const { PutRequest } of requests) if (PutRequest?.Item !== undefined) this.#put(table, PutRequest.Item);
    }
    return { UnprocessedItems: {} };
  }

  #execute({ Statements = [] }: { Statements?: BatchStatementRequest[] }): object {
    return { Responses: Statements.map((request) => this.#run(request)) };
  }

  #run({ Statement: text = '', Parameters = [] }: BatchStatementRequest): object {
    const { table, where, set, removed } = this.#parse(text);
    const [, rows] = this.#table(table.name);
    if (where === undefined) {
      const row = namedItem(set, Parameters, 0);
      if (rows.has(keyOf(table, row))) return { Error: { Code: 'DuplicateItem' } };
      this.#put(table, row);
      return {};
    }
    const wanted = namedItem(where, Parameters, set.length);
    const row = rows.get(keyOf(table, wanted));
    if (row === undefined || !where.every((name) => isSame(row[name], wanted[name]))) {
      return { Error: { Code: 'ConditionalCheckFailed' } };
    }
    const before = this.meter && { ...row };
    // In place, because copying each row would dominate the cost here. No caller keeps the row itself.
    for (let i = 0; i < set.length; i++) assign(row, set[i], Parameters[i]);
    for (const name of removed) if (row[name] !== undefined) delete row[name];
    this.meter?.wrote(table, before, row);
    return {};
  }

  #parse(text: string): Statement {
    const known = this.#statements.get(text);
    if (known !== undefined) return known;
    const insert = INSERT.exec(text);
    const [, name = '', changes = '', conditions] = insert ?? UPDATE.exec(text) ?? [];
    const [table] = this.#table(name);
    const names = (part: string, pattern: RegExp) => Array.from(part.matchAll(pattern), ([, found = '']) => found);
    const statement: Statement =
      insert === null
        ? {
            table,
            set: names(changes, /SET "(\w+)"=\?/g),
            removed: names(changes, /REMOVE "(\w+)"/g),
            where: names(conditions ?? '', /"(\w+)"=\?/g),
          }
        : { table, set: names(changes, /'(\w+)': \?/g), removed: [], where: undefined };
    this.#statements.set(text, statement);
    return statement;
  }

  #query({ TableName = '', ExpressionAttributeValues = {} }: { TableName?: string; ExpressionAttributeValues?: Item }) {
    const [table, rows] = this.#table(TableName);
    const wanted = Object.values(ExpressionAttributeValues)[0]?.S;
    const Items = Array.from(rows.values()).filter((item) => item[table.partitionKey]?.S === wanted);
    this.meter?.queried(table, Items);
    return { Items };
  }

  #put(table: TableResource, item: Item): void {
    const [, rows] = this.#table(table.name);
    const key = keyOf(table, item);
    this.meter?.wrote(table, rows.get(key), item);
    // Decisions are not kept: no swipe of a benchmark comes twice, and the rows would only cost garbage collection.
    if (table !== tables.decisions) rows.set(key, item);
  }

  #table(name: string): [TableResource, Map<string, Item>] {
    const table = this.#resources.get(name);
    if (table === undefined) throw new Error(`The table ${name} does not exist`);
    const rows = this.#rows.get(name) ?? new Map<string, Item>();
    this.#rows.set(name, rows);
    return [table, rows];
  }
}

function assign(item: Item, name: string | undefined, value: AttributeValue | undefined): void {
  if (name !== undefined && value !== undefined) item[name] = value;
}

/** Item with these attribute names; their values start at `from`. */
function namedItem(names: readonly string[], values: readonly AttributeValue[], from: number): Item {
  const item: Item = {};
  for (let i = 0; i < names.length; i++) assign(item, names[i], values[from + i]);
  return item;
}

/** Conditions compare only strings and numbers. */
function isSame(a: AttributeValue | undefined, b: AttributeValue | undefined): boolean {
  return a?.S === b?.S && a?.N === b?.N;
}

function keyOf({ partitionKey, sortKey }: TableResource, item: Item): string {
  const partition = item[partitionKey]?.S ?? '';
  return sortKey === undefined ? partition : `${partition}\n${item[sortKey]?.S ?? ''}`;
}
