import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { Card, compile, Decision, Employee, type SwipeRecord, tenantKey } from '../../gateway/contract/index.js';
import { batchGet, type Row, type TableKey } from '../dynamodb/batch-get.js';
import { batchWrite } from '../dynamodb/batch-write.js';
import { batchWriteIf, type WriteResult } from '../dynamodb/batch-write-if.js';
import { decisionRow } from './decision-row.js';
import { type DoorEventEntry, doorEventRow } from './door-event-row.js';
import type { DecideEnvironment } from './environment.js';
import { type Presence, presenceOf, presenceRow } from './presence.js';

/** What the tables hold about some cards. Keys of the maps are tenant/card, tenant/employee and {@link swipeKeyOf}. */
export interface StoredFacts {
  cards: Map<string, Card>;
  presence: Map<string, Presence>;
  decisions: Map<string, Decision>;
}

/** A row that is not what this code writes: somebody else's, or of a version that was never released. */
export class StoreError extends Error {
  override readonly name = 'StoreError';
  readonly code = 'ROW_UNREADABLE';
}

type Tables = Pick<
  DecideEnvironment,
  'TABLE_CARDS' | 'TABLE_EMPLOYEES' | 'TABLE_PRESENCE' | 'TABLE_DECISIONS' | 'TABLE_DOOR_EVENTS' | 'DECISION_KEEP_DAYS'
>;

const isCard = compile(Card);
const isEmployee = compile(Employee);
const isDecision = compile(Decision);

export function cardKeyOf({ tenantId, cardId }: SwipeRecord): string {
  return tenantKey(tenantId, cardId);
}

/** A swipeId used for two cards stands for two swipes. */
export function swipeKeyOf({ tenantId, swipeId, cardId }: SwipeRecord | Decision): string {
  return `${tenantKey(tenantId, swipeId)}/${cardId}`;
}

/** The tables, as far as decide reads and writes them; all reads are strongly consistent. */
export class Store {
  readonly #dynamodb: DynamoDBClient;
  readonly #tables: Tables;

  constructor(dynamodb: DynamoDBClient, tables: Tables) {
    this.#dynamodb = dynamodb;
    this.#tables = tables;
  }

  /** Cards, where their holders are, and which of the swipes have their decision. */
  async readFacts(swipes: readonly SwipeRecord[]): Promise<StoredFacts> {
    const { TABLE_CARDS, TABLE_PRESENCE, TABLE_DECISIONS } = this.#tables;
    const keys: TableKey[] = [];
    for (const cardKey of new Set(swipes.map(cardKeyOf))) {
      keys.push({ tableName: TABLE_CARDS, key: { cardKey } }, { tableName: TABLE_PRESENCE, key: { cardKey } });
    }
    for (const swipe of new Map(swipes.map((swipe) => [swipeKeyOf(swipe), swipe])).values()) {
      const swipeKey = tenantKey(swipe.tenantId, swipe.swipeId);
      keys.push({ tableName: TABLE_DECISIONS, key: { swipeKey, cardId: swipe.cardId } });
    }
    const rows = await batchGet(this.#dynamodb, keys);
    const facts: StoredFacts = { cards: new Map(), presence: new Map(), decisions: new Map() };
    for (const row of rows.get(TABLE_CARDS) ?? []) facts.cards.set(String(row['cardKey']), read(isCard, row));
    for (const row of rows.get(TABLE_PRESENCE) ?? []) {
      facts.presence.set(String(row['cardKey']), presenceOf(row) ?? unreadable(row));
    }
    for (const row of rows.get(TABLE_DECISIONS) ?? []) {
      const decision = read(isDecision, withoutTableKeys(row));
      facts.decisions.set(swipeKeyOf(decision), decision);
    }
    return facts;
  }

  async readEmployees(employeeKeys: Iterable<string>): Promise<Map<string, Employee>> {
    const tableName = this.#tables.TABLE_EMPLOYEES;
    const keys = Array.from(employeeKeys, (employeeKey) => ({ tableName, key: { employeeKey } }));
    const rows = await batchGet(this.#dynamodb, keys);
    return new Map((rows.get(tableName) ?? []).map((row) => [String(row['employeeKey']), read(isEmployee, row)]));
  }

  /** Writes cards' rows, each unless another write came after the one whose version it follows. @returns what became of each */
  async commit(rows: readonly Presence[]): Promise<WriteResult[]> {
    return batchWriteIf(
      this.#dynamodb,
      this.#tables.TABLE_PRESENCE,
      rows.map((presence) => {
        const { cardKey, ...values } = presenceRow(presence);
        return {
          key: { cardKey },
          values,
          was: presence.version === 1 ? undefined : { version: presence.version - 1 },
        };
      }),
    );
  }

  /** A decision that is there already is replaced by the same bytes. */
  async writeDecisions(decisions: readonly Decision[]): Promise<void> {
    const { TABLE_DECISIONS, DECISION_KEEP_DAYS } = this.#tables;
    await batchWrite(
      this.#dynamodb,
      TABLE_DECISIONS,
      decisions.map((decision) => decisionRow(decision, DECISION_KEEP_DAYS)),
    );
  }

  async writeDoorEvents(events: readonly DoorEventEntry[]): Promise<void> {
    const { TABLE_DOOR_EVENTS, DECISION_KEEP_DAYS } = this.#tables;
    // One call must not name a row twice, and a reader may have posted an event twice.
    const rows = new Map(
      events.map((event) => {
        const row = doorEventRow(event, DECISION_KEEP_DAYS);
        return [`${row.readerKey}/${event.eventId}`, row];
      }),
    );
    await batchWrite(this.#dynamodb, TABLE_DOOR_EVENTS, Array.from(rows.values()));
  }
}

function read<Value>(isValue: (row: unknown) => row is Value, row: Row): Value {
  return isValue(row) ? row : unreadable(row);
}

function unreadable(row: Row): never {
  const key = row['cardKey'] ?? row['employeeKey'] ?? row['swipeId'];
  throw new StoreError(
    `The row of ${String(key)} is not what it should be: correct it, and the swipe will be decided.`,
  );
}

function withoutTableKeys(row: Row): Row {
  return Object.fromEntries(Object.entries(row).filter(([name]) => name in Decision.properties));
}
