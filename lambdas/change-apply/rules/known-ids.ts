import type { SiteIndex } from '../../stores/site-cache.js';

const MOST = 10;

/** Returns a sentence with the ids that exist, in order: the first ten, and the number of the others. */
export function thereAre(ids: Iterable<string>): string {
  const sorted = Array.from(ids).sort();
  if (sorted.length === 0) return 'There are none.';
  if (sorted.length === 1) return `There is ${sorted[0]}.`;
  const more = sorted.length - MOST;
  const shown = more > 0 ? [...sorted.slice(0, MOST), `${more} more`] : sorted;
  return `There are ${shown.slice(0, -1).join(', ')} and ${shown.at(-1)}.`;
}

export function zonesOf(buildingId: string, { zones }: Pick<SiteIndex, 'zones'>): string[] {
  return Array.from(zones.values()).flatMap((zone) => (zone.buildingId === buildingId ? zone.zoneId : []));
}
