import { type Card, type Decision, type Employee, tenantKey } from '@swipegate/contract';
import type { Presence } from '../../stores/presence.js';
import type { SiteCache, SiteIndex } from '../../stores/site-cache.js';
import { employeeKeyOf } from '../records/keys.js';
import type { ByCard } from '../records/records.js';
import { looksAtOthers } from '../rules/zone-rules.js';
import { readersByTenant } from '../stores/reader-contacts.js';
import { type Store, type StoredFacts, StoreError } from '../stores/store.js';
import type { TenantZone, ZoneState, ZoneStore } from '../stores/zone-store.js';

/** All rows read for a batch, by tenant/card, tenant/employee, {@link swipeKeyOf}, tenant (sites) or tenant/zone. */
export interface BatchFacts {
  cards: ReadonlyMap<string, Card>;
  employees: ReadonlyMap<string, Employee>;
  presence: ReadonlyMap<string, Presence>;
  decisions: ReadonlyMap<string, Decision>;
  sites: ReadonlyMap<string, SiteIndex>;
  /** Zones that the batch may touch and whose rules depend on who else is inside. */
  zones: ReadonlyMap<string, ZoneState>;
}

export interface FactSources {
  store: Pick<Store, 'readFacts' | 'readEmployees'>;
  zones: Pick<ZoneStore, 'read'>;
  sites: Pick<SiteCache, 'siteOf'>;
}

/**
 * Reads everything that the decisions depend on, in two rounds: first the rows that swipes name (cards, presence,
 * sites), then the rows that those name (cardholders and, in parallel, zones).
 * @throws {StoreError} naming the cards that depend on an unreadable row
 */
export async function readFacts(cards: ByCard, sources: FactSources): Promise<BatchFacts> {
  const [facts, sites] = await Promise.all([sources.store.readFacts(cards), sitesOf(cards, sources)]);
  const [employees, zones] = await Promise.all([
    employeesOf(cards, facts, sources),
    zonesOf(cards, facts, { sites, zones: sources.zones }),
  ]);
  return { ...facts, sites, employees, zones };
}

async function sitesOf(cards: ByCard, { sites }: FactSources): Promise<Map<string, SiteIndex>> {
  const swipes = Array.from(cards.values()).flatMap((ofCard) => ofCard.map(({ swipe }) => swipe));
  const entries = Array.from(
    readersByTenant(swipes),
    async ([tenantId, readerIds]) => [tenantId, await sites.siteOf(tenantId, readerIds)] as const,
  );
  return new Map(await Promise.all(entries));
}

async function employeesOf(
  cards: ByCard,
  facts: StoredFacts,
  { store }: FactSources,
): Promise<ReadonlyMap<string, Employee>> {
  const holders: [cardKey: string, employeeKey: string][] = [];
  for (const [cardKey, swipes] of cards) {
    const card = facts.cards.get(cardKey);
    const employeeKey = card && employeeKeyOf(card, swipes);
    if (employeeKey !== undefined) holders.push([cardKey, employeeKey]);
  }
  return blamingCards(store.readEmployees(new Set(holders.map(([, employeeKey]) => employeeKey))), holders);
}

/** Reads the zones that the swipes may enter or leave and whose rules depend on who else is inside. */
async function zonesOf(
  cards: ByCard,
  { presence }: StoredFacts,
  { sites, zones }: { sites: ReadonlyMap<string, SiteIndex> } & Pick<FactSources, 'zones'>,
): Promise<ReadonlyMap<string, ZoneState>> {
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
      look(presence.get(cardKey)?.inside?.zoneId);
    }
  }
  return blamingCards(zones.read(found), touching);
}

/** Turns a {@link StoreError} about other rows into one about the cards that depend on them. */
async function blamingCards<Read>(
  read: Promise<Read>,
  cardsAndKeys: Iterable<[cardKey: string, key: string]>,
): Promise<Read> {
  try {
    return await read;
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    const reasons = new Map<string, string>();
    for (const [cardKey, key] of cardsAndKeys) {
      const reason = error.reasons.get(key);
      if (reason !== undefined) reasons.set(cardKey, reason);
    }
    throw new StoreError(reasons);
  }
}
