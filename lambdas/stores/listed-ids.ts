import type { SiteIndex } from './site-cache.js';

const MOST = 10;

/** Returns ids as a clause: the first ten in order, and the number of the others. @param ids at least one */
export function listed(ids: Iterable<string>): string {
  const sorted = Array.from(ids).sort();
  if (sorted.length === 1) return sorted[0] ?? '';
  const more = sorted.length - MOST;
  const shown = more > 0 ? [...sorted.slice(0, MOST), `${more} more`] : sorted;
  return `${shown.slice(0, -1).join(', ')} and ${shown.at(-1)}`;
}

/** Returns a sentence with the ids that exist. */
export function thereAre(ids: Iterable<string>): string {
  const all = Array.from(ids);
  if (all.length === 0) return 'There are none.';
  return `There ${all.length === 1 ? 'is' : 'are'} ${listed(all)}.`;
}

export function zonesOf(buildingId: string, { zones }: Pick<SiteIndex, 'zones'>): string[] {
  return Array.from(zones.values()).flatMap((zone) => (zone.buildingId === buildingId ? zone.zoneId : []));
}
