import { type Employee, type SwipeRecord, tenantKey } from '@swipegate/contract';
import type { SiteIndex } from '../../stores/site/site-index.js';
import type { SiteCache } from '../../stores/site-cache.js';
import type { ByCard } from '../records/by-card.js';
import { looksAtOthers } from '../rules/zone-rules.js';
import { employeeKeyOf, type Store, type StoredFacts, StoreError } from '../stores/store.js';
import type { ZoneState } from '../stores/zone-state.js';
import type { TenantZone, ZoneStore } from '../stores/zone-store.js';
import type { BatchFacts } from './plan-batch.js';
import { readersByTenant } from './readers-by-tenant.js';

export interface GatherParts {
  store: Pick<Store, 'readFacts' | 'readEmployees'>;
  zones: Pick<ZoneStore, 'read'>;
  sites: Pick<SiteCache, 'siteOf'>;
}

/**
 * Reads everything that the decisions depend on, in two rounds: first what the swipes name (cards, presence, sites),
 * then what those rows name (cardholders, zones). Zones are read in parallel with cardholders, so they add no
 * latency; most batches need none.
 *
 * @throws {StoreError} naming the cards that depend on an unreadable row
 */
export async function gather(cards: ByCard, parts: GatherParts): Promise<BatchFacts> {
  const [facts, sites] = await Promise.all([parts.store.readFacts(cards), sitesOf(cards, parts)]);
  const [employees, zones] = await Promise.all([
    employeesOf(cards, facts, parts),
    zonesOf(cards, facts, { sites, zones: parts.zones }),
  ]);
  return { ...facts, sites, employees, zones };
}

async function sitesOf(cards: ByCard, { sites }: GatherParts): Promise<Map<string, SiteIndex>> {
  return new Map(
    await Promise.all(
      Array.from(
        readersByTenant(swipesOf(cards)),
        async ([tenantId, readerIds]): Promise<[string, SiteIndex]> => [
          tenantId,
          await sites.siteOf(tenantId, readerIds),
        ],
      ),
    ),
  );
}

function* swipesOf(cards: ByCard): Generator<SwipeRecord> {
  for (const swipes of cards.values()) for (const { swipe } of swipes) yield swipe;
}

async function employeesOf(
  cards: ByCard,
  facts: StoredFacts,
  { store }: GatherParts,
): Promise<ReadonlyMap<string, Employee>> {
  const keys = new Set<string>();
  for (const [, employeeKey] of holdersOf(cards, facts)) keys.add(employeeKey);
  return blamingCards(store.readEmployees(keys), () => holdersOf(cards, facts));
}

/** Yields the linked cards, each with the key of its holder. */
function* holdersOf(cards: ByCard, facts: StoredFacts): Generator<[cardKey: string, employeeKey: string]> {
  for (const [cardKey, swipes] of cards) {
    const card = facts.cards.get(cardKey);
    const employeeKey = card && employeeKeyOf(card, swipes);
    if (employeeKey !== undefined) yield [cardKey, employeeKey];
  }
}

/** Reads the zones that the swipes may enter or leave and whose rules depend on who else is inside. */
async function zonesOf(
  cards: ByCard,
  { presence }: StoredFacts,
  { sites, zones }: { sites: ReadonlyMap<string, SiteIndex> } & Pick<GatherParts, 'zones'>,
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
  return blamingCards(zones.read(found), () => touching);
}

/** Turns a {@link StoreError} about other rows into one about the cards that depend on them. */
async function blamingCards<Read>(
  read: Promise<Read>,
  cardsAndKeys: () => Iterable<[cardKey: string, key: string]>,
): Promise<Read> {
  try {
    return await read;
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    const reasons = new Map<string, string>();
    for (const [cardKey, key] of cardsAndKeys()) {
      const reason = error.reasons.get(key);
      if (reason !== undefined) reasons.set(cardKey, reason);
    }
    throw new StoreError(reasons);
  }
}
