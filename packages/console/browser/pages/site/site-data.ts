import type { AccessLevel, Building, Reader, Schedule, Zone } from '@swipegate/contract';
import { flattened, siteTree } from '../../../site/site-tree.js';
import { type Api, path } from '../../api/api.js';
import type { ChangeTracker } from '../../widgets/change-tracker.js';
import type { Option, OptionGroup } from '../../widgets/fields.js';

/** A row that users can change. */
export type Versioned<Row> = Row & { version: string };

/** All of a tenant's site. */
export interface SiteData {
  buildings: Versioned<Building>[];
  zones: Versioned<Zone>[];
  levels: Versioned<AccessLevel>[];
  schedules: Versioned<Schedule>[];
  readers: Versioned<Reader>[];
}

/** Dependencies of the forms of a site. */
export interface SiteEditing {
  tracker: ChangeTracker;
  site: SiteData;
  /** Called when a change is applied or rejected. */
  settled(): void;
}

export async function readSite(api: Api, signal: AbortSignal): Promise<SiteData> {
  const read = async <Row>(kind: string) => (await api.get<{ items: Row[] }>(path(kind), { signal })).items;
  const [buildings, zones, levels, schedules, readers] = await Promise.all([
    read<Versioned<Building>>('buildings'),
    read<Versioned<Zone>>('zones'),
    read<Versioned<AccessLevel>>('access-levels'),
    read<Versioned<Schedule>>('schedules'),
    read<Versioned<Reader>>('readers'),
  ]);
  return { buildings, zones, levels, schedules, readers };
}

/** Zones by building, with inner zones after the one around them. */
export function zoneGroups(site: SiteData): (OptionGroup & { options: (Option & { depth: number })[] })[] {
  return siteTree(site).buildings.map(({ building, zones }) => ({
    label: building.name,
    options: flattened(zones).map(({ zone, depth }) => ({ value: zone.zoneId, label: zone.name, depth })),
  }));
}

/** Name of a zone, or its id if there is no such zone. */
export function zoneName(site: Pick<SiteData, 'zones'>, zoneId: string): string {
  return site.zones.find((zone) => zone.zoneId === zoneId)?.name ?? zoneId;
}

/** Names of zones by the name of their building, in the order of the tree. */
export function zonesByBuilding(site: SiteData, zoneIds: readonly string[]): [building: string, names: string][] {
  return zoneGroups(site).flatMap(({ label, options }) => {
    const names = options.filter(({ value }) => zoneIds.includes(value)).map((option) => option.label);
    return names.length === 0 ? [] : [[label, names.join(', ')]];
  });
}
