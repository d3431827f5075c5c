declare module 'kinesalite' {
  import type { Server } from 'node:http';

  /** Embedded Kinesis. The times are how long a stream stays in CREATING, DELETING and UPDATING, ms. */
  export default function kinesalite(options?: {
    createStreamMs?: number;
    deleteStreamMs?: number;
    updateStreamMs?: number;
    shardLimit?: number;
    /** Folder of the data. Default: in memory. */
    path?: string;
  }): Server;
}

declare module 'kinesalite/db/index.js' {
  /** How kinesalite encrypts shard iterators: aes-256-cbc after 8 bytes; time, stream, shard, sequence number. */
  const db: { ITERATOR_PWD_KEY: Buffer; ITERATOR_PWD_IV: Buffer };
  export default db;
}

declare module 'dynalite' {
  import type { Server } from 'node:http';

  /** Embedded DynamoDB. The times are how long a table stays in CREATING, DELETING and UPDATING, ms. */
  export default function dynalite(options?: {
    createTableMs?: number;
    deleteTableMs?: number;
    updateTableMs?: number;
    /** Folder of the data. Default: in memory. */
    path?: string;
  }): Server;
}

declare module 'dynalite/db/index.js' {
  export type Callback<Value = void> = (error: Error | null, value?: Value) => void;

  export interface KeySchema {
    KeySchema: { AttributeName: string }[];
  }

  export interface TableDescription extends KeySchema {
    TableStatus: string;
    AttributeDefinitions: { AttributeName: string; AttributeType: string }[];
    GlobalSecondaryIndexes?: (KeySchema & {
      IndexName: string;
      Projection: { ProjectionType: string; NonKeyAttributes?: string[] };
    })[];
    LocalSecondaryIndexes?: unknown[];
  }

  /** Rows in the order of their keys. */
  export interface RowDb<Row> {
    get(key: string, done: Callback<Row>): void;
    put(key: string, row: Row, done: Callback): void;
    del(key: string, done: Callback): void;
    batch(changes: { type: string; key: string; value?: Row }[], done: Callback): void;
    lock(key: string, run: (release: <Done>(done: Done) => Done) => void): void;
    createKeyStream(range?: object): NodeJS.EventEmitter;
    createValueStream(range?: object): NodeJS.EventEmitter;
  }

  /** What dynalite's operations use of its storage. */
  export interface DynaliteStore {
    options: { createTableMs: number; deleteTableMs: number; updateTableMs: number; maxItemSize: number };
    db: { close(done: Callback): void };
    tableDb: RowDb<TableDescription> & { awsAccountId: string; awsRegion: string };
    getItemDb(table: string): object;
    deleteItemDb(table: string, done: Callback): void;
    getIndexDb(type: string, table: string, index: string): object;
    deleteIndexDb(type: string, table: string, index: string, done: Callback): void;
    getTagDb(table: string): object;
    deleteTagDb(table: string, done: Callback): void;
    /** With false, then a callback: the table in any status. With a callback alone: only if rows can be read and written. */
    getTable(name: string, first: false | Callback<TableDescription>, second?: Callback<TableDescription>): void;
    recreate(): void;
  }

  /** dynalite calls `create` by this name when a server is made. */
  const db: { create(options: object): DynaliteStore };
  export default db;
}
