import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Row } from '@swipegate/aws/attributes';
import { queryPages } from '@swipegate/aws/pages';
import {
  AccessLevel,
  Building,
  compile,
  type Guard,
  type Lockdown,
  Reader,
  Schedule,
  type SiteKind,
  tenantKey,
  Zone,
  ZoneId,
} from '@swipegate/contract';
import { LRUCache } from 'lru-cache';

/** One tenant's site rows, by id. */
export interface SiteIndex {
  buildings: ReadonlyMap<string, Building>;
  zones: ReadonlyMap<string, Zone>;
  schedules: ReadonlyMap<string, Schedule>;
  accessLevels: ReadonlyMap<string, AccessLevel>;
  readers: ReadonlyMap<string, Reader>;
  /** Readers whose row cannot be read as a whole, with the reason; absent if there are none. */
  unreadableReaders?: ReadonlyMap<string, string>;
  /** Lockdowns in force; absent if there are none. */
  lockdowns?: readonly Lockdown[];
}

interface SiteCacheOptions {
  tableName: string;
  /** Greatest age of a site that a decision uses, ms. */
  maxAgeMs: number;
  /** Current time of any clock, ms. Default: the process's monotonic clock. */
  now?(): number;
}

interface Entry {
  loadedAtMs: number;
  site: Promise<SiteIndex>;
}

/** Number of tenants whose sites are cached. */
const MAX_TENANTS = 1_000;
/** Least time between reloads for unknown readers, ms: otherwise each of their swipes would read the whole site. */
const UNKNOWN_READER_RELOAD_MS = 1_000;

const isBuilding = compile(Building);
const isZone = compile(Zone);
const isSchedule = compile(Schedule);
const isAccessLevel = compile(AccessLevel);
const isReader = compile(Reader);
const isDirection = compile(Reader.properties.direction);
const isZoneId = compile(ZoneId);

/** Caches each tenant's buildings, zones, schedules, access levels and readers: few rows that rarely change. */
export class SiteCache {
  readonly #dynamodb: DynamoDBClient;
  readonly #options: SiteCacheOptions;
  readonly #entries = new LRUCache<string, Entry>({ max: MAX_TENANTS });

  constructor(dynamodb: DynamoDBClient, options: SiteCacheOptions) {
    this.#dynamodb = dynamodb;
    this.#options = options;
  }

  /**
   * Returns the tenant's site without unreadable rows; an unreadable reader lets people out, and no one in. Reads the
   * site again if it is too old. Also does so, at most once a second, if it lacks one of the readers, so that a new
   * reader works within a second.
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
    const now = this.#options.now?.() ?? performance.now();
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
    const shut = new Map<string, string>();
    const [buildings, zones, schedules, accessLevels, readers] = await Promise.all([
      this.#rows(tenantId, 'buildings', isBuilding),
      this.#rows(tenantId, 'zones', isZone),
      this.#rows(tenantId, 'schedules', isSchedule),
      this.#rows(tenantId, 'access-levels', isAccessLevel),
      this.#rows(tenantId, 'readers', isReader, (row) => {
        const reader = shutReader(row);
        if (reader !== undefined) shut.set(reader.readerId, this.#whyShut(tenantId, reader.readerId));
        return reader;
      }),
    ]);
    const site = { buildings, zones, schedules, accessLevels, readers };
    return shut.size === 0 ? site : { ...site, unreadableReaders: shut };
  }

  #whyShut(tenantId: string, readerId: string): string {
    const row = `The row of the reader ${tenantKey(tenantId, readerId)} in ${this.#options.tableName}`;
    return `${row} is invalid: it lets people out and no one in. Set the reader again.`;
  }

  async #rows<Value>(
    tenantId: string,
    kind: SiteKind,
    isValue: Guard<Value>,
    salvage: (row: Row) => Value | undefined = () => undefined,
  ): Promise<ReadonlyMap<string, Value>> {
    const rows = new Map<string, Value>();
    const { tableName } = this.#options;
    for await (const page of queryPages(this.#dynamodb, { tableName, key: ['siteKey', tenantKey(tenantId, kind)] })) {
      for (const row of page) {
        const found: unknown = row;
        const value = isValue(found) ? found : salvage(row);
        if (value !== undefined) rows.set(String(row['id']), value);
      }
    }
    return rows;
  }
}

/** Returns a reader that grants only the way out, if the row at least says where it is. */
function shutReader({ id, buildingId, zoneId, outerZoneId, direction }: Row): Reader | undefined {
  const known: unknown = { readerId: id, door: '', buildingId, zoneId, direction: 'both', mode: 'locked-down' };
  if (!isReader(known)) return undefined;
  if (isZoneId(outerZoneId)) known.outerZoneId = outerZoneId;
  if (isDirection(direction)) known.direction = direction;
  return known;
}
