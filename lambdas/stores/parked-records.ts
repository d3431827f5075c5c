import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { batchDelete, batchWrite } from '@swipegate/aws/batch-write';
import { queryPages, scanPages } from '@swipegate/aws/pages';
import { compile, hasExpired } from '@swipegate/contract';
import Type from 'typebox';

/** A user record of a stream that cannot be processed at present. */
export interface Parkable {
  /** Place in the stream: sequence number and sub-sequence number. Sorts as a string. */
  sequence: string;
  partitionKey: string;
  data: Uint8Array;
  /** For the operator who fixes the problem. */
  reason: string;
}

const ParkedRecord = Type.Object({
  /** Stream name and shard id. Sequences are ordered within a shard. */
  shardKey: Type.String(),
  sequence: Type.String(),
  partitionKey: Type.String(),
  data: Type.String({ description: 'base64' }),
  reason: Type.String(),
  parkedAt: Type.String({ description: 'RFC 3339' }),
  expiresAt: Type.Integer({ description: 'Epoch seconds' }),
});
export type ParkedRecord = Type.Static<typeof ParkedRecord>;

const isParkedRecord = compile(ParkedRecord);

/** The table of parked records. Reads are strongly consistent. */
export class ParkedRecords {
  readonly #dynamodb: DynamoDBClient;
  readonly #tableName: string;

  constructor(dynamodb: DynamoDBClient, tableName: string) {
    this.#dynamodb = dynamodb;
    this.#tableName = tableName;
  }

  /**
   * Stores records that cannot be decided, until `redrive` puts them back on their stream. Idempotent. A record of more
   * than 290 KB, which no gateway writes, exceeds a row's 400 KB and ends at the event source's on-failure destination.
   * @param shardKey stream name and shard id
   * @throws {UnprocessedError} and what the SDK throws, when any record was not stored
   */
  async park(shardKey: string, records: readonly Parkable[], keepDays: number): Promise<void> {
    const nowMs = Date.now();
    const rows = records.map(
      ({ sequence, partitionKey, data, reason }): ParkedRecord => ({
        shardKey,
        sequence,
        partitionKey,
        data: Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64'),
        reason,
        parkedAt: new Date(nowMs).toISOString(),
        expiresAt: Math.floor(nowMs / 1000) + keepDays * 86_400,
      }),
    );
    await batchWrite(this.#dynamodb, this.#tableName, rows);
  }

  /** Shards with parked records. Children of a reshard come after their parent, because their number is higher. */
  async shardKeys(): Promise<string[]> {
    const found = new Set<string>();
    for await (const rows of scanPages(this.#dynamodb, this.#tableName, { members: ['shardKey'] })) {
      for (const row of rows) found.add(String(row['shardKey']));
    }
    return Array.from(found).sort();
  }

  /**
   * Yields a shard's records in stream order, in pages that fit one Kinesis call: at most 1 MB and 500 rows. Skips rows
   * that are unreadable or past their time to live. Also skips records parked after the start, so that a redrive ends
   * even if it parks records again.
   */
  async *pages(shardKey: string): AsyncGenerator<ParkedRecord[]> {
    const shard = { tableName: this.#tableName, key: ['shardKey', shardKey] } as const;
    const { value: [last] = [] } = await queryPages(this.#dynamodb, { ...shard, descending: true, pageSize: 1 }).next();
    const through = last?.['sequence'];
    if (typeof through !== 'string') return;
    const pages = queryPages(this.#dynamodb, { ...shard, sortKey: { name: 'sequence', through }, pageSize: 500 });
    const nowMs = Date.now();
    for await (const rows of pages) {
      yield rows.filter((row: unknown) => isParkedRecord(row)).filter((row) => !hasExpired(row, nowMs));
    }
  }

  async delete(records: readonly ParkedRecord[]): Promise<void> {
    const keys = records.map(({ shardKey, sequence }) => ({ shardKey, sequence }));
    await batchDelete(this.#dynamodb, this.#tableName, keys);
  }
}
