import { type Employee, type SwipeRecord, tenantKey } from '../../gateway/contract/index.js';
import type { BatchFacts } from './plan.js';
import type { SiteCache } from './site-cache.js';
import type { SiteIndex } from './site-index.js';
import { cardKeyOf, type Store, type StoredFacts } from './store.js';
import { looksAtOthers } from './zone-rules.js';
import type { TenantZone, ZoneStore } from './zone-store.js';

export interface GatherParts {
  store: Pick<Store, 'readFacts' | 'readEmployees'>;
  zones: Pick<ZoneStore, 'read'>;
  sites: Pick<SiteCache, 'siteOf'>;
}

/**
 * Reads all that the decisions hang on, in two rounds: what the swipes name, then what that names. Zones are of the second,
 * beside the cardholders, so that they cost no time of their own; and most batches touch none whose state is kept.
 */
export async function gather(swipes: readonly SwipeRecord[], parts: GatherParts): Promise<BatchFacts> {
  const [facts, sites] = await Promise.all([parts.store.readFacts(swipes), sitesOf(swipes, parts)]);
  const [employees, zones] = await Promise.all([
    employeesOf(swipes, facts, parts),
    parts.zones.read(zonesOf(swipes, facts, sites)),
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
  const keys = new Set<string>();
  for (const swipe of swipes) {
    const employeeId = cards.get(cardKeyOf(swipe))?.employeeId;
    if (employeeId !== undefined) keys.add(tenantKey(swipe.tenantId, employeeId));
  }
  return store.readEmployees(keys);
}

/** Zones that the swipes may lead into or out of, of those whose rules look at who else is there. */
function zonesOf(
  swipes: readonly SwipeRecord[],
  { presence }: StoredFacts,
  sites: ReadonlyMap<string, SiteIndex>,
): Map<string, TenantZone> {
  const found = new Map<string, TenantZone>();
  for (const swipe of swipes) {
    const { tenantId, readerId } = swipe;
    const site = sites.get(tenantId);
    const reader = site?.readers.get(readerId);
    for (const zoneId of [reader?.zoneId, reader?.outerZoneId, presence.get(cardKeyOf(swipe))?.inside?.zoneId]) {
      const zone = site?.zones.get(zoneId ?? '');
      if (zone !== undefined && looksAtOthers(zone)) found.set(tenantKey(tenantId, zone.zoneId), { tenantId, zone });
    }
  }
  return found;
}
