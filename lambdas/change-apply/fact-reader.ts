import { type DynamoDBClient, GetItemCommand, paginateQuery } from '@aws-sdk/client-dynamodb';
import { attributeOf, itemOf, rowOf } from '@swipegate/aws/attributes';
import { batchGet, type Row, type TableKey } from '@swipegate/aws/batch-get';
import { queryPages } from '@swipegate/aws/pages';
import { type Card, Change, compile, INDEXES, type SiteKind, Tenant, tenantKey } from '@swipegate/contract';
import { cardOf, holdsOf } from '@swipegate/contract/back-office/holds';
import { jsonAttribute } from '@swipegate/contract/values/formats';
import { rowsInside } from '@swipegate/movements/rows-inside';
import { cardsOf, employeeOf, erasedKey } from '../stores/employee-row.js';
import { type Presence, presenceOf, unexpired } from '../stores/presence.js';
import { SiteCache, type SiteIndex } from '../stores/site-cache.js';
import type { ChangeApplyEnvironment } from './environment.js';
import { type ChangeFacts, type LateBlock, ReaderKeys, StoredDevice, StoredOperatorKey } from './rules/facts.js';

type Tables = Pick<
  ChangeApplyEnvironment,
  'TABLE_CHANGES' | 'TABLE_CARDS' | 'TABLE_EMPLOYEES' | 'TABLE_SITE' | 'TABLE_PRESENCE'
>;

const isChange = compile(Change);
const isReaderKeys = compile(ReaderKeys);
const isTenant = compile(Tenant);
const isDevice = compile(StoredDevice);
const isOperatorKey = compile(StoredOperatorKey);
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
      wasErased: false,
      employeeCards: new Map(),
      lateBlocks: [],
      presence: new Map(),
      formerHolder: undefined,
      host: undefined,
      cardHolder: undefined,
      site: await this.#siteFor(tenantId, content),
      storedTenant: undefined,
      readerKeys: [],
      operatorKey: undefined,
      devices: [],
      accessLevelHeld: false,
      peopleInside: 0,
    };
    switch (content.type) {
      case 'link-card': {
        const people = await this.#people(tenantId, content);
        const presence = await this.#presence(tenantId, [content.cardId]);
        const { inside, employeeId } = presence.get(content.cardId) ?? {};
        const isOther = inside !== undefined && employeeId !== undefined && employeeId !== content.employeeId;
        const formerHolder = isOther ? (await this.#people(tenantId, { employeeId })).employee : undefined;
        return { ...facts, ...people, presence, formerHolder };
      }
      case 'set-visit': {
        const [people, { employee: host }] = await Promise.all([
          this.#people(tenantId, { employeeId: content.employeeId }),
          this.#people(tenantId, { employeeId: content.visit.hostId }),
        ]);
        return { ...facts, ...people, host };
      }
      case 'check-in-visit': {
        const { cardId, employeeId } = content;
        const [people, presence] = await Promise.all([
          this.#people(tenantId, { cardId, employeeId }),
          this.#presence(tenantId, [cardId]),
        ]);
        const other = async (id: string | undefined) =>
          id === undefined || id === employeeId
            ? undefined
            : (await this.#people(tenantId, { employeeId: id })).employee;
        const { inside, employeeId: personInside } = presence.get(cardId) ?? {};
        const cardHolder = await other(people.card?.employeeId);
        const formerHolder = inside === undefined ? undefined : await other(personInside);
        return { ...facts, ...people, presence, cardHolder, formerHolder };
      }
      case 'check-out-visit':
      case 'erase-employee':
        return { ...facts, ...(await this.#people(tenantId, content)) };
      case 'mark-outside': {
        const { cardId } = content;
        const shown = await this.#presence(tenantId, cardId === undefined ? [] : [cardId]);
        const employeeId = content.employeeId ?? (cardId === undefined ? undefined : shown.get(cardId)?.employeeId);
        if (employeeId === undefined) return { ...facts, presence: shown };
        const people = await this.#people(tenantId, { employeeId });
        const others = (people.employee === undefined ? [] : cardsOf(people.employee)).filter((id) => id !== cardId);
        const presence = new Map([...shown, ...(await this.#presence(tenantId, others))]);
        return { ...facts, ...people, presence };
      }
      case 'trace-card':
      case 'change-card': {
        const { card } = await this.#people(tenantId, content);
        return card?.employeeId === undefined
          ? { ...facts, card }
          : { ...facts, ...(await this.#people(tenantId, card)) };
      }
      case 'patch-employee':
      case 'permit-zone':
      case 'withdraw-permit':
        return { ...facts, ...(await this.#people(tenantId, { employeeId: content.employeeId })) };
      case 'set-employee':
        return { ...facts, ...(await this.#people(tenantId, content.employee)) };
      case 'set-tenant':
        return { ...facts, storedTenant: await this.#tenant(tenantId) };
      case 'set-reader':
      case 'issue-reader-key': {
        const { readerId } = content.type === 'set-reader' ? content.reader : content;
        const [readerKeys, storedTenant, devices] = await Promise.all([
          this.#readerKeys(tenantId, readerId),
          this.#tenant(tenantId),
          content.type === 'set-reader' ? this.#devices(tenantId) : [],
        ]);
        return { ...facts, readerKeys, storedTenant, devices };
      }
      case 'remove-building':
        return { ...facts, peopleInside: await this.#peopleInside(tenantId, content.buildingId) };
      case 'remove-zone': {
        const { zoneId } = content;
        const buildingId = facts.site.zones.get(zoneId)?.buildingId;
        if (buildingId === undefined) return facts;
        return { ...facts, peopleInside: await this.#peopleInside(tenantId, buildingId, zoneId) };
      }
      case 'issue-operator-key':
      case 'revoke-operator-key': {
        const row = await this.#siteRow(tenantId, 'operator-keys', content.keyId);
        return { ...facts, operatorKey: isOperatorKey(row) ? row : undefined };
      }
      case 'remove-access-level':
        return { ...facts, accessLevelHeld: await this.#isHeld(tenantId, content.accessLevelId) };
      case 'set-device':
      case 'remove-device':
      case 'issue-device-key':
      case 'revoke-device-key':
      case 'command-device': {
        const [devices, storedTenant] = await Promise.all([this.#devices(tenantId), this.#tenant(tenantId)]);
        return { ...facts, devices, storedTenant };
      }
      case 'remove-reader': {
        const [readerKeys, devices] = await Promise.all([
          this.#readerKeys(tenantId, content.readerId),
          this.#devices(tenantId),
        ]);
        return { ...facts, readerKeys, devices };
      }
      case 'revoke-reader-key':
        return { ...facts, readerKeys: await this.#readerKeys(tenantId, content.readerId) };
      default:
        return facts;
    }
  }

  /** Reads the site from the table if an earlier change may just have created what this one names. */
  async #siteFor(tenantId: string, content: Change['content']): Promise<SiteIndex> {
    if (content.type === 'change-card' || content.type === 'erase-employee' || content.type === 'mark-outside')
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
  ): Promise<Pick<ChangeFacts, 'card' | 'employee' | 'wasErased' | 'employeeCards' | 'lateBlocks'>> {
    const { TABLE_CARDS, TABLE_EMPLOYEES } = this.#tables;
    const rows = await batchGet(this.#dynamodb, [
      ...(cardId === undefined ? [] : [this.#cardKey(tenantId, cardId)]),
      ...(employeeId === undefined
        ? []
        : [tenantKey(tenantId, employeeId), erasedKey(tenantId, employeeId)].map((employeeKey) => ({
            tableName: TABLE_EMPLOYEES,
            key: { employeeKey },
          }))),
    ]);
    const employees = rows.get(TABLE_EMPLOYEES) ?? [];
    const cardRow = rows.get(TABLE_CARDS)?.[0];
    const card = optional(named(cardRow, 'cardId'), cardOf, `card ${cardId}`);
    const employee = optional(
      employees.find((row) => row['employeeId'] !== undefined),
      employeeOf,
      `employee ${employeeId}`,
    );
    const [employeeCards, lateBlocks] = await Promise.all([
      this.#cards(tenantId, employee?.cardIds ?? []),
      card === undefined ? this.#lateBlocks(tenantId, cardRow) : [],
    ]);
    const wasErased = employees.some((row) => row['erasedAt'] !== undefined);
    return { card, employee, wasErased, employeeCards, lateBlocks };
  }

  /** The holds of an unknown card whose changes had their turn. */
  async #lateBlocks(tenantId: string, row: Row | undefined): Promise<LateBlock[]> {
    const found = await Promise.all(
      holdsOf(row).map(async ({ hold, action, changeId }): Promise<LateBlock[]> => {
        const { Item } = await this.#dynamodb.send(
          new GetItemCommand({
            TableName: this.#tables.TABLE_CHANGES,
            Key: itemOf({ changeKey: tenantKey(tenantId, changeId) }),
            ConsistentRead: true,
          }),
        );
        const { change: text, outcome } = Item === undefined ? {} : rowOf(Item);
        const change = jsonAttribute(text);
        if (outcome === undefined || !isChange(change)) return [];
        return [{ hold, action, requestedAt: change.requestedAt }];
      }),
    );
    return found.flat();
  }

  async #cards(tenantId: string, cardIds: readonly string[]): Promise<Map<string, Card>> {
    const keys = cardIds.map((cardId) => this.#cardKey(tenantId, cardId));
    const rows = await batchGet(this.#dynamodb, keys);
    const cards = (rows.get(this.#tables.TABLE_CARDS) ?? []).map((row) => {
      const card = optional(row, cardOf, `card ${String(row['cardId'])}`);
      return card === undefined ? [] : [[card.cardId, card] as const];
    });
    return new Map(cards.flat());
  }

  /** Leaves out rows that are missing or cannot be read. */
  async #presence(tenantId: string, cardIds: readonly string[]): Promise<Map<string, Presence>> {
    const tableName = this.#tables.TABLE_PRESENCE;
    const keys = cardIds.map((cardId) => ({ tableName, key: { cardKey: tenantKey(tenantId, cardId) } }));
    const nowMs = Date.now();
    const found = new Map<string, Presence>();
    for (const row of (await batchGet(this.#dynamodb, keys)).get(tableName) ?? []) {
      const presence = presenceOf(row);
      if (presence !== undefined) found.set(presence.cardKey.slice(tenantId.length + 1), unexpired(presence, nowMs));
    }
    return found;
  }

  #cardKey(tenantId: string, cardId: string): TableKey {
    return { tableName: this.#tables.TABLE_CARDS, key: { cardKey: tenantKey(tenantId, cardId) } };
  }

  async #readerKeys(tenantId: string, readerId: string): Promise<ChangeFacts['readerKeys']> {
    const row = await this.#siteRow(tenantId, 'reader-keys', readerId);
    // The tombstone of a removed reader has no keys.
    return isReaderKeys(row) ? row.keys : [];
  }

  /** Leaves out tombstones, and rows that cannot be read. */
  async #devices(tenantId: string): Promise<StoredDevice[]> {
    const { TABLE_SITE: tableName } = this.#tables;
    const key = ['siteKey', tenantKey(tenantId, 'devices' satisfies SiteKind)] as const;
    const devices: StoredDevice[] = [];
    for await (const rows of queryPages(this.#dynamodb, { tableName, key })) {
      for (const row of rows) if (isDevice(row)) devices.push(row);
    }
    return devices;
  }

  async #tenant(tenantId: string): Promise<Tenant | undefined> {
    const row = await this.#siteRow(tenantId, 'tenant', tenantId);
    return isTenant(row) ? row : undefined;
  }

  async #siteRow(tenantId: string, kind: SiteKind, id: string): Promise<Row | undefined> {
    const { TABLE_SITE: tableName } = this.#tables;
    const key = { siteKey: tenantKey(tenantId, kind), id };
    return (await batchGet(this.#dynamodb, [{ tableName, key }])).get(tableName)?.[0];
  }

  /** The index by building is eventually consistent: someone who enters at this moment is not counted. */
  async #peopleInside(tenantId: string, buildingId: string, zoneId?: string): Promise<number> {
    const request = { buildingKey: tenantKey(tenantId, buildingId), zoneId, nowMs: Date.now() };
    return (await rowsInside(this.#dynamodb, this.#tables.TABLE_PRESENCE, request)).length;
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

/** A row without the thing's id has only holds. */
function named(row: Row | undefined, id: string): Row | undefined {
  return row?.[id] === undefined ? undefined : row;
}

function optional<Value>(
  row: Row | undefined,
  parse: (row: Row) => Value | undefined,
  name: string,
): Value | undefined {
  if (row === undefined) return undefined;
  const value = parse(row);
  if (value !== undefined) return value;
  throw new UnreadableRowError(`The row of the ${name} is invalid. Have an operator correct it, then try again.`);
}
