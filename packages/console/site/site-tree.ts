import type { Building, Reader, Zone } from '@swipegate/contract';

/** Readers that share a door's name and the zone behind it. */
export interface Door<ReaderRow extends Reader = Reader> {
  name: string;
  readers: ReaderRow[];
}

export interface ZoneBranch<ZoneRow extends Zone = Zone, ReaderRow extends Reader = Reader> {
  zone: ZoneRow;
  /** Number of zones around it. */
  depth: number;
  doors: Door<ReaderRow>[];
  /** Zones inside it. */
  zones: ZoneBranch<ZoneRow, ReaderRow>[];
}

export interface SiteTree<BuildingRow extends Building, ZoneRow extends Zone, ReaderRow extends Reader> {
  buildings: { building: BuildingRow; zones: ZoneBranch<ZoneRow, ReaderRow>[] }[];
  /** Rows that name a building or zone that does not exist. They open nothing. */
  lost: { zones: ZoneRow[]; readers: ReaderRow[] };
}

/** Arranges a site as buildings, the zones inside them and the doors of each zone, by name. */
export function siteTree<BuildingRow extends Building, ZoneRow extends Zone, ReaderRow extends Reader>(rows: {
  buildings: readonly BuildingRow[];
  zones: readonly ZoneRow[];
  readers: readonly ReaderRow[];
}): SiteTree<BuildingRow, ZoneRow, ReaderRow> {
  const zones = new Map(rows.zones.map((zone) => [zone.zoneId, zone]));
  const buildingIds = new Set(rows.buildings.map(({ buildingId }) => buildingId));
  const parents = new Map(rows.zones.map((zone) => [zone.zoneId, parentOf(zone, zones)]));
  const branch = (zone: ZoneRow, depth: number): ZoneBranch<ZoneRow, ReaderRow> => ({
    zone,
    depth,
    doors: doorsOf(rows.readers.filter(({ zoneId }) => zoneId === zone.zoneId)),
    zones: byName(rows.zones.filter(({ zoneId }) => parents.get(zoneId) === zone.zoneId)).map((inner) =>
      branch(inner, depth + 1),
    ),
  });
  return {
    buildings: byName(rows.buildings).map((building) => ({
      building,
      zones: byName(
        rows.zones.filter(
          ({ zoneId, buildingId }) => buildingId === building.buildingId && parents.get(zoneId) === undefined,
        ),
      ).map((zone) => branch(zone, 0)),
    })),
    lost: {
      zones: rows.zones.filter(({ buildingId }) => !buildingIds.has(buildingId)),
      readers: rows.readers.filter(({ zoneId }) => !zones.has(zoneId)),
    },
  };
}

/** All zones of a branch's list, outer ones before inner ones. */
export function flattened<ZoneRow extends Zone, ReaderRow extends Reader>(
  branches: readonly ZoneBranch<ZoneRow, ReaderRow>[],
): ZoneBranch<ZoneRow, ReaderRow>[] {
  return branches.flatMap((each) => [each, ...flattened(each.zones)]);
}

/** Zones inside a zone, and that zone itself: none of them can be around it. */
export function zonesWithin(zoneId: string, zones: readonly Zone[]): Set<string> {
  const within = new Set([zoneId]);
  for (let size = 0; size < within.size; ) {
    size = within.size;
    for (const { zoneId: id, outerZoneId } of zones) if (within.has(outerZoneId ?? '')) within.add(id);
  }
  return within;
}

/** The zone around a zone. Undefined outdoors, and where the rows name no zone of the building or form a circle. */
function parentOf(zone: Zone, zones: ReadonlyMap<string, Zone>): string | undefined {
  const parent = zones.get(zone.outerZoneId ?? '');
  if (parent?.buildingId !== zone.buildingId) return undefined;
  const seen = new Set([zone.zoneId]);
  for (let each: Zone | undefined = parent; each !== undefined; each = zones.get(each.outerZoneId ?? '')) {
    if (each.zoneId === zone.zoneId) return undefined;
    if (seen.has(each.zoneId)) break;
    seen.add(each.zoneId);
  }
  return parent.zoneId;
}

function doorsOf<ReaderRow extends Reader>(readers: readonly ReaderRow[]): Door<ReaderRow>[] {
  const doors = new Map<string, ReaderRow[]>();
  for (const reader of readers) doors.set(reader.door, [...(doors.get(reader.door) ?? []), reader]);
  const sorted = (each: readonly ReaderRow[]) => each.toSorted((a, b) => compare(a.readerId, b.readerId));
  return Array.from(doors, ([name, each]) => ({ name, readers: sorted(each) })).sort((a, b) => compare(a.name, b.name));
}

function byName<Row extends { name: string }>(rows: readonly Row[]): Row[] {
  return rows.toSorted((a, b) => compare(a.name, b.name));
}

function compare(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true });
}
