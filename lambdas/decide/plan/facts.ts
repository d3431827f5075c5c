import { type Card, type Decision, type Employee, tenantKey } from '@swipegate/contract';
import type { StoredPresence } from '../../stores/presence.js';
import type { UnreadableRow } from '../../stores/replace-unreadable.js';
import type { SiteCache, SiteIndex } from '../../stores/site-cache.js';
import { employeeKeyOf, swipeKeyOf } from '../records/keys.js';
import type { ByCard } from '../records/records.js';
import { looksAtOthers } from '../rules/zone-rules.js';
import { readersByTenant } from '../stores/reader-contacts.js';
import type { Store, StoredFacts } from '../stores/store.js';
import type { TenantZone, ZoneState, ZoneStore } from '../stores/zone-store.js';

/** All rows that decide a batch, by tenant/card, tenant/employee, {@link swipeKeyOf}, tenant (sites) or tenant/zone. */
export interface BatchFacts {
  cards: ReadonlyMap<string, Card>;
  employees: ReadonlyMap<string, Employee>;
  presence: ReadonlyMap<string, StoredPresence>;
  decisions: ReadonlyMap<string, Decision>;
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
  /** Why a card opens no door, by tenant/card: its row, or its holder's, cannot be read. Its way out stays open. */
  shutCards: ReadonlyMap<string, string>;
  /** Why a swipe cannot be decided, by {@link swipeKeyOf}: it has a decision, which cannot be read. */
  decidedUnreadably: ReadonlyMap<string, string>;
}

export interface FactSources {
  store: Pick<Store, 'readFacts' | 'readEmployees'>;
  zones: Pick<ZoneStore, 'read'>;
  sites: Pick<SiteCache, 'siteOf'>;
}

/**
 * Reads everything that the decisions depend on, in two rounds: first the rows that swipes name (cards, presence,
 * sites), then the rows that those name (cardholders and, in parallel, zones). @param nowMs ms since the epoch
 */
export async function readFacts(cards: ByCard, sources: FactSources, nowMs: number): Promise<ReadFacts> {
  const [stored, sites] = await Promise.all([sources.store.readFacts(cards, nowMs), sitesOf(cards, sources)]);
  const holders = holdersOf(cards, stored);
  const touched = zonesOf(cards, stored, sites);
  const [employees, zones] = await Promise.all([
    sources.store.readEmployees(new Set(holders.map(([, employeeKey]) => employeeKey))),
    sources.zones.read(touched.zones),
  ]);
  const shut = [...entriesOf(stored.cards.unreadable), ...dependents(holders, employees.unreadable)];
  const decided = stored.decisions.unreadable;
  return {
    facts: {
      cards: stored.cards.rows,
      presence: stored.presence.rows,
      decisions: stored.decisions.rows,
      sites,
      employees: employees.rows,
      zones: zones.rows,
    },
    troubles: [
      ...shut,
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
