import { Stream } from 'node:stream';
import type { Callback, DynaliteStore, RowDb, TableDescription } from 'dynalite/db/index.js';
import { type KeyRange, OrderedRows } from './ordered-rows.js';

/** A value as DynamoDB's JSON writes it, such as `{ S: 'text' }`. */
export type Attribute = Readonly<Record<string, unknown>>;
export type Item = Readonly<Record<string, Attribute>>;

/** DynamoDB's limit, bytes. */
const MAX_ITEM_SIZE = 409_600;

/** A secondary index whose keys are strings. */
interface TextIndex {
  rows: OrderedRows<Item>;
  partition: string;
  sort: string | undefined;
  /** Attributes of its rows, keys included; undefined: all. */
  members: readonly string[] | undefined;
}

/** A table whose keys, and those of its indexes, are strings: all tables of the product. */
export interface TextTable {
  rows: OrderedRows<Item>;
  /** Names of its key attributes: `partition`, and `sort` if it has one. */
  key: readonly string[];
  partition: string;
  sort: string | undefined;
  indexes: readonly TextIndex[];
}

/**
 * Tables in memory. They take the place of dynalite's own storage, which writes each row as JSON into a red-black tree
 * and answers through promises and timers.
 */
export class MemoryTables {
  readonly #descriptions = new OrderedRows<TableDescription>();
  readonly #rows = new Map<string, OrderedRows<Item>>();
  readonly #tags = new Map<string, OrderedRows<string>>();
  /** By table name; undefined: a table with other keys than strings. */
  readonly #texts = new Map<string, TextTable | undefined>();

  /** The table, if it can be used and all its keys are strings. */
  find(name: string): TextTable | undefined {
    if (!this.#texts.has(name)) this.#texts.set(name, this.#textTable(name));
    return this.#texts.get(name);
  }

  #textTable(name: string): TextTable | undefined {
    const table = this.#descriptions.get(name);
    if (table?.TableStatus !== 'ACTIVE' || table.LocalSecondaryIndexes !== undefined) return undefined;
    if (table.AttributeDefinitions.some(({ AttributeType }) => AttributeType !== 'S')) return undefined;
    const key = namesOf(table);
    const [partition = '', sort] = key;
    const indexes = (table.GlobalSecondaryIndexes ?? []).map((index): TextIndex => {
      const [partition = '', sort] = namesOf(index);
      const { ProjectionType, NonKeyAttributes = [] } = index.Projection;
      const members = new Set([...namesOf(index), ...key, ...NonKeyAttributes]);
      return {
        rows: this.#rowsOf(indexName('Global', name, index.IndexName)),
        partition,
        sort,
        members: ProjectionType === 'ALL' ? undefined : Array.from(members),
      };
    });
    return { rows: this.#rowsOf(itemsName(name)), key, partition, sort, indexes };
  }

  #rowsOf(name: string): OrderedRows<Item> {
    const rows = this.#rows.get(name) ?? new OrderedRows<Item>();
    this.#rows.set(name, rows);
    return rows;
  }

  /** These tables, as dynalite's operations read and write them. Each call is answered before it returns. */
  asDynaliteStore(): DynaliteStore {
    const drop = (name: string, done: Callback) => {
      this.#rows.delete(name);
      this.#texts.clear();
      done(null);
    };
    const described = rowDb(this.#descriptions);
    const tableDb = {
      ...described,
      awsAccountId: '000000000000',
      awsRegion: process.env['AWS_REGION'] ?? 'us-east-1',
      put: (name: string, table: TableDescription, done: Callback) => {
        this.#texts.clear();
        described.put(name, structuredClone(table), done);
      },
      del: (name: string, done: Callback) => {
        this.#texts.clear();
        described.del(name, done);
      },
    };
    const options = { createTableMs: 0, deleteTableMs: 0, updateTableMs: 0, maxItemSize: MAX_ITEM_SIZE };
    return {
      options,
      db: { close: (done: Callback) => done(null) },
      tableDb,
      getItemDb: (table) => rowDb(this.#rowsOf(itemsName(table))),
      deleteItemDb: (table, done) => drop(itemsName(table), done),
      getIndexDb: (type, table, index) => indexDb(this.#rowsOf(indexName(type, table, index))),
      deleteIndexDb: (type, table, index, done) => drop(indexName(type, table, index), done),
      getTagDb: (table) => {
        const tags = this.#tags.get(table) ?? new OrderedRows<string>();
        this.#tags.set(table, tags);
        return rowDb(tags);
      },
      deleteTagDb: (table, done) => {
        this.#tags.delete(table);
        done(null);
      },
      getTable: (name, first, second) => {
        const table = this.#descriptions.get(name);
        if (first === false) {
          // Operations on tables change what they get.
          if (table === undefined) second?.(noTable(`: Table: ${name} not found`));
          else second?.(null, structuredClone(table));
        } else if (table === undefined || table.TableStatus === 'CREATING' || table.TableStatus === 'DELETING') {
          first(noTable(''));
        } else first(null, table);
      },
      recreate: () => undefined,
    };
  }
}

function namesOf({ KeySchema }: Pick<TableDescription, 'KeySchema'>): string[] {
  return KeySchema.map(({ AttributeName }) => AttributeName);
}

function itemsName(table: string): string {
  return `item-${table}`;
}

function indexName(type: string, table: string, index: string): string {
  return `index-${type.toLowerCase()}~${table}~${index}`;
}

function noTable(which: string): Error {
  const body = {
    __type: 'com.amazonaws.dynamodb.v20120810#ResourceNotFoundException',
    message: `Requested resource not found${which}`,
  };
  return Object.assign(new Error(body.message), { name: 'NotFoundError', statusCode: 400, body });
}

function rowDb<Row>(rows: OrderedRows<Row>): RowDb<Row> {
  return {
    get: (key, done) => done(null, rows.get(key)),
    put: (key, row, done) => {
      rows.set(key, row);
      done(null);
    },
    del: (key, done) => {
      rows.delete(key);
      done(null);
    },
    batch: (changes, done) => {
      for (const { type, key, value } of changes) {
        if (type === 'del' || value === undefined) rows.delete(key);
        else rows.set(key, value);
      }
      done(null);
    },
    // Each operation is over before the next one begins.
    lock: (_key, run) => run((done) => done),
    createKeyStream: (range) => new RowStream(rows, range, (key) => key),
    createValueStream: (range) => new RowStream(rows, range, (_key, row) => row),
  };
}

/** dynalite gives an index undefined for each attribute that a row lacks. */
function indexDb(rows: OrderedRows<Item>): RowDb<Item> {
  const db = rowDb(rows);
  const put: RowDb<Item>['put'] = (key, row, done) => {
    const found = Object.entries(row).filter(([, value]) => value !== undefined);
    db.put(key, Object.fromEntries(found), done);
  };
  return { ...db, put };
}

/** Emits the rows of a range, one after the other without a pause. */
class RowStream<Row> extends Stream {
  #isOver = false;

  constructor(rows: OrderedRows<Row>, range: KeyRange | undefined, pick: (key: string, row: Row) => unknown) {
    super();
    setImmediate(() => {
      for (const [key, row] of rows.range(range)) {
        if (this.#isOver) return;
        this.emit('data', pick(key, row));
      }
      if (!this.#isOver) this.emit('end');
    });
  }

  destroy(): void {
    this.#isOver = true;
  }
}
