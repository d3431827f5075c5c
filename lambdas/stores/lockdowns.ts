import { DeleteItemCommand, type DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { attributeOf, itemOf, type Row } from '@swipegate/aws/attributes';
import { isWritten } from '@swipegate/aws/batch-write-if';
import { queryPages } from '@swipegate/aws/pages';
import { type Change, type ContentOf, keyInstant, Lockdown, type SiteKind, tenantKey } from '@swipegate/contract';
import { rowParser } from '@swipegate/contract/values/validation';
import { LRUCache } from 'lru-cache';
import type { SiteIndex } from './site-cache.js';

const KIND: SiteKind = 'lockdowns';

const parsed = rowParser(Lockdown);

/** Returns the lockdown of a row. One that cannot be read locks the whole site: a fault never opens a door. */
function lockdownOf(row: Row): Lockdown {
  const known = parsed(row);
  if (known !== undefined) return known;
  const by = { userId: 'unknown', userName: 'unknown' };
  const why = 'The row of this lockdown cannot be read. End it, and lock again.';
  return { lockdownId: String(row['id']), locks: [{}], why, by, since: keyInstant(0) };
}

/** Reads the lockdowns in force, strongly consistent, oldest first. Rejects with an SDK error. */
export async function readLockdowns(
  dynamodb: DynamoDBClient,
  tableName: string,
  tenantId: string,
): Promise<Lockdown[]> {
  const found: Lockdown[] = [];
  for await (const page of queryPages(dynamodb, { tableName, key: ['siteKey', tenantKey(tenantId, KIND)] })) {
    found.push(...page.map(lockdownOf));
  }
  return found.sort((a, b) => (a.since < b.since ? -1 : 1));
}

/**
 * Puts a lockdown in force. A threat level replaces the one before, and an older request never replaces a newer one.
 * A repeat does no harm. Rejects with an SDK error.
 */
export async function startLockdown(
  dynamodb: DynamoDBClient,
  tableName: string,
  { tenantId, requestedAt, by, why }: Change,
  { lockdownId, level, locks }: ContentOf<'start-lockdown'>,
): Promise<void> {
  const since = keyInstant(requestedAt);
  const lockdown: Lockdown = { lockdownId, ...(level !== undefined && { level }), locks, why, by, since };
  await isWritten(
    dynamodb.send(
      new PutItemCommand({
        TableName: tableName,
        Item: itemOf({ ...keyOf(tenantId, lockdownId), ...lockdown }),
        ConditionExpression: 'attribute_not_exists(#id) OR #since < :since',
        ExpressionAttributeNames: { '#id': 'id', '#since': 'since' },
        ExpressionAttributeValues: { ':since': attributeOf(since) },
      }),
    ),
  );
}

/** Ends a lockdown that began before the request. A repeat does no harm. Rejects with an SDK error. */
export async function endLockdown(
  dynamodb: DynamoDBClient,
  tableName: string,
  { tenantId, requestedAt }: Change,
  lockdownId: string,
): Promise<void> {
  await isWritten(
    dynamodb.send(
      new DeleteItemCommand({
        TableName: tableName,
        Key: itemOf(keyOf(tenantId, lockdownId)),
        ConditionExpression: 'attribute_not_exists(#since) OR #since <= :at',
        ExpressionAttributeNames: { '#since': 'since' },
        ExpressionAttributeValues: { ':at': attributeOf(keyInstant(requestedAt)) },
      }),
    ),
  );
}

function keyOf(tenantId: string, lockdownId: string): { siteKey: string; id: string } {
  return { siteKey: tenantKey(tenantId, KIND), id: lockdownId };
}

/** Greatest age of the lockdowns that a decision uses, ms. An end or a start is in force within this time. */
export const LOCKDOWN_MAX_AGE_MS = 500;
const MAX_TENANTS = 1_000;

interface Entry {
  readAtMs: number;
  lockdowns: Promise<readonly Lockdown[]>;
}

interface Sites {
  siteOf(tenantId: string, readerIds: Iterable<string>): Promise<SiteIndex>;
}

/** Sites as decide sees them: the cached site, under the lockdowns of at most {@link LOCKDOWN_MAX_AGE_MS} ago. */
export class LockableSites {
  readonly #sites: Sites;
  readonly #read: (tenantId: string) => Promise<readonly Lockdown[]>;
  readonly #now: () => number;
  readonly #entries = new LRUCache<string, Entry>({ max: MAX_TENANTS });

  /** @param now current time of any clock, ms. Default: the process's monotonic clock */
  constructor(
    sites: Sites,
    read: (tenantId: string) => Promise<readonly Lockdown[]>,
    now: () => number = () => performance.now(),
  ) {
    this.#sites = sites;
    this.#read = read;
    this.#now = now;
  }

  /** Rejects if the lockdowns cannot be read: the batch is retried, and nobody enters on an older answer. */
  async siteOf(tenantId: string, readerIds: Iterable<string>): Promise<SiteIndex> {
    const [site, lockdowns] = await Promise.all([this.#sites.siteOf(tenantId, readerIds), this.#lockdowns(tenantId)]);
    return lockdowns.length === 0 ? site : { ...site, lockdowns };
  }

  #lockdowns(tenantId: string): Promise<readonly Lockdown[]> {
    const nowMs = this.#now();
    const known = this.#entries.get(tenantId);
    if (known !== undefined && nowMs - known.readAtMs < LOCKDOWN_MAX_AGE_MS) return known.lockdowns;
    const entry = { readAtMs: nowMs, lockdowns: this.#read(tenantId) };
    this.#entries.set(tenantId, entry);
    entry.lockdowns.catch(() => {
      if (this.#entries.get(tenantId) === entry) this.#entries.delete(tenantId);
    });
    return entry.lockdowns;
  }
}
