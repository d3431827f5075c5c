import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { batchGet, type Row, type TableKey } from '@swipegate/aws/batch-get';
import { batchWrite } from '@swipegate/aws/batch-write';
import { batchWriteIf, versionBefore, type WriteResult } from '@swipegate/aws/batch-write-if';
import {
  ALARM_TYPES,
  alarmDay,
  alarmKey,
  Card,
  compile,
  type Decision,
  decisionOfRow,
  decisionRow,
  EmployeeId,
  expiresAt,
  tenantKey,
} from '@swipegate/contract';
import { heldCard, heldEmployee, isOnlyHeld } from '@swipegate/contract/back-office/holds';
import { EmployeeRow } from '../../stores/employee-row.js';
import {
  healedPresence,
  healPresence,
  type Presence,
  presenceOf,
  presenceRow,
  type StoredPresence,
  unexpired,
} from '../../stores/presence.js';
import type { UnreadableRow } from '../../stores/replace-unreadable.js';
import { swipeKeyOf } from '../records/keys.js';
import type { ByCard, StreamSwipe } from '../records/records.js';
import type { DoorEventEntry } from './alarms.js';
import type { DecisionJson } from './publish.js';
import { SettledOutboxes } from './settled-outboxes.js';

/** Rows by key, and those that cannot be read. */
export interface ReadRows<Value> {
  rows: Map<string, Value>;
  unreadable: Map<string, UnreadableRow>;
}

/** Rows stored about some cards. Cards and presence are keyed by tenant/card, decisions by {@link swipeKeyOf}. */
export interface StoredFacts {
  cards: ReadRows<Card>;
  /** A row that cannot be read is also in `rows`, as it will be once it is healed. */
  presence: ReadRows<StoredPresence>;
  decisions: ReadRows<Decision>;
}

/** Types that the index by day contains. */
const ALARMS: ReadonlySet<DoorEventEntry['type']> = new Set(ALARM_TYPES);

type Tables = Record<
  'TABLE_CARDS' | 'TABLE_EMPLOYEES' | 'TABLE_PRESENCE' | 'TABLE_DECISIONS' | 'TABLE_DOOR_EVENTS',
  string
> & { DECISION_KEEP_DAYS: number };

/** A few minutes of one shard, at about 600 bytes each. */
const SETTLED_CARDS = 40_000;

const isCard = compile(Card);
const isEmployee = compile(EmployeeRow);
const isEmployeeId = compile(EmployeeId);

/** The tables that decide reads and writes. All reads are strongly consistent. */
export class Store {
  readonly #dynamodb: DynamoDBClient;
  readonly #tables: Tables;
  readonly #settled = new SettledOutboxes(SETTLED_CARDS);

  constructor(dynamodb: DynamoDBClient, tables: Tables) {
    this.#dynamodb = dynamodb;
    this.#tables = tables;
  }

  /** Reads cards, where their holders are, and the decisions that their swipes already have. @param nowMs of healing */
  async readFacts(cards: ByCard, nowMs: number): Promise<StoredFacts> {
    const { TABLE_CARDS, TABLE_PRESENCE, TABLE_DECISIONS } = this.#tables;
    const keys: TableKey[] = [];
    for (const [cardKey, swipes] of cards) {
      const key = { cardKey };
      keys.push({ tableName: TABLE_CARDS, key }, { tableName: TABLE_PRESENCE, key });
      for (const { swipe } of distinct(swipes)) {
        const swipeKey = tenantKey(swipe.tenantId, swipe.swipeId);
        keys.push({ tableName: TABLE_DECISIONS, key: { swipeKey, cardId: swipe.cardId } });
      }
    }
    const rows = await batchGet(this.#dynamodb, keys);
    const facts: StoredFacts = { cards: noRows(), presence: noRows(), decisions: noRows() };
    for (const row of rows.get(TABLE_CARDS) ?? []) {
      const cardKey = String(row['cardKey']);
      if (isCard(row)) facts.cards.rows.set(cardKey, heldCard(row, row));
      else if (!isOnlyHeld(row, 'cardId')) {
        const { employeeId } = row;
        const cardId = cardKey.slice(cardKey.indexOf('/') + 1);
        // The stand-in opens no door, but names the holder, so the way out is recorded for them.
        facts.cards.rows.set(cardKey, { cardId, status: 'suspended', ...(isEmployeeId(employeeId) && { employeeId }) });
        facts.cards.unreadable.set(cardKey, { reason: whyWrong(TABLE_CARDS, cardKey) });
      }
    }
    facts.presence = this.#presenceIn(rows.get(TABLE_PRESENCE), nowMs, this.#settled);
    for (const row of rows.get(TABLE_DECISIONS) ?? []) {
      const decision = decisionOfRow(row);
      if (decision !== undefined) facts.decisions.rows.set(swipeKeyOf(decision), decision);
      else {
        const { swipeKey, cardId } = row;
        const reason = whyWrong(TABLE_DECISIONS, `${swipeKey}, ${cardId}`);
        // The keys match the request, even if the rest of the row is invalid.
        facts.decisions.unreadable.set(`${swipeKey}/${cardId}`, { reason });
      }
    }
    return facts;
  }

  /** Reads where the holders of further cards are. @param nowMs time for healed rows, ms since the epoch */
  async readPresence(cardKeys: Iterable<string>, nowMs: number): Promise<ReadRows<Presence>> {
    const tableName = this.#tables.TABLE_PRESENCE;
    const keys = Array.from(cardKeys, (cardKey) => ({ tableName, key: { cardKey } }));
    return this.#presenceIn((await batchGet(this.#dynamodb, keys)).get(tableName), nowMs);
  }

  #presenceIn(found: readonly Row[] | undefined, nowMs: number, settled?: SettledOutboxes): ReadRows<Presence> {
    const { TABLE_PRESENCE } = this.#tables;
    const presences: ReadRows<Presence> = noRows();
    for (const row of found ?? []) {
      const cardKey = String(row['cardKey']);
      const presence = presenceOf(row, settled);
      if (presence !== undefined) {
        presences.rows.set(cardKey, unexpired(presence, nowMs));
        continue;
      }
      const healed = healedPresence(row, nowMs);
      presences.rows.set(cardKey, unexpired(healed, nowMs));
      presences.unreadable.set(cardKey, {
        reason: `The row of ${cardKey} in ${TABLE_PRESENCE} was invalid: it was healed, check where the cardholder is.`,
        heal: () => healPresence(this.#dynamodb, TABLE_PRESENCE, { found: row, healed }),
      });
    }
    return presences;
  }

  async readEmployees(employeeKeys: Iterable<string>): Promise<ReadRows<EmployeeRow>> {
    const tableName = this.#tables.TABLE_EMPLOYEES;
    const keys = Array.from(employeeKeys, (employeeKey) => ({ tableName, key: { employeeKey } }));
    const employees: ReadRows<EmployeeRow> = noRows();
    for (const row of (await batchGet(this.#dynamodb, keys)).get(tableName) ?? []) {
      const employeeKey = String(row['employeeKey']);
      if (isEmployee(row)) employees.rows.set(employeeKey, heldEmployee(row, row));
      else if (!isOnlyHeld(row, 'employeeId'))
        employees.unreadable.set(employeeKey, { reason: whyWrong(tableName, employeeKey) });
    }
    return employees;
  }

  /** Writes cards' rows, each only if the stored version is the one before. @returns the results, in order */
  async commit(rows: readonly Presence[], json?: DecisionJson): Promise<WriteResult[]> {
    const writes = rows.map((presence) => ({
      key: { cardKey: presence.cardKey },
      values: presenceRow(presence, json),
      was: versionBefore(presence.version),
    }));
    return batchWriteIf(this.#dynamodb, this.#tables.TABLE_PRESENCE, writes);
  }

  /** Idempotent: an existing decision is replaced by the same bytes. */
  async writeDecisions(decisions: readonly Decision[]): Promise<void> {
    const { TABLE_DECISIONS, DECISION_KEEP_DAYS } = this.#tables;
    const rows = decisions.map((decision) => decisionRow(decision, expiresAt(decision.decidedAt, DECISION_KEEP_DAYS)));
    await batchWrite(this.#dynamodb, TABLE_DECISIONS, rows);
  }

  /** Marks rows whose outbox decisions are all in the decisions table: their outboxes need not be parsed again. */
  settle(rows: Iterable<StoredPresence>): void {
    for (const row of rows) this.#settled.add(row);
  }

  async writeDoorEvents(events: readonly DoorEventEntry[]): Promise<void> {
    const { TABLE_DOOR_EVENTS, DECISION_KEEP_DAYS } = this.#tables;
    const rows = events.map((event) => doorEventRow(event, DECISION_KEEP_DAYS));
    // BatchWriteItem refuses duplicate keys, and a reader may post an event twice.
    const distinctRows = new Map(rows.map((row) => [`${row.readerKey}/${row.eventId}`, row]));
    await batchWrite(this.#dynamodb, TABLE_DOOR_EVENTS, Array.from(distinctRows.values()));
  }
}

/** Drops repeats: a swipe may be posted twice and come twice in a batch. */
function distinct(swipes: readonly StreamSwipe[]): Iterable<StreamSwipe> {
  return swipes.length === 1 ? swipes : new Map(swipes.map((each) => [each.swipe.swipeId, each])).values();
}

/** @returns an empty result of a read */
export function noRows<Value>(): ReadRows<Value> {
  return { rows: new Map(), unreadable: new Map() };
}

function whyWrong(tableName: string, key: string): string {
  return `The row of ${key} in ${tableName} is invalid: correct it, then redrive the swipes.`;
}

function doorEventRow(event: DoorEventEntry, keepDays: number) {
  const { tenantId, eventId, readerId, type, occurredAt, receivedAt } = event;
  return {
    readerKey: tenantKey(tenantId, readerId),
    ...event,
    ...(ALARMS.has(type) ? { alarmDay: alarmDay(tenantId, occurredAt), alarmKey: alarmKey(occurredAt, eventId) } : {}),
    expiresAt: expiresAt(receivedAt, keepDays),
  };
}
