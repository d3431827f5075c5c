import { type Reader, readersOfDevice, type Zone } from '@swipegate/contract';
import { canonicalSite, compareText, type SiteEntries } from './entries.js';
import { daysText } from './hours.js';
import type { DoorInFile, SiteFile, ZoneInFile } from './site-file.js';

/** An entry names something that does not exist, so a file cannot hold it. */
export class SiteBrokenError extends Error {
  override readonly name = 'SiteBrokenError';
  readonly code = 'SITE_BROKEN';
}

/**
 * The file that describes a site: the same site gives the same file, and reading it gives the same site. Pure.
 * @throws {SiteBrokenError} if an entry is in a building or a zone that does not exist
 */
export function fileOf(given: SiteEntries): SiteFile {
  const site = canonicalSite(given);
  refuseBroken(site);
  const { tenant, buildings, schedules, devices, operatorKeys } = site;
  const levels = site['access-levels'];
  return {
    ...(Object.keys(tenant).length > 0 && { tenant }),
    ...(buildings.length > 0 && {
      buildings: Object.fromEntries(
        buildings.map(({ buildingId, name, timeZone }) => {
          const zones = site.zones.filter((zone) => zone.buildingId === buildingId && zone.outerZoneId === undefined);
          return [buildingId, { name, timeZone, ...zonesIn(zones, site) }];
        }),
      ),
    }),
    ...(schedules.length > 0 && {
      schedules: Object.fromEntries(
        schedules.map(({ scheduleId, intervals, holidays }) => [
          scheduleId,
          { open: openOf(intervals), ...(holidays.length > 0 && { holidays }) },
        ]),
      ),
    }),
    ...(levels.length > 0 && {
      accessLevels: Object.fromEntries(
        levels.map(({ accessLevelId, zoneIds, scheduleId }) => [
          accessLevelId,
          { zones: zoneIds, schedule: scheduleId },
        ]),
      ),
    }),
    ...(devices.length > 0 && {
      devices: Object.fromEntries(devices.map(({ deviceId, ...device }) => [deviceId, device])),
    }),
    ...(operatorKeys && { operatorKeys: [...operatorKeys] }),
  };
}

function zonesIn(zones: readonly Zone[], site: SiteEntries): { zones?: Record<string, ZoneInFile> } {
  if (zones.length === 0) return {};
  return {
    zones: Object.fromEntries(
      zones.map((zone) => {
        const { zoneId, name, antiPassback, occupancyLimit, accompaniment } = zone;
        const { mode } = antiPassback;
        const isPlain = Object.keys(antiPassback).length === 1;
        const doors = doorsOf(zone, site.readers);
        const file: ZoneInFile = {
          name,
          ...(mode === 'none' ? {} : { antiPassback: mode !== 'timed' && isPlain ? mode : antiPassback }),
          ...(occupancyLimit === undefined ? {} : { occupancyLimit }),
          ...(accompaniment === undefined ? {} : { accompaniment }),
          ...(doors.length > 0 && { doors }),
          ...zonesIn(
            site.zones.filter(({ outerZoneId }) => outerZoneId === zoneId),
            site,
          ),
        };
        return [zoneId, file];
      }),
    ),
  };
}

/** Readers with the same name of a door, and the same zones on both sides, are of one door. */
function doorsOf({ zoneId, outerZoneId }: Zone, readers: readonly Reader[]): DoorInFile[] {
  const doors = new Map<string, Reader[]>();
  for (const reader of readers) {
    if (reader.zoneId !== zoneId) continue;
    const key = JSON.stringify([reader.door, reader.outerZoneId]);
    doors.set(key, [...(doors.get(key) ?? []), reader]);
  }
  // By the first reader's id: readers are in the order of their ids.
  return Array.from(doors.values(), (group) => {
    const other = group[0]?.outerZoneId;
    const from = other === outerZoneId ? {} : other === undefined ? { fromOutdoors: true } : { from: other };
    return { door: group[0]?.door ?? '', ...readersOf(group), ...from };
  });
}

/** The short form if each direction has at most one reader and all have the same settings. */
function readersOf(group: readonly Reader[]): Omit<DoorInFile, 'door'> {
  const settings = ({ mode, cardFormat, muster }: Reader) => ({
    ...(mode === 'normal' ? {} : { mode }),
    ...(cardFormat === undefined ? {} : { cardFormat }),
    ...(muster === true ? { muster } : {}),
  });
  const isUniform = new Set(group.map((reader) => JSON.stringify(settings(reader)))).size === 1;
  const hasMuster = group.some(({ muster }) => muster === true);
  const isShort = isUniform && !hasMuster && new Set(group.map(({ direction }) => direction)).size === group.length;
  const [first] = group;
  if (isShort && first !== undefined) {
    const order = ['in', 'out', 'both'];
    const ids = group
      .map(({ direction, readerId }): [string, string] => [direction, readerId])
      .sort(([a], [b]) => order.indexOf(a) - order.indexOf(b));
    return { ...Object.fromEntries(ids), ...settings(first) };
  }
  return {
    readers: Object.fromEntries(
      group.map((reader) => [reader.readerId, { direction: reader.direction, ...settings(reader) }]),
    ),
  };
}

function openOf(intervals: SiteEntries['schedules'][number]['intervals']): Record<string, string | string[]> {
  const open = new Map<string, string[]>();
  for (const { days, from, until } of intervals) {
    const key = daysText(days);
    open.set(key, [...(open.get(key) ?? []), `${from}-${until}`]);
  }
  return Object.fromEntries(
    Array.from(open, ([days, hours]) => [days, hours.length === 1 && hours[0] !== undefined ? hours[0] : hours]),
  );
}

/** Earlier versions and other programs may have left such entries in the tables; the admin API refuses them. */
function refuseBroken({ buildings, zones, readers, devices }: SiteEntries): void {
  const known = new Set(buildings.map(({ buildingId }) => buildingId));
  const readerIds = new Set(readers.map(({ readerId }) => readerId));
  const buildingOf = new Map(zones.map(({ zoneId, buildingId }) => [zoneId, buildingId]));
  const isIn = (zoneId: string | undefined, buildingId: string) =>
    zoneId === undefined || buildingOf.get(zoneId) === buildingId;
  const broken = [
    ...zones.flatMap(({ zoneId, buildingId, outerZoneId }) =>
      known.has(buildingId) && isIn(outerZoneId, buildingId) && !isInCircle(zoneId, zones) ? [] : [`zone ${zoneId}`],
    ),
    ...readers.flatMap(({ readerId, buildingId, zoneId, outerZoneId }) =>
      known.has(buildingId) && isIn(zoneId, buildingId) && isIn(outerZoneId, buildingId) ? [] : [`reader ${readerId}`],
    ),
    ...devices.flatMap((device) =>
      readersOfDevice(device).every((readerId) => readerIds.has(readerId)) ? [] : [`device ${device.deviceId}`],
    ),
  ].sort(compareText);
  if (broken.length === 0) return;
  throw new SiteBrokenError(
    `These name a building, a zone or a reader that does not exist there: ${broken.join(', ')}. Correct or remove them in the console, then export again.`,
  );
}

function isInCircle(zoneId: string, zones: SiteEntries['zones']): boolean {
  const outerOf = new Map(zones.map((zone) => [zone.zoneId, zone.outerZoneId]));
  const seen = new Set<string>();
  for (let id = outerOf.get(zoneId); id !== undefined && !seen.has(id); id = outerOf.get(id)) {
    if (id === zoneId) return true;
    seen.add(id);
  }
  return false;
}
