import { type DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { ApiKey, compile, type KeyRole } from '@swipegate/contract';
import { LRUCache } from 'lru-cache';

/** Resolves with undefined for an unknown key. Rejects when the directory cannot answer. */
export type ApiKeyLookup = (keyHash: string) => Promise<ApiKey | undefined>;

const isApiKey = compile(ApiKey);

/** Lookup in the api-keys table: one eventually consistent read (0.5 RCU) per key. */
export function apiKeyTable(dynamodb: DynamoDBClient, tableName: string): ApiKeyLookup {
  return async (keyHash) => {
    const { Item } = await dynamodb.send(new GetItemCommand({ TableName: tableName, Key: marshall({ keyHash }) }));
    const row: unknown = Item && unmarshall(Item);
    return isApiKey(row) ? row : undefined;
  };
}

export interface ApiKeyCacheOptions {
  maxEntries: number;
  /** TTL of a known key, ms. An unknown key is cached for at most {@link UNKNOWN_MS}. */
  maxAgeMs: number;
  /** Limit of concurrent lookups: bounds the reads that invented keys cause. */
  maxLookups: number;
}

/**
 * Short, because a new key is shown to its user before it reaches the table. A longer time would not stop attackers:
 * they vary the key.
 */
const UNKNOWN_MS = 2_000;

export class LookupOverloadError extends Error {
  override readonly name = 'LookupOverloadError';
  readonly code = 'LOOKUP_OVERLOAD';
}

export interface Principal {
  keyId: string;
  tenantId: string;
  role: KeyRole;
  readerIds: ReadonlySet<string>;
  /** End of the key's validity, ms since the epoch; Infinity if it has none. */
  endsMs: number;
}

/** Caches known and unknown keys. Concurrent lookups of a key share one read. */
export class ApiKeyCache {
  readonly #lookup: ApiKeyLookup;
  readonly #known: LRUCache<string, { principal: Principal | undefined }>;
  readonly #pending = new Map<string, Promise<Principal | undefined>>();
  readonly #maxLookups: number;
  readonly #unknownMs: number;

  constructor(lookup: ApiKeyLookup, options: ApiKeyCacheOptions) {
    this.#lookup = lookup;
    this.#maxLookups = options.maxLookups;
    const ttl = Math.max(1, options.maxAgeMs);
    this.#unknownMs = Math.min(ttl, UNKNOWN_MS);
    this.#known = new LRUCache({ max: options.maxEntries, ttl });
  }

  /** Returns undefined if {@link find} must look the key up. */
  peek(keyHash: string): { principal: Principal | undefined } | undefined {
    return this.#known.get(keyHash);
  }

  /** Rejects with {@link LookupOverloadError} when `maxLookups` are in flight. */
  find(keyHash: string): Promise<Principal | undefined> {
    const pending = this.#pending.get(keyHash);
    if (pending !== undefined) return pending;
    if (this.#pending.size >= this.#maxLookups) {
      return Promise.reject(new LookupOverloadError('Too many API key lookups are in flight'));
    }
    const lookup = this.#read(keyHash).finally(() => this.#pending.delete(keyHash));
    this.#pending.set(keyHash, lookup);
    return lookup;
  }

  async #read(keyHash: string): Promise<Principal | undefined> {
    const row = await this.#lookup(keyHash);
    const principal = row && principalOfRow(row);
    this.#known.set(keyHash, { principal }, principal === undefined ? { ttl: this.#unknownMs } : {});
    return principal;
  }
}

function principalOfRow({ keyId, tenantId, role = 'reader', readerIds, notAfter }: ApiKey): Principal {
  const endsMs = notAfter === undefined ? Number.POSITIVE_INFINITY : Date.parse(notAfter);
  return { keyId, tenantId, role, readerIds: new Set(readerIds), endsMs };
}
