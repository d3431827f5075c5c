import { type DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { ApiKey, compile, type KeyRole } from '@swipegate/contract';
import { LRUCache } from 'lru-cache';

/** Looks a key up by its hash. Undefined means: no such key. Rejects when the directory cannot answer. */
export type ApiKeyLookup = (keyHash: string) => Promise<ApiKey | undefined>;

const isApiKey = compile(ApiKey);

/** Lookup in the api-keys table, one eventually consistent read (0.5 RCU) a key. */
export function apiKeyTable(dynamodb: DynamoDBClient, tableName: string): ApiKeyLookup {
  return async (keyHash) => {
    const { Item } = await dynamodb.send(new GetItemCommand({ TableName: tableName, Key: marshall({ keyHash }) }));
    const row: unknown = Item && unmarshall(Item);
    return isApiKey(row) ? row : undefined;
  };
}

export interface ApiKeyCacheOptions {
  maxEntries: number;
  /** How long a key that was found is honoured, ms. A 'no such key' is believed for 2 s at most: the key may be on its way. */
  maxAgeMs: number;
  /** Lookups under way at once: a flood of made-up keys must not become a flood of reads. */
  maxLookups: number;
}

/**
 * A new key is shown before it is in the table, and somebody may try it at once. It spares the table little to believe longer
 * that a key is none: who makes keys up makes up new ones.
 */
const UNKNOWN_MS = 2_000;

export class LookupOverloadError extends Error {
  override readonly name = 'LookupOverloadError';
  readonly code = 'LOOKUP_OVERLOAD';
}

/** Who a key belongs to and which readers it speaks for, with its readers as a set. */
export interface Principal {
  keyId: string;
  tenantId: string;
  role: KeyRole;
  readerIds: ReadonlySet<string>;
  /** When the key ends, ms since the epoch; infinity where it does not. */
  endsMs: number;
}

/** Bounded cache before an {@link ApiKeyLookup}: remembers keys and non-keys, and asks once for concurrent requests. */
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

  /** Answers at once from memory; undefined when the key must be looked up with {@link find}. */
  peek(keyHash: string): { principal: Principal | undefined } | undefined {
    return this.#known.get(keyHash);
  }

  /**
   * @throws {LookupOverloadError} when too many unknown keys are being looked up already.
   */
  find(keyHash: string): Promise<Principal | undefined> {
    const pending = this.#pending.get(keyHash);
    if (pending !== undefined) return pending;
    if (this.#pending.size >= this.#maxLookups) {
      return Promise.reject(new LookupOverloadError('Too many API keys are being looked up'));
    }
    const asked = this.#ask(keyHash).finally(() => this.#pending.delete(keyHash));
    this.#pending.set(keyHash, asked);
    return asked;
  }

  async #ask(keyHash: string): Promise<Principal | undefined> {
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
