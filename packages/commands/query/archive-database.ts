import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance, DuckDBTypeId } from '@duckdb/node-api';
import { ARCHIVED, type ArchivedColumn, type ArchivedKind, columnName } from '@swipegate/lambdas/stores/archive/layout';
import type { ObjectStore } from '@swipegate/lambdas/stores/archive/object-store';
import { archiveFiles, type Days } from '@swipegate/lambdas/stores/archive/read-archive';
import { messageOf } from '@swipegate/terminal/message-of';

/** Result of a query. Cells are JSON values; timestamps and integers beyond 2^53 are strings. */
export interface QueryResult {
  columns: string[];
  rows: Readonly<Record<string, unknown>>[];
}

/** The database rejected a query because of its text, a parameter, or the content of the files. */
export class QueryError extends Error {
  override readonly name = 'QueryError';
  readonly code = 'QUERY_REFUSED';
}

const COUNTS = new Set([DuckDBTypeId.BIGINT, DuckDBTypeId.HUGEINT]);
const KINDS: readonly ArchivedKind[] = ['swipes', 'decisions'];
const DUCKDB_TYPES: Readonly<Record<ArchivedColumn['type'], string>> = {
  string: 'VARCHAR',
  bigint: 'BIGINT',
  boolean: 'BOOLEAN',
};

/**
 * SQL over the archive on one machine, with the tables and columns of Athena's catalogue. Files are copied to a
 * temporary folder, because DuckDB would have to download an extension to read S3.
 */
export class ArchiveDatabase {
  readonly #instance: DuckDBInstance;
  readonly #connection: DuckDBConnection;
  readonly #folder: string;
  readonly #days = new Set<string>();

  private constructor(instance: DuckDBInstance, connection: DuckDBConnection, folder: string) {
    this.#instance = instance;
    this.#connection = connection;
    this.#folder = folder;
  }

  /** Opens the archive. Rejects with errors of the store. @param days days to include; default: all */
  static async open(store: ObjectStore, days: Days = {}): Promise<ArchiveDatabase> {
    const folder = await mkdtemp(join(tmpdir(), 'swipegate-archive-'));
    try {
      const instance = await DuckDBInstance.create(':memory:', {
        autoinstall_known_extensions: 'false',
        autoload_known_extensions: 'false',
      });
      const database = new ArchiveDatabase(instance, await instance.connect(), folder);
      await database.#define(store, days);
      return database;
    } catch (error) {
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
  }

  /** Days with at least one file of any kind, in order, such as 2026-11-25. */
  get days(): string[] {
    return Array.from(this.#days).sort();
  }

  /** @param parameters values for the `?` placeholders, in order. @throws {QueryError} with the database's message */
  async query(sql: string, parameters: readonly string[] = []): Promise<QueryResult> {
    try {
      const answer = await this.#connection.runAndReadAll(sql, [...parameters]);
      const columns = answer.columnNames();
      const counts = columns.filter((_, i) => COUNTS.has(answer.columnTypeId(i)));
      return { columns, rows: answer.getRowObjectsJson().map((row) => withNumbers(row, counts)) };
    } catch (error) {
      throw new QueryError(messageOf(error), { cause: error });
    }
  }

  async close(): Promise<void> {
    this.#connection.closeSync();
    this.#instance.closeSync();
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #define(store: ObjectStore, days: Days): Promise<void> {
    await this.#connection.run("SET TimeZone = 'UTC'");
    // Athena's function: it accepts T and Z in either case and truncates to milliseconds.
    await this.#connection.run(
      "CREATE MACRO from_iso8601_timestamp(t) AS date_trunc('millisecond', CAST(upper(t) AS TIMESTAMPTZ))",
    );
    for (const kind of KINDS) await this.#connection.run(viewOf(kind, await this.#copy(store, kind, days)));
  }

  /** @returns paths of the copies */
  async #copy(store: ObjectStore, kind: ArchivedKind, days: Days): Promise<string[]> {
    const files: string[] = [];
    for await (const key of archiveFiles(store, kind, days)) {
      const file = join(this.#folder, ...key.split('/').filter((part) => part !== '' && part !== '..'));
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, await store.get(key));
      const day = /\/day=([\d-]{10})\//.exec(key)?.[1];
      if (day !== undefined) this.#days.add(day);
      files.push(file);
    }
    return files;
  }
}

function viewOf(kind: ArchivedKind, files: readonly string[]): string {
  const columns = ARCHIVED[kind];
  if (files.length === 0) {
    const none = columns.map((column) => `CAST(NULL AS ${DUCKDB_TYPES[column.type]}) AS "${columnName(column)}"`);
    return `CREATE VIEW ${kind} AS SELECT ${none.join(', ')}, CAST(NULL AS VARCHAR) AS day WHERE false`;
  }
  const names = columns.map((column) => `"${column.member}" AS "${columnName(column)}"`);
  const types = columns.map(({ member, type }) => `${quoted(member)}: ${quoted(DUCKDB_TYPES[type])}`);
  return `CREATE VIEW ${kind} AS SELECT ${names.join(', ')}, day FROM read_json(
    [${files.map(quoted).join(', ')}],
    format = 'newline_delimited', compression = 'gzip', ignore_errors = true,
    columns = {${types.join(', ')}}, hive_partitioning = true, hive_types = {'day': VARCHAR}
  )`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** Converts counts to numbers where they fit: DuckDB's JSON has 64-bit integers as strings. */
function withNumbers(row: Readonly<Record<string, unknown>>, counts: readonly string[]): Record<string, unknown> {
  const numbers = counts.map((name) => [name, Number(row[name])]).filter(([, count]) => Number.isSafeInteger(count));
  return { ...row, ...Object.fromEntries(numbers) };
}
