import { listed } from './listed-ids.js';
import type { SiteIndex } from './site-cache.js';

/** Entries of the site that name another entry, by kind, in order of their ids. */
export interface SiteDependents {
  zones: string[];
  readers: string[];
  accessLevels: string[];
}

export type DependedOn = 'buildings' | 'zones' | 'schedules' | 'access-levels' | 'readers';

/** Returns what would be left without the entry that it names. Employees and people inside are not part of the site. */
export function siteDependents(site: SiteIndex, kind: DependedOn, id: string): SiteDependents {
  const zones = idsWhere(site.zones, ({ buildingId, outerZoneId }) =>
    kind === 'buildings' ? buildingId === id : kind === 'zones' && outerZoneId === id,
  );
  const readers = idsWhere(site.readers, ({ buildingId, zoneId, outerZoneId }) =>
    kind === 'buildings' ? buildingId === id : kind === 'zones' && (zoneId === id || outerZoneId === id),
  );
  const accessLevels = idsWhere(site.accessLevels, ({ zoneIds, scheduleId }) =>
    kind === 'schedules' ? scheduleId === id : kind === 'zones' && zoneIds.includes(id),
  );
  return { zones, readers, accessLevels };
}

/** Returns a clause that names the dependents, such as `the readers a and b and the zone c`; undefined without any. */
export function dependentsClause({ zones, readers, accessLevels }: SiteDependents): string | undefined {
  const nouns: [ids: string[], one: string, many: string][] = [
    [readers, 'the reader', 'the readers'],
    [zones, 'the zone', 'the zones'],
    [accessLevels, 'the access level', 'the access levels'],
  ];
  const clauses = nouns.flatMap(([ids, one, many]) =>
    ids.length === 0 ? [] : [`${ids.length === 1 ? one : many} ${listed(ids)}`],
  );
  return clauses.length === 0 ? undefined : clauses.join(', and ');
}

function idsWhere<Value>(values: ReadonlyMap<string, Value>, isDependent: (value: Value) => boolean): string[] {
  const ids: string[] = [];
  for (const [id, value] of values) if (isDependent(value)) ids.push(id);
  return ids.sort();
}
