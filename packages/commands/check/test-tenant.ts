import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DynamoDBClient,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import { attributeOf, itemOf, type Row } from '@swipegate/aws/attributes';
import { batchGet } from '@swipegate/aws/batch-get';
import { batchDelete, batchWrite } from '@swipegate/aws/batch-write';
import { queryPages } from '@swipegate/aws/pages';
import {
  CHECK_TENANT,
  compile,
  defaultTenant,
  hashApiKey,
  nameKey,
  newApiKey,
  SITE_KINDS,
  type SiteKind,
  tenantKey,
} from '@swipegate/contract';
import { tenantRow } from '@swipegate/lambdas/stores/tenant-rows';
import Type from 'typebox';
import type { CheckEnvironment } from './environment.js';

export const READER = 'check-door';
const PLACE = 'check';
const EMPLOYEE = 'check-person';

/** Longest run, ms: after that, a run that says nothing is dead. */
export const LEASE_MS = 60_000;

/** What a run writes. It is stored first, so that the next run can remove what this one leaves. */
const Lease = Type.Object({
  runId: Type.String(),
  host: Type.String(),
  pid: Type.Integer(),
  startedAtMs: Type.Integer(),
  keyHash: Type.String(),
  goodCard: Type.String(),
  lostCard: Type.String(),
  swipeIds: Type.Array(Type.String()),
});
type Lease = Type.Static<typeof Lease>;
const isLease = compile(Lease);

const MOST_SWIPES = 3;
const MOST_PASSES = 5;
const LATE_MS = 500;

/** Another check of the same stage is running. */
export class BusyError extends Error {
  override readonly name = 'BusyError';
  readonly code = 'CHECK_BUSY';
}

/**
 * The tenant of one run: a building with one door, a person, a good card and a lost one. Its row of kind `tenant` is the
 * lease, so only one run at a time uses it.
 */
export class TestTenant {
  readonly #dynamodb: DynamoDBClient;
  readonly #tables: CheckEnvironment;
  /** The reader's key, in clear text. */
  readonly key = newApiKey();
  readonly #lease: Lease;
  readonly #lateMs: number;
  #isTaken = false;
  #used = 0;

  /** @param nowMs ms since the epoch @param lateMs time between two passes of the removal, ms */
  constructor(dynamodb: DynamoDBClient, tables: CheckEnvironment, { nowMs = Date.now(), lateMs = LATE_MS } = {}) {
    this.#dynamodb = dynamodb;
    this.#lateMs = lateMs;
    this.#tables = tables;
    const runId = randomUUID();
    this.#lease = {
      runId,
      host: hostname(),
      pid: process.pid,
      startedAtMs: nowMs,
      keyHash: hashApiKey(this.key),
      goodCard: `check-${runId}`,
      lostCard: `check-${runId}-lost`,
      swipeIds: Array.from({ length: MOST_SWIPES }, () => randomUUID()),
    };
  }

  /** Whether rows of this run may be in the tables. */
  get isTaken(): boolean {
    return this.#isTaken;
  }

  get goodCard(): string {
    return this.#lease.goodCard;
  }

  get lostCard(): string {
    return this.#lease.lostCard;
  }

  /** Returns an id for a swipe that this run will remove. */
  newSwipeId(): string {
    const swipeId = this.#lease.swipeIds[this.#used++];
    if (swipeId === undefined) throw new RangeError(`A check posts at most ${MOST_SWIPES} swipes`);
    return swipeId;
  }

  /**
   * Writes the rows, and first removes those of a run that died. @returns number of rows that a dead run had left
   * @throws {BusyError} while another run is alive
   */
  async create(): Promise<number> {
    const earlier = await this.#takeLease();
    const left = earlier === undefined ? 0 : await this.#removeRows(earlier);
    const { keyHash, goodCard, lostCard } = this.#lease;
    const siteRow = (kind: SiteKind, id: string, row: Row) => ({ siteKey: tenantKey(CHECK_TENANT, kind), id, ...row });
    const zoneIds = [PLACE];
    const everyDay = { days: [1, 2, 3, 4, 5, 6, 7], from: '00:00', until: '24:00' };
    const reader = {
      readerId: READER,
      door: 'Check',
      buildingId: PLACE,
      zoneId: PLACE,
      direction: 'in',
      mode: 'normal',
    };
    const zone = { zoneId: PLACE, buildingId: PLACE, name: 'Check', antiPassback: { mode: 'none' } };
    await batchWrite(this.#dynamodb, this.#tables.TABLE_SITE, [
      siteRow('buildings', PLACE, { buildingId: PLACE, name: 'Check', timeZone: 'Etc/UTC' }),
      siteRow('zones', PLACE, zone),
      siteRow('schedules', PLACE, { scheduleId: PLACE, intervals: [everyDay], holidays: [] }),
      siteRow('access-levels', PLACE, { accessLevelId: PLACE, zoneIds, scheduleId: PLACE }),
      siteRow('readers', READER, reader),
    ]);
    const person = { employeeId: EMPLOYEE, name: 'Check', active: true, accessLevelIds: [PLACE] };
    const employee = { ...person, tenantId: CHECK_TENANT, nameKey: nameKey(person), cardIds: [goodCard, lostCard] };
    await batchWrite(this.#dynamodb, this.#tables.TABLE_EMPLOYEES, [
      { employeeKey: tenantKey(CHECK_TENANT, EMPLOYEE), ...employee },
    ]);
    const cardRow = (cardId: string, status: string) => {
      return { cardKey: tenantKey(CHECK_TENANT, cardId), cardId, status, employeeId: EMPLOYEE };
    };
    const cards = [cardRow(goodCard, 'active'), cardRow(lostCard, 'lost')];
    await batchWrite(this.#dynamodb, this.#tables.TABLE_CARDS, cards);
    const apiKey = { keyHash, keyId: 'key-check', tenantId: CHECK_TENANT, readerIds: [READER] };
    await batchWrite(this.#dynamodb, this.#tables.TABLE_API_KEYS, [apiKey]);
    return left;
  }

  /** Removes every row of this run, and then its lease. Can be called again. @returns number of rows removed */
  async remove(): Promise<number> {
    if (!this.#isTaken) return 0;
    let removed = 0;
    // Until a pass finds nothing: a function of the stage may write late.
    for (let pass = 1; pass <= MOST_PASSES; pass++) {
      const found = await this.#removeRows(this.#lease);
      removed += found;
      if (found === 0) break;
      await delay(this.#lateMs);
    }
    // The lease goes last: without it, nobody knows the rows that are left.
    await this.#dynamodb.send(
      new DeleteItemCommand({
        TableName: this.#tables.TABLE_SITE,
        Key: itemOf(LEASE_KEY),
        ConditionExpression: 'runId = :runId',
        ExpressionAttributeValues: { ':runId': attributeOf(this.#lease.runId) },
      }),
    );
    this.#isTaken = false;
    return removed + 1;
  }

  /** @returns the lease of a run that died. @throws {BusyError} */
  async #takeLease(): Promise<Lease | undefined> {
    const tableName = this.#tables.TABLE_SITE;
    const [row] = (await batchGet(this.#dynamodb, [{ tableName, key: LEASE_KEY }])).get(tableName) ?? [];
    const found: unknown = row;
    const earlier = isLease(found) ? found : undefined;
    if (earlier !== undefined && isAlive(earlier, this.#lease)) throw busy(earlier);
    const condition =
      earlier === undefined
        ? { ConditionExpression: 'attribute_not_exists(runId)' }
        : {
            ConditionExpression: 'runId = :runId',
            ExpressionAttributeValues: { ':runId': attributeOf(earlier.runId) },
          };
    const Item = itemOf({ ...tenantRow({ ...defaultTenant(CHECK_TENANT) }), ...this.#lease });
    try {
      await this.#dynamodb.send(new PutItemCommand({ TableName: tableName, Item, ...condition }));
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) throw busy(undefined);
      throw error;
    }
    this.#isTaken = true;
    return earlier;
  }

  /** @returns number of rows removed */
  async #removeRows({ keyHash, goodCard, lostCard, swipeIds }: Lease): Promise<number> {
    const cards = [goodCard, lostCard];
    const cardKeys = cards.map((cardId) => ({ cardKey: tenantKey(CHECK_TENANT, cardId) }));
    const swipes = swipeIds.flatMap((swipeId) =>
      cards.map((cardId) => ({ swipeKey: tenantKey(CHECK_TENANT, swipeId), cardId })),
    );
    const { TABLE_SITE, TABLE_OCCUPANCY, TABLE_DOOR_EVENTS, TABLE_READER_CONTACTS } = this.#tables;
    const fixed: [tableName: string, keys: Record<string, string>[]][] = [
      [this.#tables.TABLE_CARDS, cardKeys],
      [this.#tables.TABLE_EMPLOYEES, [{ employeeKey: tenantKey(CHECK_TENANT, EMPLOYEE) }]],
      [this.#tables.TABLE_PRESENCE, cardKeys],
      [this.#tables.TABLE_DECISIONS, swipes],
    ];
    const kinds = SITE_KINDS.filter((kind) => kind !== 'tenant');
    // The key first: no swipe is accepted any more.
    const ofKey = await this.#removeKeys(this.#tables.TABLE_API_KEYS, [{ keyHash }]);
    const counts = await Promise.all([
      ...fixed.map(([tableName, keys]) => this.#removeKeys(tableName, keys)),
      ...kinds.map((kind) => this.#removePartition(TABLE_SITE, ['siteKey', 'id'], tenantKey(CHECK_TENANT, kind))),
      this.#removePartition(TABLE_READER_CONTACTS, ['tenantId', 'readerId'], CHECK_TENANT),
      // The functions of a live stage may have counted the building, or reported the reader's clock.
      this.#removePartition(TABLE_OCCUPANCY, ['buildingKey', 'countedAt'], tenantKey(CHECK_TENANT, PLACE)),
      this.#removePartition(TABLE_DOOR_EVENTS, ['readerKey', 'eventId'], tenantKey(CHECK_TENANT, READER)),
    ]);
    return counts.reduce((sum, count) => sum + count, ofKey);
  }

  async #removeKeys(tableName: string, keys: readonly Record<string, string>[]): Promise<number> {
    const found = await batchGet(
      this.#dynamodb,
      keys.map((key) => ({ tableName, key })),
    );
    await batchDelete(this.#dynamodb, tableName, keys);
    return found.get(tableName)?.length ?? 0;
  }

  async #removePartition(tableName: string, [partition, sort]: [string, string], value: string): Promise<number> {
    let removed = 0;
    const query = { tableName, key: [partition, value] as const, members: [partition, sort] };
    for await (const keys of queryPages(this.#dynamodb, query)) {
      await batchDelete(this.#dynamodb, tableName, keys);
      removed += keys.length;
    }
    return removed;
  }
}

const LEASE_KEY = { siteKey: tenantKey(CHECK_TENANT, 'tenant'), id: CHECK_TENANT };

function isAlive({ host, pid, startedAtMs }: Lease, own: Lease): boolean {
  if (own.startedAtMs - startedAtMs > LEASE_MS) return false;
  if (host !== own.host) return true;
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // Otherwise it is another user's.
    return !(error instanceof Error && 'code' in error && error.code === 'ESRCH');
  }
}

function busy(earlier: Lease | undefined): BusyError {
  const advice = 'Wait until it ends.';
  if (earlier === undefined) return new BusyError(`Another check of this stage has just begun. ${advice}`);
  const until = new Date(earlier.startedAtMs + LEASE_MS).toISOString();
  const where = `on ${earlier.host}, process ${earlier.pid}`;
  return new BusyError(
    `Another check of this stage runs ${where}. ${advice} If it was killed, run this again after ${until}.`,
  );
}
