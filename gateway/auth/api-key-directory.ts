import { type DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { rowOf } from '@swipegate/aws/attributes';
import { ApiKey, compile, type KeyRole } from '@swipegate/contract';
import { LRUCache } from 'lru-cache';
import { Account } from './account.js';
import { UnknownKeyQueue } from './unknown-key-queue.js';

/** Resolves with undefined for an unknown key. Rejects when the directory cannot answer. */
export type ApiKeyLookup = (keyHash: string) => Promise<ApiKey | undefined>;

const isApiKey = compile(ApiKey);

/** Lookup in the api-keys table: one eventually consistent read (0.5 RCU) per key. */
export function apiKeyTable(dynamodb: DynamoDBClient, tableName: string): ApiKeyLookup {
  return async (keyHash) => {
    const { Item } = await dynamodb.send(new GetItemCommand({ TableName: tableName, Key: marshall({ keyHash }) }));
    const row: unknown = Item && rowOf(Item);
    return isApiKey(row) ? row : undefined;
  };
}

export interface ApiKeyCacheOptions {
  /** Limit of known keys in memory. */
  maxEntries: number;
  /** How long a known key is used without another read, ms. An unknown key is cached for at most {@link UNKNOWN_MS}. */
  maxAgeMs: number;
}

/**
 * Short, because a new key is shown to its user before it reaches the table. A longer time would not stop attackers:
 * they vary the key.
 */
const UNKNOWN_MS = 2_000;
/** More keys than {@link UnknownKeyQueue} reads within {@link UNKNOWN_MS}. */
const MAX_UNKNOWN = 4_096;
/** A key in use is read again after this part of its age, in the background: no request waits for that. */
const REFRESH_AFTER = 0.75;

export interface Principal {
  keyId: string;
  tenantId: string;
  role: KeyRole;
  readerIds: ReadonlySet<string>;
  /** End of the key's validity, ms since the epoch; Infinity if it has none. */
  endsMs: number;
  account: Account;
}

interface Known {
  principal: Principal;
  readAtMs: number;
}

const UNKNOWN = { principal: undefined };

/**
 * Caches known and unknown keys separately, so made-up keys cannot push out known ones. A known key is read again
 * without a queue. Concurrent lookups of a key share one read.
 */
export class ApiKeyCache {
  readonly #lookup: ApiKeyLookup;
  readonly #known: LRUCache<string, Known>;
  readonly #unknown: LRUCache<string, typeof UNKNOWN>;
  readonly #pending = new Map<string, Promise<Principal | undefined>>();
  readonly #unknownKeys = new UnknownKeyQueue();
  /** By tenantId. Only keys of the table get here, so there are as many as tenants. */
  readonly #tenants = new Map<string, Account>();
  readonly #maxAgeMs: number;

  constructor(lookup: ApiKeyLookup, { maxEntries, maxAgeMs }: ApiKeyCacheOptions) {
    this.#lookup = lookup;
    this.#maxAgeMs = maxAgeMs;
    this.#known = new LRUCache({ max: maxEntries });
    this.#unknown = new LRUCache({ max: MAX_UNKNOWN, ttl: Math.max(1, Math.min(maxAgeMs, UNKNOWN_MS)) });
  }

  /** Returns undefined if {@link find} must look up the key. */
  peek(keyHash: string): { principal: Principal | undefined } | undefined {
    const known = this.#known.get(keyHash);
    if (known === undefined) return this.#unknown.get(keyHash);
    const ageMs = performance.now() - known.readAtMs;
    if (ageMs >= this.#maxAgeMs) return undefined;
    // If the read fails, the next request tries again, until the cached key is too old to use.
    if (ageMs >= this.#maxAgeMs * REFRESH_AFTER) this.find(keyHash).catch(() => undefined);
    return known;
  }

  /** Rejects with {@link LookupOverloadError} when too many unknown keys wait. */
  find(keyHash: string): Promise<Principal | undefined> {
    const pending = this.#pending.get(keyHash);
    if (pending !== undefined) return pending;
    const read = () => this.#read(keyHash);
    const lookup = this.#known.has(keyHash) ? read() : this.#unknownKeys.run(read);
    const done = lookup.finally(() => this.#pending.delete(keyHash));
    this.#pending.set(keyHash, done);
    return done;
  }

  async #read(keyHash: string): Promise<Principal | undefined> {
    const row = await this.#lookup(keyHash);
    if (row === undefined) {
      this.#known.delete(keyHash);
      this.#unknown.set(keyHash, UNKNOWN);
      return undefined;
    }
    const account = this.#known.peek(keyHash)?.principal.account ?? new Account(this.#tenant(row.tenantId));
    const principal = principalOfRow(row, account);
    this.#known.set(keyHash, { principal, readAtMs: performance.now() });
    this.#unknown.delete(keyHash);
    return principal;
  }

  #tenant(tenantId: string): Account {
    const account = this.#tenants.get(tenantId) ?? new Account();
    this.#tenants.set(tenantId, account);
    return account;
  }
}

function principalOfRow(
  { keyId, tenantId, role = 'reader', readerIds, notAfter }: ApiKey,
  account: Account,
): Principal {
  const endsMs = notAfter === undefined ? Number.POSITIVE_INFINITY : Date.parse(notAfter);
  return { keyId, tenantId, role, readerIds: new Set(readerIds), endsMs, account };
}
