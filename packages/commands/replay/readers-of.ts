import type { Decision, Reader } from '@swipegate/contract';
import type { SiteIndex } from '@swipegate/lambdas/stores/site/site-index';
import type { ReaderOf } from './presence-fold.js';

export type SiteOf = (tenantId: string, readerIds: Iterable<string>) => Promise<SiteIndex>;

/**
 * Returns the readers of decisions as they were. Building and zone come from the decision. The outer zone, where a
 * way out leads, exists only in the site of today: for a reader that was removed since (`gone`), the way out leads
 * outdoors.
 *
 * Rejects with what `siteOf` rejects with.
 */
export async function readersOf(
  decisions: Iterable<Decision>,
  siteOf: SiteOf,
): Promise<{ readerOf: ReaderOf; gone: readonly string[] }> {
  const wanted = new Map<string, Set<string>>();
  for (const { tenantId, readerId, buildingId } of decisions) {
    if (buildingId === undefined) continue;
    const ofTenant = wanted.get(tenantId) ?? new Set();
    wanted.set(tenantId, ofTenant.add(readerId));
  }
  const sites = new Map<string, SiteIndex>();
  for (const [tenantId, readerIds] of wanted) sites.set(tenantId, await siteOf(tenantId, readerIds));
  const gone = Array.from(wanted).flatMap(([tenantId, readerIds]) =>
    Array.from(readerIds).filter((readerId) => sites.get(tenantId)?.readers.has(readerId) !== true),
  );
  return { readerOf: (decision) => readerThen(decision, sites.get(decision.tenantId)), gone };
}

function readerThen(decision: Decision, site: SiteIndex | undefined): Reader | undefined {
  const { readerId, buildingId, zoneId, direction } = decision;
  if (buildingId === undefined || zoneId === undefined) return undefined;
  const now: Reader = site?.readers.get(readerId) ?? {
    readerId,
    door: '',
    buildingId,
    zoneId,
    direction,
    mode: 'normal',
  };
  return { ...now, buildingId, zoneId };
}
