import { BlockList } from 'node:net';
import type { ApiKey, CardNumbers, DeviceOfKey, KeyRole } from '@swipegate/contract';
import type { NumberFormat } from '@swipegate/contract/cards/card-number';
import { networksIn } from '@swipegate/http/networks';
import type { FastifyBaseLogger } from 'fastify';
import { LRUCache } from 'lru-cache';
import { Account } from './account.js';
import type { ApiKeyDirectory } from './api-key-table.js';
import { KeyLane } from './key-lane.js';
import { KeyList } from './key-list.js';

export interface ApiKeyCacheOptions {
  /** Limit of known keys in memory. */
  maxEntries: number;
  /** How long a known key is used without another read, ms. An unknown key is cached for at most {@link UNKNOWN_MS}. */
  maxAgeMs: number;
  /** Limit of keys that are not listed and wait for a look-up. */
  maxWaiting: number;
}

/** 8 calls of 100 keys at a time, so listed keys hardly wait. */
const LISTED = { calls: 8, restMs: 0, maxWaiting: Number.POSITIVE_INFINITY, isListed: true };
/** Made-up keys get at most 1,000 reads/s (500 RCU). A real key that is new waits for those before it. */
const UNLISTED = { calls: 1, restMs: 100, isListed: false };

/**
 * Short, because a new key is shown to its user before it reaches the table. A longer time would not stop attackers:
 * they vary the key.
 */
const UNKNOWN_MS = 2_000;
/** More than the lane of unlisted keys lets through within {@link UNKNOWN_MS}. */
const MAX_UNKNOWN = 4_096;
/** A key in use is read again after this part of its age, in the background: no request waits for that. */
const REFRESH_AFTER = 0.75;

/** How the numbers that a key's readers send become cardIds. */
export interface CardNumbering {
  /** By readerId. Other readers send cardIds. */
  formats: ReadonlyMap<string, NumberFormat>;
  numbers: CardNumbers;
}

export interface Principal {
  /** Id of the key, or of the signed-in user. */
  keyId: string;
  tenantId: string;
  role: KeyRole;
  readerIds: ReadonlySet<string>;
  /** Undefined if none of the readers has a card format, as for most keys. */
  cardNumbering?: CardNumbering | undefined;
  /** The device whose key or serial number it is. */
  device?: DeviceOfKey | undefined;
  /** Networks from which the device may come, if it is bound to some. */
  deviceNetworks?: BlockList | undefined;
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
 * Caches known and unknown keys separately, so made-up keys cannot push out known ones. Keys that are listed or in use are
 * read in a lane of their own, so they never wait behind made-up ones. Concurrent lookups of a key share one read.
 */
export class ApiKeyCache {
  readonly #directory: ApiKeyDirectory;
  readonly #known: LRUCache<string, Known>;
  readonly #unknown: LRUCache<string, typeof UNKNOWN>;
  readonly #pending = new Map<string, Promise<Principal | undefined>>();
  readonly #list = new KeyList();
  readonly #listed: KeyLane;
  readonly #unlisted: KeyLane;
  /** By tenantId. Only keys of the table get here, so there are as many as tenants. */
  readonly #tenants = new Map<string, Account>();
  readonly #maxAgeMs: number;

  constructor(directory: ApiKeyDirectory, { maxEntries, maxAgeMs, maxWaiting }: ApiKeyCacheOptions) {
    this.#directory = directory;
    this.#maxAgeMs = maxAgeMs;
    // `max` would allocate room for all entries at once.
    this.#known = new LRUCache({ maxSize: maxEntries, sizeCalculation: () => 1 });
    this.#unknown = new LRUCache({ max: MAX_UNKNOWN, ttl: Math.max(1, Math.min(maxAgeMs, UNKNOWN_MS)) });
    const read = (keyHashes: readonly string[]) => directory.read(keyHashes);
    this.#listed = new KeyLane({ read, ...LISTED });
    this.#unlisted = new KeyLane({ read, ...UNLISTED, maxWaiting });
  }

  /** Lists the keys that exist, now and every hour, until {@link stop}. Never rejects. */
  keepListed(logger: FastifyBaseLogger): Promise<void> {
    return this.#list.keep(() => this.#directory.hashes(), logger);
  }

  stop(): void {
    this.#list.stop();
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

  /** Rejects with LookupOverloadError when too many keys wait that are not listed, or as the directory does. */
  find(keyHash: string): Promise<Principal | undefined> {
    const pending = this.#pending.get(keyHash);
    if (pending !== undefined) return pending;
    const done = this.#read(keyHash).finally(() => this.#pending.delete(keyHash));
    this.#pending.set(keyHash, done);
    return done;
  }

  async #read(keyHash: string): Promise<Principal | undefined> {
    const isListed = this.#known.has(keyHash) || this.#list.has(keyHash);
    const row = await (isListed ? this.#listed : this.#unlisted).find(keyHash);
    if (row === undefined) {
      this.#known.delete(keyHash);
      this.#unknown.set(keyHash, UNKNOWN);
      return undefined;
    }
    const account = this.#known.peek(keyHash)?.principal.account ?? new Account(this.tenant(row.tenantId));
    const principal = principalOfRow(row, account);
    this.#known.set(keyHash, { principal, readAtMs: performance.now() });
    this.#unknown.delete(keyHash);
    this.#list.add(keyHash);
    return principal;
  }

  /** Account that all keys of a tenant share. */
  tenant(tenantId: string): Account {
    const account = this.#tenants.get(tenantId) ?? new Account();
    this.#tenants.set(tenantId, account);
    return account;
  }
}

function principalOfRow(
  { keyId, tenantId, role = 'reader', readerIds, cardFormats, cardNumbers, device, notAfter }: ApiKey,
  account: Account,
): Principal {
  const endsMs = notAfter === undefined ? Number.POSITIVE_INFINITY : Date.parse(notAfter);
  // A list that cannot be read admits no address.
  const deviceNetworks = device?.networks && (networksIn(device.networks) ?? new BlockList());
  const cardNumbering = cardFormats && numberingOf(cardFormats, cardNumbers);
  return {
    keyId,
    tenantId,
    role,
    readerIds: new Set(readerIds),
    cardNumbering,
    device,
    deviceNetworks,
    endsMs,
    account,
  };
}

function numberingOf(
  cardFormats: Exclude<ApiKey['cardFormats'], undefined>,
  numbers: CardNumbers = 'full',
): CardNumbering | undefined {
  const formats = new Map<string, NumberFormat>();
  for (const [readerId, format] of Object.entries(cardFormats)) if (format !== 'as-sent') formats.set(readerId, format);
  return formats.size === 0 ? undefined : { formats, numbers };
}
