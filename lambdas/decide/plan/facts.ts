import { type Card, type Decision, tenantKey, type Visit } from '@swipegate/contract';
import { cardsOf, type EmployeeRow } from '../../stores/employee-row.js';
import type { Presence, StoredPresence } from '../../stores/presence.js';
import type { UnreadableRow } from '../../stores/replace-unreadable.js';
import type { SiteCache, SiteIndex } from '../../stores/site-cache.js';
import type { ZoneState } from '../../stores/zone-state.js';
import { employeeKeyOf, swipeKeyOf } from '../records/keys.js';
import type { ByCard } from '../records/records.js';
import { looksAtOthers } from '../rules/zone-rules.js';
import { readersByTenant } from '../stores/reader-contacts.js';
import { noRows, type ReadRows, type Store, type StoredFacts } from '../stores/store.js';
import type { TenantZone, ZoneStore } from '../stores/zone-store.js';

/** All rows that decide a batch, by tenant/card, tenant/employee, {@link swipeKeyOf}, tenant (sites) or tenant/zone. */
export interface BatchFacts {
  cards: ReadonlyMap<string, Card>;
  employees: ReadonlyMap<string, EmployeeRow>;
  presence: ReadonlyMap<string, StoredPresence>;
  /** Rows of further cards that cardholders of the batch have or had. Most people have one card, and none of these. */
  otherPresence: ReadonlyMap<string, Presence>;
  decisions: ReadonlyMap<string, Decision>;
  /** Keys of the hosts' cards, by tenant/employee of the host. Only of visitors who need an escort. */
  hostCards: ReadonlyMap<string, readonly string[]>;
  sites: ReadonlyMap<string, SiteIndex>;
  /** Zones that the batch may touch and whose rules depend on who else is inside. */
  zones: ReadonlyMap<string, ZoneState>;
}

/** An unreadable row, and a card that depends on it. */
export interface Trouble extends UnreadableRow {
  cardKey: string;
}

export interface ReadFacts {
  facts: BatchFacts;
  /** All unreadable rows, each once for every card that depends on it. */
  troubles: Trouble[];
  /** Reasons for which a card opens no door, by tenant/card: its row or its holder's is unreadable. Its way out is open. */
  shutCards: ReadonlyMap<string, string>;
  /** Reasons for which a swipe cannot be decided, by {@link swipeKeyOf}: its earlier decision is unreadable. */
  decidedUnreadably: ReadonlyMap<string, string>;
}

export interface FactSources {
  store: Pick<Store, 'readFacts' | 'readEmployees' | 'readPresence'>;
  zones: Pick<ZoneStore, 'read'>;
  sites: Pick<SiteCache, 'siteOf'>;
}

/**
 * Reads everything that the decisions depend on, in two rounds. The first reads the rows that swipes name: cards,
 * presence, sites. The second reads the rows that those name: cardholders and, in parallel, zones. A third round
 * follows only for people with several cards, whose place may be in the row of another one. @param nowMs ms since the
 * epoch
 */
export async function readFacts(cards: ByCard, sources: FactSources, nowMs: number): Promise<ReadFacts> {
  const [stored, sites] = await Promise.all([sources.store.readFacts(cards, nowMs), sitesOf(cards, sources)]);
  const holders = holdersOf(cards, stored);
  const touched = zonesOf(cards, stored, sites);
  const [employees, zones] = await Promise.all([
    sources.store.readEmployees(new Set(holders.map(([, employeeKey]) => employeeKey))),
    sources.zones.read(touched.zones),
  ]);
  const hostCards = await hostCardsOf(employees.rows, sources);
  const others = [
    ...otherCardsOf(employees.rows, cards),
    ...cardsOfHosts(holders, employees.rows, { hostCards, cards }),
  ];
  const elsewhere = others.length === 0 ? NOWHERE : await readElsewhere(others, { sites, zones, sources, nowMs });
  const shut = [...entriesOf(stored.cards.unreadable), ...dependents(holders, employees.unreadable)];
  const decided = stored.decisions.unreadable;
  return {
    facts: {
      cards: stored.cards.rows,
      presence: stored.presence.rows,
      otherPresence: elsewhere.presence,
      decisions: stored.decisions.rows,
      hostCards,
      sites,
      employees: employees.rows,
      zones: elsewhere.zones.size === 0 ? zones.rows : new Map([...zones.rows, ...elsewhere.zones]),
    },
    troubles: [
      ...shut,
      ...elsewhere.troubles,
      ...entriesOf(stored.presence.unreadable),
      ...dependents(touched.cards, zones.unreadable),
      ...readerTroubles(cards, sites),
      ...Array.from(cards).flatMap(([cardKey, swipes]) =>
        decided.size === 0 ? [] : swipes.flatMap(({ swipe }) => troubleOf(cardKey, decided.get(swipeKeyOf(swipe)))),
      ),
    ],
    shutCards: new Map(shut.map(({ cardKey, reason }) => [cardKey, reason])),
    decidedUnreadably: new Map(Array.from(decided, ([swipeKey, { reason }]) => [swipeKey, reason])),
  };
}

/** Facts about people's other cards: their rows, the zones of the places in these rows, and unreadable rows. */
interface Elsewhere {
  presence: ReadonlyMap<string, Presence>;
  zones: ReadonlyMap<string, ZoneState>;
  troubles: readonly Trouble[];
}

const NOWHERE: Elsewhere = { presence: new Map(), zones: new Map(), troubles: [] };

const NO_HOSTS: ReadonlyMap<string, readonly string[]> = new Map();

/** Reads the cards of the hosts of visitors who need an escort. Nothing is read if there are none. */
async function hostCardsOf(
  employees: ReadonlyMap<string, EmployeeRow>,
  { store }: Pick<FactSources, 'store'>,
): Promise<ReadonlyMap<string, readonly string[]>> {
  let keys: Set<string> | undefined;
  for (const [employeeKey, { visit }] of employees) {
    const hostKey = hostKeyOf(employeeKey, visit);
    if (hostKey !== undefined) keys = (keys ?? new Set()).add(hostKey);
  }
  if (keys === undefined) return NO_HOSTS;
  const hosts = await store.readEmployees(keys);
  return new Map(
    Array.from(hosts.rows, ([hostKey, { cardIds = [], visit }]) => {
      const tenantId = hostKey.slice(0, hostKey.indexOf('/'));
      // A visitor escorts no one.
      return [hostKey, visit === undefined ? cardIds.map((cardId) => tenantKey(tenantId, cardId)) : []];
    }),
  );
}

/** Returns the key of the host whose swipe lets a visitor in, if the visit needs an escort. */
export function hostKeyOf(employeeKey: string, visit: Visit | undefined): string | undefined {
  if (visit?.escortSeconds === undefined) return undefined;
  return tenantKey(employeeKey.slice(0, employeeKey.indexOf('/')), visit.hostId);
}

/** Returns the cards of hosts outside the batch, each with the visitor's card in it. */
function cardsOfHosts(
  holders: readonly (readonly [cardKey: string, employeeKey: string])[],
  employees: ReadonlyMap<string, EmployeeRow>,
  { hostCards, cards }: { hostCards: ReadonlyMap<string, readonly string[]>; cards: ByCard },
): OtherCard[] {
  if (hostCards.size === 0) return [];
  return holders.flatMap(([by, employeeKey]) => {
    const hostKey = hostKeyOf(employeeKey, employees.get(employeeKey)?.visit);
    const keys = hostKey === undefined ? [] : (hostCards.get(hostKey) ?? []);
    return keys.flatMap((cardKey): OtherCard[] => (cards.has(cardKey) ? [] : [[by, cardKey]]));
  });
}

type OtherCard = readonly [by: string, cardKey: string];

/** Returns the cards outside the batch whose rows may hold the place of one of its cardholders, each with their card in it. */
function otherCardsOf(employees: ReadonlyMap<string, EmployeeRow>, cards: ByCard): OtherCard[] {
  const others: OtherCard[] = [];
  for (const [employeeKey, employee] of employees) {
    const cardIds = cardsOf(employee);
    if (cardIds.length < 2) continue;
    const tenantId = employeeKey.slice(0, employeeKey.indexOf('/'));
    const keys = cardIds.map((cardId) => tenantKey(tenantId, cardId));
    const by = keys.find((cardKey) => cards.has(cardKey));
    if (by === undefined) continue;
    for (const cardKey of keys) if (!cards.has(cardKey)) others.push([by, cardKey]);
  }
  return others;
}

async function readElsewhere(
  others: readonly OtherCard[],
  {
    sites,
    zones: known,
    sources: { store, zones },
    nowMs,
  }: { sites: BatchFacts['sites']; zones: ReadRows<ZoneState>; sources: FactSources; nowMs: number },
): Promise<Elsewhere> {
  const { rows, unreadable } = await store.readPresence(new Set(others.map(([, cardKey]) => cardKey)), nowMs);
  const found = new Map<string, TenantZone>();
  const touching: [cardKey: string, zoneKey: string][] = [];
  for (const [by, cardKey] of others) {
    const tenantId = cardKey.slice(0, cardKey.indexOf('/'));
    const zoneId = rows.get(cardKey)?.inside?.zoneId;
    const zone = zoneId === undefined ? undefined : sites.get(tenantId)?.zones.get(zoneId);
    if (zone === undefined || !looksAtOthers(zone)) continue;
    const zoneKey = tenantKey(tenantId, zone.zoneId);
    if (known.rows.has(zoneKey)) continue;
    found.set(zoneKey, { tenantId, zone });
    touching.push([by, zoneKey]);
  }
  const left = found.size === 0 ? noRows<ZoneState>() : await zones.read(found);
  const troubles = [...dependents(others, unreadable), ...dependents(touching, left.unreadable)];
  return { presence: rows, zones: left.rows, troubles };
}

function entriesOf(unreadable: ReadonlyMap<string, UnreadableRow>): Trouble[] {
  return Array.from(unreadable, ([cardKey, row]) => ({ cardKey, ...row }));
}

function troubleOf(cardKey: string, row: UnreadableRow | undefined): Trouble[] {
  return row === undefined ? [] : [{ cardKey, ...row }];
}

/** Returns the readers of the swipes whose rows cannot be read. */
function readerTroubles(cards: ByCard, sites: ReadonlyMap<string, SiteIndex>): Trouble[] {
  if (!Array.from(sites.values()).some(({ unreadableReaders }) => unreadableReaders !== undefined)) return [];
  return Array.from(cards).flatMap(([cardKey, swipes]) =>
    swipes.flatMap(({ swipe: { tenantId, readerId } }) => {
      const reason = sites.get(tenantId)?.unreadableReaders?.get(readerId);
      return reason === undefined ? [] : [{ cardKey, reason }];
    }),
  );
}

/** Returns the unreadable rows of the cards that depend on them. */
function dependents(
  cardsAndKeys: readonly (readonly [cardKey: string, key: string])[],
  unreadable: ReadonlyMap<string, UnreadableRow>,
): Trouble[] {
  if (unreadable.size === 0) return [];
  return cardsAndKeys.flatMap(([cardKey, key]) => troubleOf(cardKey, unreadable.get(key)));
}

async function sitesOf(cards: ByCard, { sites }: FactSources): Promise<Map<string, SiteIndex>> {
  const swipes = Array.from(cards.values()).flatMap((ofCard) => ofCard.map(({ swipe }) => swipe));
  const entries = Array.from(
    readersByTenant(swipes),
    async ([tenantId, readerIds]) => [tenantId, await sites.siteOf(tenantId, readerIds)] as const,
  );
  return new Map(await Promise.all(entries));
}

function holdersOf(cards: ByCard, { cards: { rows } }: StoredFacts): [cardKey: string, employeeKey: string][] {
  const holders: [cardKey: string, employeeKey: string][] = [];
  for (const [cardKey, swipes] of cards) {
    const card = rows.get(cardKey);
    const employeeKey = card && employeeKeyOf(card, swipes);
    if (employeeKey !== undefined) holders.push([cardKey, employeeKey]);
  }
  return holders;
}

/** The zones that the swipes may enter or leave and whose rules depend on who else is inside, and their cards. */
function zonesOf(
  cards: ByCard,
  { presence }: StoredFacts,
  sites: ReadonlyMap<string, SiteIndex>,
): { zones: ReadonlyMap<string, TenantZone>; cards: [cardKey: string, zoneKey: string][] } {
  const found = new Map<string, TenantZone>();
  const touching: [cardKey: string, zoneKey: string][] = [];
  for (const [cardKey, swipes] of cards) {
    for (const { swipe } of swipes) {
      const { tenantId, readerId } = swipe;
      const site = sites.get(tenantId);
      const reader = site?.readers.get(readerId);
      const look = (zoneId: string | undefined): void => {
        const zone = zoneId === undefined ? undefined : site?.zones.get(zoneId);
        if (zone === undefined || !looksAtOthers(zone)) return;
        const zoneKey = tenantKey(tenantId, zone.zoneId);
        found.set(zoneKey, { tenantId, zone });
        touching.push([cardKey, zoneKey]);
      };
      look(reader?.zoneId);
      look(reader?.outerZoneId);
      look(presence.rows.get(cardKey)?.inside?.zoneId);
    }
  }
  return { zones: found, cards: touching };
}
