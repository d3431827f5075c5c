import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { batchWrite } from '@swipegate/aws/batch-write';
import { expiresAt, type RefusedCard, tenantKey, unknownCardsKey } from '@swipegate/contract';
import { LRUCache } from 'lru-cache';

/** Shortest time between two writes of one reader by one instance of the function, ms. */
const WRITE_EVERY_MS = 10_000;
const MAX_READERS = 50_000;

export interface HeardReader {
  tenantId: string;
  readerId: string;
}

/** A card that its reader's tenant does not have. */
export interface UnknownCardSeen extends RefusedCard {
  tenantId: string;
}

const UNKNOWN_CARD_KEEP_DAYS = 1;

/** Records when each reader was last heard from: a silent reader may be broken. */
export class ReaderContacts {
  readonly #dynamodb: DynamoDBClient;
  readonly #tableName: string;
  /** Last write of each reader, ms since the epoch. `maxSize`, since `max` allocates room for all entries at once. */
  readonly #writtenMs = new LRUCache<string, number>({ maxSize: MAX_READERS, sizeCalculation: () => 1 });

  constructor(dynamodb: DynamoDBClient, tableName: string) {
    this.#dynamodb = dynamodb;
    this.#tableName = tableName;
  }

  /**
   * Records that readers, by tenant, were heard from at `nowMs`. Usually there is nothing to write.
   * @throws what the SDK throws; the readers are then written when they are next heard from
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
    const rows = Array.from(due.values(), (reader) => ({ ...reader, heardAt }));
    try {
      await batchWrite(this.#dynamodb, this.#tableName, rows);
    } catch (error) {
      for (const key of due.keys()) this.#writtenMs.delete(key);
      throw error;
    }
  }

  /** Records the last of the unknown cards of each reader: one row each. @throws what the SDK throws */
  async refused(cards: readonly UnknownCardSeen[]): Promise<void> {
    const last = new Map(cards.map((card) => [tenantKey(card.tenantId, card.readerId), card]));
    const rows = Array.from(last.values(), ({ tenantId, ...card }) => {
      return { ...card, tenantId: unknownCardsKey(tenantId), expiresAt: expiresAt(card.at, UNKNOWN_CARD_KEEP_DAYS) };
    });
    await batchWrite(this.#dynamodb, this.#tableName, rows);
  }
}

/** Collects the distinct readers by tenant. Fast because neighbours in a stream often share reader and tenant. */
export function readersByTenant(items: Iterable<HeardReader>): ReadonlyMap<string, ReadonlySet<string>> {
  const tenants = new Map<string, Set<string>>();
  let last: HeardReader | undefined;
  let readers = new Set<string>();
  for (const item of items) {
    if (item.readerId === last?.readerId && item.tenantId === last.tenantId) continue;
    if (item.tenantId !== last?.tenantId) {
      readers = tenants.get(item.tenantId) ?? new Set();
      tenants.set(item.tenantId, readers);
    }
    readers.add(item.readerId);
    last = item;
  }
  return tenants;
}
