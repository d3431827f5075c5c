import { type AttributeValue, type DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { AccessLevel, Building, compile, Reader, Schedule, type SiteKind, tenantKey, Zone } from '@swipegate/contract';
import type { ValidateFunction } from 'ajv';
import { LRUCache } from 'lru-cache';
import type { SiteIndex } from './site-index.js';

export interface SiteCacheOptions {
  tableName: string;
  /** How old a site may be when a decision is made by it, ms. */
  maxAgeMs: number;
  /** Monotonic or not, ms. */
  now(): number;
}

interface Entry {
  loadedAtMs: number;
  site: Promise<SiteIndex>;
}

/** Tenants whose sites are kept. */
const MAX_TENANTS = 1_000;
/** A reader that is nowhere to be found must not make every swipe of it read the whole site. */
const UNKNOWN_READER_RELOAD_MS = 1_000;

const isBuilding = compile(Building);
const isZone = compile(Zone);
const isSchedule = compile(Schedule);
const isAccessLevel = compile(AccessLevel);
const isReader = compile(Reader);

/** Buildings, zones, schedules, access levels and readers of each tenant: few rows that change rarely. */
export class SiteCache {
  readonly #dynamodb: DynamoDBClient;
  readonly #options: SiteCacheOptions;
  readonly #entries = new LRUCache<string, Entry>({ max: MAX_TENANTS });

  constructor(dynamodb: DynamoDBClient, options: SiteCacheOptions) {
    this.#dynamodb = dynamodb;
    this.#options = options;
  }

  /**
   * The tenant's site, read again when it is too old, or when it lacks one of the readers: a new reader works at once.
   * A row that cannot be read is left out, which denies (invariant 5).
   */
  async siteOf(tenantId: string, readerIds: Iterable<string>): Promise<SiteIndex> {
    const { maxAgeMs } = this.#options;
    const site = await this.#site(tenantId, maxAgeMs);
    for (const readerId of readerIds) {
      if (!site.readers.has(readerId)) return this.#site(tenantId, Math.min(maxAgeMs, UNKNOWN_READER_RELOAD_MS));
    }
    return site;
  }

  #site(tenantId: string, maxAgeMs: number): Promise<SiteIndex> {
    const now = this.#options.now();
    const known = this.#entries.get(tenantId);
    if (known !== undefined && now - known.loadedAtMs < maxAgeMs) return known.site;
    const entry = { loadedAtMs: now, site: this.#load(tenantId) };
    this.#entries.set(tenantId, entry);
    entry.site.catch(() => {
      if (this.#entries.get(tenantId) === entry) this.#entries.delete(tenantId);
    });
    return entry.site;
  }

  async #load(tenantId: string): Promise<SiteIndex> {
    const [buildings, zones, schedules, accessLevels, readers] = await Promise.all([
      this.#rows(tenantId, 'buildings', isBuilding),
      this.#rows(tenantId, 'zones', isZone),
      this.#rows(tenantId, 'schedules', isSchedule),
      this.#rows(tenantId, 'access-levels', isAccessLevel),
      this.#rows(tenantId, 'readers', isReader),
    ]);
    return { buildings, zones, schedules, accessLevels, readers };
  }

  async #rows<Value>(
    tenantId: string,
    kind: SiteKind,
    isValue: ValidateFunction<Value>,
  ): Promise<ReadonlyMap<string, Value>> {
    const rows = new Map<string, Value>();
    let from: Record<string, AttributeValue> | undefined;
    do {
      const page = await this.#dynamodb.send(
        new QueryCommand({
          TableName: this.#options.tableName,
          KeyConditionExpression: 'siteKey = :siteKey',
          ExpressionAttributeValues: marshall({ ':siteKey': tenantKey(tenantId, kind) }),
          ConsistentRead: true,
          ...(from === undefined ? {} : { ExclusiveStartKey: from }),
        }),
      );
      for (const item of page.Items ?? []) {
        const row = unmarshall(item);
        const value: unknown = row;
        if (isValue(value)) rows.set(String(row['id']), value);
      }
      from = page.LastEvaluatedKey;
    } while (from !== undefined);
    return rows;
  }
}
