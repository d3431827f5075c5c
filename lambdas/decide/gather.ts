import { type Employee, type SwipeRecord, tenantKey } from '../../gateway/contract/index.js';
import type { BatchFacts } from './plan.js';
import type { SiteCache } from './site-cache.js';
import type { SiteIndex } from './site-index.js';
import { cardKeyOf, type Store, type StoredFacts, StoreError } from './store.js';
import { looksAtOthers } from './zone-rules.js';
import type { ZoneState } from './zone-state.js';
import type { TenantZone, ZoneStore } from './zone-store.js';

export interface GatherParts {
  store: Pick<Store, 'readFacts' | 'readEmployees'>;
  zones: Pick<ZoneStore, 'read'>;
  sites: Pick<SiteCache, 'siteOf'>;
}

/**
 * Reads all that the decisions hang on, in two rounds: what the swipes name, then what that names. Zones are of the second,
 * beside the cardholders, so that they cost no time of their own; and most batches touch none whose state is kept.
 *
 * @throws {StoreError} naming the cards of which something cannot be read
 */
export async function gather(swipes: readonly SwipeRecord[], parts: GatherParts): Promise<BatchFacts> {
  const [facts, sites] = await Promise.all([parts.store.readFacts(swipes), sitesOf(swipes, parts)]);
  const [employees, zones] = await Promise.all([
    employeesOf(swipes, facts, parts),
    zonesOf(swipes, facts, { sites, zones: parts.zones }),
  ]);
  return { ...facts, sites, employees, zones };
}

async function sitesOf(swipes: readonly SwipeRecord[], { sites }: GatherParts): Promise<Map<string, SiteIndex>> {
  const readers = new Map<string, Set<string>>();
  for (const { tenantId, readerId } of swipes) {
    const ofTenant = readers.get(tenantId);
    if (ofTenant === undefined) readers.set(tenantId, new Set([readerId]));
    else ofTenant.add(readerId);
  }
  return new Map(
    await Promise.all(
      Array.from(
        readers,
        async ([tenantId, readerIds]): Promise<[string, SiteIndex]> => [
          tenantId,
          await sites.siteOf(tenantId, readerIds),
        ],
      ),
    ),
  );
}

async function employeesOf(
  swipes: readonly SwipeRecord[],
  { cards }: StoredFacts,
  { store }: GatherParts,
): Promise<Map<string, Employee>> {
  const cardKeys = new CardsByKey();
  for (const swipe of swipes) {
    const cardKey = cardKeyOf(swipe);
    const employeeId = cards.get(cardKey)?.employeeId;
    if (employeeId !== undefined) cardKeys.add(tenantKey(swipe.tenantId, employeeId), cardKey);
  }
  return blamingCards(store.readEmployees(cardKeys.keys), cardKeys);
}

/** Zones that the swipes may lead into or out of, of those whose rules look at who else is there. */
async function zonesOf(
  swipes: readonly SwipeRecord[],
  { presence }: StoredFacts,
  { sites, zones }: { sites: ReadonlyMap<string, SiteIndex> } & Pick<GatherParts, 'zones'>,
): Promise<Map<string, ZoneState>> {
  const found = new Map<string, TenantZone>();
  const cardKeys = new CardsByKey();
  for (const swipe of swipes) {
    const { tenantId, readerId } = swipe;
    const site = sites.get(tenantId);
    const reader = site?.readers.get(readerId);
    const cardKey = cardKeyOf(swipe);
    for (const zoneId of [reader?.zoneId, reader?.outerZoneId, presence.get(cardKey)?.inside?.zoneId]) {
      const zone = site?.zones.get(zoneId ?? '');
      if (zone === undefined || !looksAtOthers(zone)) continue;
      const zoneKey = tenantKey(tenantId, zone.zoneId);
      found.set(zoneKey, { tenantId, zone });
      cardKeys.add(zoneKey, cardKey);
    }
  }
  return blamingCards(zones.read(found), cardKeys);
}

/** Which cards hang on a row of another table. */
class CardsByKey {
  readonly #cards = new Map<string, Set<string>>();

  get keys(): Iterable<string> {
    return this.#cards.keys();
  }

  add(key: string, cardKey: string): void {
    const known = this.#cards.get(key);
    if (known === undefined) this.#cards.set(key, new Set([cardKey]));
    else known.add(cardKey);
  }

  of(key: string): Iterable<string> {
    return this.#cards.get(key) ?? [];
  }
}

/** A row that cannot be read holds back the cards that hang on it, and no other. */
async function blamingCards<Read>(read: Promise<Read>, cardKeys: CardsByKey): Promise<Read> {
  try {
    return await read;
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    const reasons = Array.from(error.reasons).flatMap(([key, reason]) =>
      Array.from(cardKeys.of(key), (cardKey): [string, string] => [cardKey, reason]),
    );
    throw new StoreError(new Map(reasons));
  }
}
