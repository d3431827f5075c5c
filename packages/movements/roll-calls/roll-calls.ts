import { createHash, randomBytes } from 'node:crypto';
import { DeleteItemCommand, type DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { itemOf, rowOf } from '@swipegate/aws/attributes';
import { batchWrite } from '@swipegate/aws/batch-write';
import { isWritten } from '@swipegate/aws/batch-write-if';
import { piecesOf } from '@swipegate/aws/in-lanes';
import {
  compile,
  countedTicks,
  hasExpired,
  keyInstant,
  MusterEntry,
  type PostedTicks,
  type Reader,
  RollCall,
  type RollCallCounts,
  RollCallTick,
  type RollCallView,
  rollCallState,
  tenantKey,
} from '@swipegate/contract';
import { boundInstant } from '@swipegate/contract/tables/row-keys';
import { queryAll, queryPage, type Row } from '@swipegate/http/query-rows';
import type { Buildings } from '../buildings.js';
import type { DecisionHistory } from '../decision-history.js';
import type { EmployeeNames, MusterList } from '../muster-list.js';
import { SharedReads } from './shared-reads.js';

/*
 * Rows of the table, by partition:
 *   TENANT/open-roll-calls    one row a building with an open roll call, so a building has at most one
 *   TENANT/ended-roll-calls   one row a roll call, with its counts and who had left
 *   TENANT/ROLL_CALL          pieces of the list (list#0000) and ticks in the order of arrival (tick#TIME#ID)
 * No row has a name: they come from the table of employees, where an erasure removes them.
 */

/** Days for which the table keeps a roll call. */
export const ROLL_CALL_DAYS = 90;
/** A row of 400 people has about 80 KB; DynamoDB allows 400 KB. */
const PEOPLE_PER_ROW = 400;
/** Ended roll calls in the list. */
const MOST_ENDED = 50;
/** Ticks this much older than the version are read again: several writers stamp the time of arrival, ms. */
const OVERLAP_MS = 10_000;
/** All telephones share one read of who is inside, and of the muster readers, within this time, ms. */
const SHARED_FOR_MS = 1_500;
/** Decisions of muster readers this much older than the version are read again: decide may write late, ms. */
const SWIPE_OVERLAP_MS = 60_000;
const SWIPES_PER_PAGE = 500;
const MOST_SHARED = 1_000;
/** A list of 5,000 people has about 1 MB. */
const MOST_LISTS = 20;
const LAST_TICK = 'tick$';

export interface Author {
  userId: string;
  userName: string;
}

export interface RollCallStores {
  dynamodb: DynamoDBClient;
  tableName: string;
  buildings: Pick<Buildings, 'cardsInside' | 'musterReaders'>;
  decisions: DecisionHistory;
  muster: MusterList;
  names: EmployeeNames;
}

export type Started = { rollCall: RollCall; isNew: boolean };

/** A version as the client sent it; see {@link versionOf}. */
interface Version {
  receivedAt: string;
  movesHash: string;
}

const isRollCall = compile(RollCall);
const isTick = compile(RollCallTick);

/** Roll calls of buildings. All methods reject with the SDK's error, or an UnprocessedError. */
export class RollCalls {
  readonly #stores: RollCallStores;
  readonly #inside = new SharedReads<MusterEntry[]>(SHARED_FOR_MS, MOST_SHARED);
  readonly #musterReaders = new SharedReads<Reader[]>(SHARED_FOR_MS, MOST_SHARED);
  /** People inside at the start, by roll call: they never change. */
  readonly #lists = new SharedReads<MusterEntry[]>(Number.POSITIVE_INFINITY, MOST_LISTS);

  constructor(stores: RollCallStores) {
    this.#stores = stores;
  }

  /** Open ones first, then the ended ones of the last 90 days, newest first. */
  async list(tenantId: string): Promise<RollCall[]> {
    const { dynamodb, tableName } = this.#stores;
    const [open, ended] = await Promise.all([
      queryAll(dynamodb, { tableName, key: ['rollKey', openKey(tenantId)] }),
      queryPage(
        dynamodb,
        { tableName, key: ['rollKey', endedKey(tenantId)], sortKey: 'id' },
        { from: undefined, through: undefined, descending: true, limit: MOST_ENDED, after: undefined },
      ),
    ]);
    const kept = ended.rows.filter((row) => !hasExpired(row, Date.now()));
    const over = new Set(kept.map(({ id }) => id));
    // A crash between the two writes of an end leaves the row of the open one.
    return [...open.filter(({ rollCallId }) => !over.has(rollCallId)), ...kept]
      .filter((row) => isRollCall(row))
      .map(rollCallOf);
  }

  /**
   * Starts a roll call with who is inside now. If the building has an open one, returns that: two guards who press the
   * button work on one list. @returns undefined if the building is unknown
   */
  async start(
    tenantId: string,
    { buildingId, why, by, nowMs }: { buildingId: string; why: string; by: Author; nowMs: number },
  ): Promise<Started | undefined> {
    const { dynamodb, tableName, muster } = this.#stores;
    const open = await this.#openOf(tenantId, buildingId);
    if (open !== undefined) return { rollCall: open, isNew: false };
    const inside = await muster(tenantId, { buildingId, zoneId: undefined });
    if (!inside.found) return undefined;
    const startedAt = boundInstant(nowMs);
    const second = startedAt.slice(0, 19).replace(/[-:]/g, '');
    const rollCallId = `rc-${second}Z-${randomBytes(4).toString('hex')}`;
    const people = Array.from(new Map(inside.people.map((person) => [person.cardId, person])).values());
    const lists = piecesOf(
      people.map(({ name, cardState, ...person }) => person),
      PEOPLE_PER_ROW,
    );
    const rows = lists.map((people, i) => ({
      rollKey: tenantKey(tenantId, rollCallId),
      id: `list#${String(i).padStart(4, '0')}`,
      people,
      expiresAt: endOfLife(nowMs),
    }));
    // The list first: once the row of the open roll call is there, it is whole.
    await batchWrite(dynamodb, tableName, rows);
    const rollCall: RollCall = { rollCallId, buildingId, why, startedAt, startedBy: by };
    const Item = itemOf({ rollKey: openKey(tenantId), id: buildingId, ...rollCall });
    const ConditionExpression = 'attribute_not_exists(rollKey)';
    const put = new PutItemCommand({ TableName: tableName, Item, ConditionExpression });
    if (await isWritten(dynamodb.send(put))) return { rollCall, isNew: true };
    const other = await this.#openOf(tenantId, buildingId);
    if (other === undefined) return this.start(tenantId, { buildingId, why, by, nowMs });
    return { rollCall: other, isNew: false };
  }

  /** @returns undefined if there is no such roll call */
  async find(tenantId: string, rollCallId: string): Promise<RollCall | undefined> {
    return (await this.#rowOf(tenantId, rollCallId))?.rollCall;
  }

  /**
   * Stores ticks. One that comes again is stored again and counts once: {@link countedTicks} decides. Ticks of an ended
   * roll call are stored too, because a telephone may have had no network; those made before the end count.
   * @returns false if there is no such roll call
   */
  async tick(
    tenantId: string,
    rollCallId: string,
    { ticks, by, nowMs }: { ticks: PostedTicks['ticks']; by: Author; nowMs: number },
  ): Promise<boolean> {
    if ((await this.find(tenantId, rollCallId)) === undefined) return false;
    const receivedAt = boundInstant(nowMs);
    // A telephone whose clock is fast must not win over every later tap.
    const stored = ticks.map((tick) => ({ ...tick, at: earlier(keyInstant(tick.at), receivedAt), by, receivedAt }));
    await this.#store(tenantId, rollCallId, stored, nowMs);
    return true;
  }

  /** The state of a roll call, or what has changed since a version. @returns undefined if there is no such roll call */
  async view(
    tenantId: string,
    rollCallId: string,
    { since, nowMs }: { since?: string | undefined; nowMs: number },
  ): Promise<(RollCallView & { namesError?: unknown }) | undefined> {
    const row = await this.#rowOf(tenantId, rollCallId);
    if (row === undefined) return undefined;
    const { rollCall } = row;
    const known = since === undefined ? undefined : readVersion(since);
    const [list, ticks] = await Promise.all([
      this.#list(tenantId, rollCallId, nowMs),
      this.#ticks(tenantId, rollCallId, known && Date.parse(known.receivedAt) - OVERLAP_MS),
    ]);
    const { left, arrived } =
      row.ended ?? this.#moves(list, await this.#insideNow(tenantId, rollCall.buildingId, nowMs));
    const movesHash = createHash('sha256')
      .update(JSON.stringify([left, arrived]))
      .digest('hex')
      .slice(0, 16);
    const { endedAt } = rollCall;
    // The end stores the ticks of muster readers, so an ended roll call does not change with the readers.
    const swiped =
      row.ended === undefined
        ? await this.#swipedTicks(tenantId, rollCall, [...list, ...arrived], {
            nowMs,
            sinceMs: known && Date.parse(known.receivedAt),
          })
        : [];
    const counting = [...ticks, ...swiped].filter(({ at }) => endedAt === undefined || at <= endedAt);
    const view: RollCallView = {
      rollCall,
      asOf: boundInstant(nowMs),
      version: `${boundInstant(nowMs)}~${movesHash}`,
      ticks: counting,
    };
    if (known !== undefined && known.movesHash === movesHash) return view;
    const named = [...(known === undefined ? list : []), ...arrived];
    const ids = new Set(named.flatMap(({ employeeId = [] }) => employeeId));
    let names: ReadonlyMap<string, string> = new Map();
    let namesError: unknown;
    try {
      names = await this.#stores.names(tenantId, ids);
    } catch (error) {
      // A list without names is better than none.
      namesError = error;
    }
    const withName = (person: MusterEntry): MusterEntry => {
      const name = person.employeeId === undefined ? undefined : names.get(person.employeeId);
      return name === undefined ? person : { name, ...person };
    };
    return {
      ...view,
      ...(namesError === undefined ? {} : { namesMissing: true, namesError }),
      ...(known === undefined ? { people: list.map(withName) } : {}),
      arrived: arrived.map(withName),
      left,
    };
  }

  /** Ends a roll call and keeps its counts. An ended one stays as it is. @returns undefined if there is none */
  async end(
    tenantId: string,
    rollCallId: string,
    { why, by, nowMs }: { why: string; by: Author; nowMs: number },
  ): Promise<RollCall | undefined> {
    const { dynamodb, tableName } = this.#stores;
    const view = await this.view(tenantId, rollCallId, { nowMs });
    if (view === undefined) return undefined;
    if (view.rollCall.endedAt !== undefined) {
      await this.#removeOpen(tenantId, view.rollCall);
      return view.rollCall;
    }
    const { people = [], arrived = [], left = [], ticks } = view;
    await this.#store(tenantId, rollCallId, ticks, nowMs);
    const counts = countsOf({ people, arrived, left, ticks });
    const endedAt = boundInstant(nowMs);
    const rollCall: RollCall = { ...view.rollCall, endedAt, endedBy: by, endedWhy: why, counts };
    const Item = itemOf({
      rollKey: endedKey(tenantId),
      id: rollCallId,
      ...rollCall,
      left,
      arrived: arrived.map(({ name, ...person }) => person),
      expiresAt: endOfLife(nowMs),
    });
    const ConditionExpression = 'attribute_not_exists(rollKey)';
    const isMine = await isWritten(
      dynamodb.send(new PutItemCommand({ TableName: tableName, Item, ConditionExpression })),
    );
    await this.#removeOpen(tenantId, rollCall);
    return isMine ? rollCall : this.find(tenantId, rollCallId);
  }

  async #store(tenantId: string, rollCallId: string, ticks: readonly RollCallTick[], nowMs: number): Promise<void> {
    const rows = ticks.map((tick) => ({
      rollKey: tenantKey(tenantId, rollCallId),
      id: `tick#${tick.receivedAt}#${tick.tickId}`,
      ...tick,
      expiresAt: endOfLife(nowMs),
    }));
    const byId = new Map(rows.map((row) => [row.id, row]));
    await batchWrite(this.#stores.dynamodb, this.#stores.tableName, Array.from(byId.values()));
  }

  /** Swipes at the muster readers since the start, as ticks of those on the list: with this card or another of theirs. */
  async #swipedTicks(
    tenantId: string,
    { buildingId, startedAt }: RollCall,
    people: readonly MusterEntry[],
    { nowMs, sinceMs }: { nowMs: number; sinceMs: number | undefined },
  ): Promise<RollCallTick[]> {
    const { buildings, decisions } = this.#stores;
    const readers = await this.#musterReaders.of(tenantKey(tenantId, buildingId), nowMs, () =>
      buildings.musterReaders(tenantId, buildingId),
    );
    if (readers.length === 0) return [];
    const cards = new Set(people.map(({ cardId }) => cardId));
    const ofHolder = new Map(people.flatMap(({ cardId, employeeId }) => (employeeId ? [[employeeId, cardId]] : [])));
    const fromMs = Math.max(Date.parse(startedAt), (sinceMs ?? 0) - SWIPE_OVERLAP_MS);
    const ticksAt = async ({ readerId, door }: Reader): Promise<RollCallTick[]> => {
      const ticks: RollCallTick[] = [];
      const by = { userId: `reader:${readerId}`, userName: readerId };
      let cursor: string | undefined;
      do {
        const subject = { kind: 'reader', id: readerId } as const;
        const range = { fromMs, toMs: undefined, order: 'asc', limit: SWIPES_PER_PAGE, cursor } as const;
        const page = await decisions(tenantId, { subject, ...range });
        for (const { swipeId, employeeId = '', readAt, timeBasis, ...decision } of page.items) {
          const cardId = cards.has(decision.cardId) ? decision.cardId : ofHolder.get(employeeId);
          const receivedAt = keyInstant(decision.receivedAt);
          const at = timeBasis === 'readAt' ? keyInstant(readAt) : receivedAt;
          if (cardId === undefined || decision.direction !== 'out' || at < startedAt) continue;
          ticks.push({ tickId: swipeId, cardId, state: 'safe', at, where: door.slice(0, 64), by, receivedAt });
        }
        cursor = page.nextCursor;
      } while (cursor !== undefined);
      return ticks;
    };
    return (await Promise.all(readers.map(ticksAt))).flat();
  }

  async #removeOpen(tenantId: string, { rollCallId, buildingId }: RollCall): Promise<void> {
    const remove = new DeleteItemCommand({
      TableName: this.#stores.tableName,
      Key: itemOf({ rollKey: openKey(tenantId), id: buildingId }),
      ConditionExpression: 'rollCallId = :id',
      ExpressionAttributeValues: itemOf({ ':id': rollCallId }),
    });
    await isWritten(this.#stores.dynamodb.send(remove));
  }

  async #openOf(tenantId: string, buildingId: string): Promise<RollCall | undefined> {
    const row = await this.#get(openKey(tenantId), buildingId);
    if (row === undefined || !isRollCall(row)) return undefined;
    const ended = await this.#get(endedKey(tenantId), row.rollCallId);
    if (ended === undefined) return rollCallOf(row);
    await this.#removeOpen(tenantId, row);
    return undefined;
  }

  async #rowOf(tenantId: string, rollCallId: string): Promise<{ rollCall: RollCall; ended?: Moves } | undefined> {
    const ended = await this.#get(endedKey(tenantId), rollCallId);
    if (ended !== undefined && isRollCall(ended)) return { rollCall: rollCallOf(ended), ended: movesOf(ended) };
    const { dynamodb, tableName } = this.#stores;
    const open = await queryAll(dynamodb, { tableName, key: ['rollKey', openKey(tenantId)] });
    const row = open.find((row) => row['rollCallId'] === rollCallId);
    return row !== undefined && isRollCall(row) ? { rollCall: rollCallOf(row) } : undefined;
  }

  async #get(rollKey: string, id: string): Promise<Row | undefined> {
    const get = { TableName: this.#stores.tableName, Key: itemOf({ rollKey, id }), ConsistentRead: true };
    const { Item } = await this.#stores.dynamodb.send(new GetItemCommand(get));
    const row = Item && rowOf(Item);
    return row === undefined || hasExpired(row, Date.now()) ? undefined : row;
  }

  /** People inside at the start. */
  #list(tenantId: string, rollCallId: string, nowMs: number): Promise<MusterEntry[]> {
    const { dynamodb, tableName } = this.#stores;
    const rollKey = tenantKey(tenantId, rollCallId);
    return this.#lists.of(rollKey, nowMs, async () => {
      const rows = await queryAll(dynamodb, { tableName, key: ['rollKey', rollKey], sortKey: 'id' }, 'list#');
      return rows.flatMap(({ people }) => entriesOf(people));
    });
  }

  async #ticks(tenantId: string, rollCallId: string, fromMs: number | undefined): Promise<RollCallTick[]> {
    const { dynamodb, tableName } = this.#stores;
    const { rows } = await queryPage(
      dynamodb,
      { tableName, key: ['rollKey', tenantKey(tenantId, rollCallId)], sortKey: 'id' },
      {
        from: `tick#${fromMs === undefined ? '' : boundInstant(fromMs)}`,
        through: LAST_TICK,
        descending: false,
        limit: Number.MAX_SAFE_INTEGER,
        after: undefined,
        filter: () => true,
      },
    );
    return rows.flatMap(({ rollKey, id, expiresAt, ...tick }) => (isTick(tick) ? [tick] : []));
  }

  #insideNow(tenantId: string, buildingId: string, nowMs: number): Promise<MusterEntry[]> {
    const { buildings } = this.#stores;
    return this.#inside.of(tenantKey(tenantId, buildingId), nowMs, () => buildings.cardsInside(tenantId, buildingId));
  }

  #moves(list: readonly MusterEntry[], inside: readonly MusterEntry[]): Moves {
    const now = new Map(inside.map((person) => [person.cardId, person]));
    const left = list.flatMap(({ cardId }, i) => (now.delete(cardId) ? [] : i));
    const byCard = (a: MusterEntry, b: MusterEntry) => (a.cardId < b.cardId ? -1 : 1);
    return { left, arrived: Array.from(now.values()).sort(byCard) };
  }
}

/** Positions of those who left, and who came after the start. */
interface Moves {
  left: number[];
  arrived: MusterEntry[];
}

/** Counts a roll call by the state of each person. */
export function countsOf({
  people,
  arrived,
  left,
  ticks,
}: Required<Pick<RollCallView, 'people' | 'arrived' | 'left' | 'ticks'>>): RollCallCounts {
  const counted = countedTicks(ticks);
  const gone = new Set(left);
  const counts = { safe: 0, left: 0, missing: 0, 'not-seen': 0 };
  for (const [i, { cardId }] of people.entries()) counts[rollCallState(counted.get(cardId), gone.has(i))] += 1;
  for (const { cardId } of arrived) counts[rollCallState(counted.get(cardId), false)] += 1;
  const { 'not-seen': notSeen, ...others } = counts;
  return { people: people.length + arrived.length, ...others, notSeen };
}

function readVersion(since: string): Version {
  const [receivedAt = '', movesHash = ''] = since.split('~');
  return { receivedAt, movesHash };
}

function rollCallOf(row: Row): RollCall {
  const members = Object.entries(row).filter(([name]) => name in RollCall.properties);
  const rollCall: unknown = Object.fromEntries(members);
  if (!isRollCall(rollCall)) throw new TypeError('The row is not a roll call');
  return rollCall;
}

function movesOf({ left, arrived }: Row): Moves {
  const positions = Array.isArray(left)
    ? left.filter((position): position is number => typeof position === 'number')
    : [];
  return { left: positions, arrived: entriesOf(arrived) };
}

const isEntry = compile(MusterEntry);

function entriesOf(people: unknown): MusterEntry[] {
  return Array.isArray(people) ? people.filter((person) => isEntry(person)) : [];
}

function earlier(a: string, b: string): string {
  return a < b ? a : b;
}

function openKey(tenantId: string): string {
  return tenantKey(tenantId, 'open-roll-calls');
}

function endedKey(tenantId: string): string {
  return tenantKey(tenantId, 'ended-roll-calls');
}

function endOfLife(nowMs: number): number {
  return Math.floor(nowMs / 1_000) + ROLL_CALL_DAYS * 86_400;
}
