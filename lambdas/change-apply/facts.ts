import { type DynamoDBClient, paginateQuery } from '@aws-sdk/client-dynamodb';
import { attributeOf } from '@swipegate/aws/attributes';
import { batchGet, type Row, type TableKey } from '@swipegate/aws/batch-get';
import {
  Card,
  type Change,
  compile,
  EmployeeId,
  INDEXES,
  KeyId,
  type SiteKind,
  Timestamp,
  tenantKey,
} from '@swipegate/contract';
import Type from 'typebox';
import { SiteCache, type SiteIndex } from '../stores/site-cache.js';
import type { ChangeApplyEnvironment } from './environment.js';

/** A row of the employees table, with the members that the contract's Employee lacks. */
export const EmployeeRow = Type.Object({
  employeeId: EmployeeId,
  name: Type.String(),
  active: Type.Boolean(),
  accessLevelIds: Type.Array(Type.String()),
  /** Linked cards, in any state. */
  cardIds: Type.Optional(Type.Array(Card.properties.cardId)),
});
export type EmployeeRow = Type.Static<typeof EmployeeRow>;

/** One of a reader's keys. The row of kind `reader-keys` in the site table holds all of them. */
const ReaderKey = Type.Object({
  keyId: KeyId,
  keyHash: Type.String(),
  issuedAt: Type.Optional(Timestamp),
  /** The key is rejected from this instant on. */
  notAfter: Type.Optional(Timestamp),
});
export type ReaderKey = Type.Static<typeof ReaderKey>;
export const ReaderKeys = Type.Object({ keys: Type.Array(ReaderKey) });

/** Facts that a change depends on, as stored after all earlier changes. Missing ones are undefined or empty. */
export interface ChangeFacts {
  card: Card | undefined;
  /** The employee that the change names, or the card's holder. */
  employee: EmployeeRow | undefined;
  /** The employee's cards, by cardId. */
  employeeCards: ReadonlyMap<string, Card>;
  site: SiteIndex;
  readerKeys: readonly ReaderKey[];
  /** Whether any employee has the access level to be removed. */
  accessLevelHeld: boolean;
}

type Tables = Pick<ChangeApplyEnvironment, 'TABLE_CARDS' | 'TABLE_EMPLOYEES' | 'TABLE_SITE'>;

const isCard = compile(Card);
const isEmployee = compile(EmployeeRow);
const isReaderKeys = compile(ReaderKeys);
const RECENT_SITE_MS = 5_000;

/** A stored row does not match its schema. The change is rejected; an operator must repair the row. */
export class UnreadableRowError extends Error {
  override readonly name = 'UnreadableRowError';
  readonly code = 'ROW_UNREADABLE';
}

/** Reads the facts that a change depends on; strongly consistent, except for who holds an access level. */
export class FactReader {
  readonly #dynamodb: DynamoDBClient;
  readonly #tables: Tables;
  /** Some seconds old, which is enough to look up buildings and zones. */
  readonly #recentSites: SiteCache;
  readonly #freshSites: SiteCache;

  constructor(dynamodb: DynamoDBClient, tables: Tables) {
    this.#dynamodb = dynamodb;
    this.#tables = tables;
    this.#recentSites = new SiteCache(dynamodb, { tableName: tables.TABLE_SITE, maxAgeMs: RECENT_SITE_MS });
    this.#freshSites = new SiteCache(dynamodb, { tableName: tables.TABLE_SITE, maxAgeMs: 0 });
  }

  /** @throws {UnreadableRowError} and what the SDK throws */
  async read({ tenantId, content }: Change): Promise<ChangeFacts> {
    const facts: ChangeFacts = {
      card: undefined,
      employee: undefined,
      employeeCards: new Map(),
      site: await this.#siteFor(tenantId, content),
      readerKeys: [],
      accessLevelHeld: false,
    };
    switch (content.type) {
      case 'link-card':
      case 'erase-employee':
        return { ...facts, ...(await this.#people(tenantId, content)) };
      case 'change-card': {
        const { card } = await this.#people(tenantId, content);
        return card?.employeeId === undefined
          ? { ...facts, card }
          : { ...facts, ...(await this.#people(tenantId, card)) };
      }
      case 'set-employee':
        return { ...facts, ...(await this.#people(tenantId, content.employee)) };
      case 'remove-access-level':
        return { ...facts, accessLevelHeld: await this.#isHeld(tenantId, content.accessLevelId) };
      case 'remove-reader':
      case 'issue-reader-key':
      case 'revoke-reader-key':
        return { ...facts, readerKeys: await this.#readerKeys(tenantId, content.readerId) };
      default:
        return facts;
    }
  }

  /** Reads the site from the table if an earlier change may just have created what this one names. */
  async #siteFor(tenantId: string, content: Change['content']): Promise<SiteIndex> {
    if (content.type === 'change-card' || content.type === 'erase-employee')
      return this.#recentSites.siteOf(tenantId, []);
    if (content.type === 'link-card') {
      const { buildingId, zoneId } = content;
      const site = await this.#recentSites.siteOf(tenantId, []);
      if (site.buildings.has(buildingId) && (zoneId === undefined || site.zones.has(zoneId))) return site;
    }
    return this.#freshSites.siteOf(tenantId, []);
  }

  async #people(
    tenantId: string,
    { cardId, employeeId }: { cardId?: string; employeeId?: string },
  ): Promise<Pick<ChangeFacts, 'card' | 'employee' | 'employeeCards'>> {
    const { TABLE_CARDS, TABLE_EMPLOYEES } = this.#tables;
    const rows = await batchGet(this.#dynamodb, [
      ...(cardId === undefined ? [] : [this.#cardKey(tenantId, cardId)]),
      ...(employeeId === undefined
        ? []
        : [{ tableName: TABLE_EMPLOYEES, key: { employeeKey: tenantKey(tenantId, employeeId) } }]),
    ]);
    const card = optional(rows.get(TABLE_CARDS)?.[0], isCard, `card ${cardId}`);
    const employee = optional(rows.get(TABLE_EMPLOYEES)?.[0], isEmployee, `employee ${employeeId}`);
    return { card, employee, employeeCards: await this.#cards(tenantId, employee?.cardIds ?? []) };
  }

  async #cards(tenantId: string, cardIds: readonly string[]): Promise<Map<string, Card>> {
    const keys = cardIds.map((cardId) => this.#cardKey(tenantId, cardId));
    const rows = await batchGet(this.#dynamodb, keys);
    const cards = (rows.get(this.#tables.TABLE_CARDS) ?? []).map((row) => {
      const card = optional(row, isCard, `card ${String(row['cardId'])}`);
      return card === undefined ? [] : [[card.cardId, card] as const];
    });
    return new Map(cards.flat());
  }

  #cardKey(tenantId: string, cardId: string): TableKey {
    return { tableName: this.#tables.TABLE_CARDS, key: { cardKey: tenantKey(tenantId, cardId) } };
  }

  async #readerKeys(tenantId: string, readerId: string): Promise<ChangeFacts['readerKeys']> {
    const { TABLE_SITE: tableName } = this.#tables;
    const key = { siteKey: tenantKey(tenantId, 'reader-keys' satisfies SiteKind), id: readerId };
    const row = (await batchGet(this.#dynamodb, [{ tableName, key }])).get(tableName)?.[0];
    // The tombstone of a removed reader has no keys.
    return isReaderKeys(row) ? row.keys : [];
  }

  async #isHeld(tenantId: string, accessLevelId: string): Promise<boolean> {
    const pages = paginateQuery(
      { client: this.#dynamodb },
      {
        TableName: this.#tables.TABLE_EMPLOYEES,
        IndexName: INDEXES.employees.byName,
        KeyConditionExpression: 'tenantId = :tenantId',
        FilterExpression: 'contains(accessLevelIds, :level)',
        ExpressionAttributeValues: { ':tenantId': attributeOf(tenantId), ':level': attributeOf(accessLevelId) },
      },
    );
    for await (const { Items = [] } of pages) if (Items.length > 0) return true;
    return false;
  }
}

function optional<Value>(
  row: Row | undefined,
  isValue: (row: unknown) => row is Value,
  name: string,
): Value | undefined {
  if (row === undefined || isValue(row)) return row;
  throw new UnreadableRowError(`The row of the ${name} is invalid. Have an operator correct it, then try again.`);
}
