import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { batchWrite } from '@swipegate/aws/batch-write';
import { tenantKey } from '@swipegate/contract';
import { LRUCache } from 'lru-cache';

/** Of a reader, by one instance of the function, ms. */
const WRITE_EVERY_MS = 10_000;
const MAX_READERS = 50_000;

export interface HeardReader {
  tenantId: string;
  readerId: string;
}

/** Writes down when anything last came from each reader: a reader that is silent may be broken. */
export class ReaderContacts {
  readonly #dynamodb: DynamoDBClient;
  readonly #tableName: string;
  /** When a reader was written, ms since the epoch. */
  readonly #writtenMs = new LRUCache<string, number>({ max: MAX_READERS });

  constructor(dynamodb: DynamoDBClient, tableName: string) {
    this.#dynamodb = dynamodb;
    this.#tableName = tableName;
  }

  /**
   * Something came from these readers, by tenant, now. Most of the time there is nothing to write.
   * @throws what the SDK throws; the readers are then written the next time something comes from them
   */
  async heard(readers: ReadonlyMap<string, ReadonlySet<string>>, nowMs: number): Promise<void> {
    const due = new Map<string, HeardReader>();
    for (const [tenantId, readerIds] of readers) {
      for (const readerId of readerIds) {
        const key = tenantKey(tenantId, readerId);
        const writtenMs = this.#writtenMs.get(key);
        if (writtenMs === undefined || nowMs - writtenMs >= WRITE_EVERY_MS) due.set(key, { tenantId, readerId });
      }
    }
    if (due.size === 0) return;
    for (const key of due.keys()) this.#writtenMs.set(key, nowMs);
    const heardAt = new Date(nowMs).toISOString();
    try {
      await batchWrite(
        this.#dynamodb,
        this.#tableName,
        Array.from(due.values(), (reader) => ({ ...reader, heardAt })),
      );
    } catch (error) {
      for (const key of due.keys()) this.#writtenMs.delete(key);
      throw error;
    }
  }
}
