import { type AntiPassback, type Reader, scheduleFault, type Zone } from '@swipegate/contract';
import { nearest } from '@swipegate/contract/values/nearest';
import { plainText } from '@swipegate/contract/values/plain-text';
import { isTimeZone, nearestTimeZone } from '@swipegate/contract/values/time-zone';
import { networksIn } from '@swipegate/http/networks';
import { canonicalSite, type Fault, fieldOf, type Path, type SiteEntries } from './entries.js';
import { daysIn, hoursFault, hoursIn, type Interval } from './hours.js';
import type { AntiPassbackInFile, DoorInFile, SiteFile, ZoneInFile } from './site-file.js';

/** The entries that a file describes, and what its schema cannot see: repeated ids, references to nothing. Pure. */
export function entriesIn(file: SiteFile): { site: SiteEntries; faults: Fault[] } {
  const reading = new Reading();
  for (const [buildingId, building] of Object.entries(file.buildings ?? {})) {
    const { name = buildingId, timeZone, zones = {} } = building;
    const path = ['buildings', buildingId];
    reading.timeZone(timeZone, [...path, 'timeZone']);
    reading.buildings.push({ buildingId, name: plainText(name), timeZone });
    reading.zones(zones, { buildingId, outerZoneId: undefined }, [...path, 'zones']);
  }
  const { name, ...settings } = file.tenant ?? {};
  const site = canonicalSite({
    tenant: { ...(name && { name: plainText(name) }), ...settings },
    buildings: reading.buildings,
    zones: reading.allZones,
    schedules: reading.schedules(file.schedules ?? {}),
    'access-levels': Object.entries(file.accessLevels ?? {}).map(([accessLevelId, { zones, schedule }]) => ({
      accessLevelId,
      zoneIds: zones,
      scheduleId: schedule,
    })),
    readers: reading.readers,
    devices: Object.entries(file.devices ?? {}).map(([deviceId, device]) => ({ deviceId, ...device })),
    ...(file.operatorKeys && { operatorKeys: file.operatorKeys.map(plainText) }),
  });
  reading.checkReferences(file);
  return { site, faults: reading.faults };
}

interface Around {
  buildingId: string;
  outerZoneId: string | undefined;
}

class Reading {
  readonly buildings: SiteEntries['buildings'][number][] = [];
  readonly allZones: Zone[] = [];
  readonly readers: Reader[] = [];
  readonly faults: Fault[] = [];
  readonly #paths = { zone: new Map<string, Path>(), reader: new Map<string, Path>() };
  /** Doors that name the zone on their other side. */
  readonly #others: { path: Path; zoneId: string; buildingId: string }[] = [];

  fault(path: Path, reason: string): void {
    this.faults.push({ path, reason });
  }

  timeZone(timeZone: string, path: Path): void {
    if (isTimeZone(timeZone)) return;
    const fault = 'must be a time zone of the IANA database, such as Europe/Berlin, not';
    this.fault(path, `${fault} ${JSON.stringify(timeZone)}${zoneMeant(timeZone)}`);
  }

  zones(zones: Readonly<Record<string, ZoneInFile>>, around: Around, path: Path): void {
    for (const [zoneId, zone] of Object.entries(zones)) {
      const { name = zoneId, antiPassback = 'none', occupancyLimit, accompaniment, doors = [] } = zone;
      const own = [...path, zoneId];
      this.#claim('zone', zoneId, own);
      this.allZones.push({
        zoneId,
        buildingId: around.buildingId,
        name: plainText(name),
        ...(around.outerZoneId === undefined ? {} : { outerZoneId: around.outerZoneId }),
        antiPassback: this.#antiPassback(antiPassback, [...own, 'antiPassback']),
        ...(occupancyLimit === undefined ? {} : { occupancyLimit }),
        ...(accompaniment === undefined ? {} : { accompaniment }),
      });
      for (const [i, door] of doors.entries()) this.#door(door, zoneId, around, [...own, 'doors', i]);
      this.zones(zone.zones ?? {}, { buildingId: around.buildingId, outerZoneId: zoneId }, [...own, 'zones']);
    }
  }

  #antiPassback(given: AntiPassbackInFile, path: Path): AntiPassback {
    const { mode, minutes, forgiveAt } = typeof given === 'string' ? { mode: given } : given;
    const forgiveness = forgiveAt === undefined ? {} : { forgiveAt };
    if (mode === 'timed') {
      if (minutes === undefined) this.fault(path, 'needs minutes: write { mode: timed, minutes: 5 }');
      return { mode, minutes: minutes ?? 1, ...forgiveness };
    }
    if (minutes !== undefined) this.fault([...path, 'minutes'], `is for timed alone: leave it out of ${mode}`);
    if (mode !== 'none') return { mode, ...forgiveness };
    if (forgiveAt !== undefined)
      this.fault([...path, 'forgiveAt'], 'has no effect without anti-passback: leave it out');
    return { mode };
  }

  #door(door: DoorInFile, zoneId: string, { buildingId, outerZoneId }: Around, path: Path): void {
    const { mode = 'normal', cardFormat, readers = {}, from, fromOutdoors = false } = door;
    if (from !== undefined && fromOutdoors) {
      this.fault([...path, 'fromOutdoors'], 'cannot be combined with from: keep one of the two');
    }
    if (from !== undefined) this.#others.push({ path: [...path, 'from'], zoneId: from, buildingId });
    const other = fromOutdoors ? undefined : (from ?? outerZoneId);
    const place = { door: door.door, buildingId, zoneId, ...(other === undefined ? {} : { outerZoneId: other }) };
    const before = this.readers.length;
    const add = (readerId: string, more: Pick<Reader, 'direction' | 'mode' | 'cardFormat' | 'muster'>, path: Path) => {
      this.#claim('reader', readerId, path);
      this.readers.push({ readerId, ...place, ...more });
    };
    for (const direction of ['in', 'out', 'both'] as const) {
      const readerId = door[direction];
      if (readerId === undefined) continue;
      add(readerId, { direction, mode, ...(cardFormat && { cardFormat }) }, [...path, direction]);
    }
    for (const [readerId, reader] of Object.entries(readers)) {
      const { direction, mode: own = mode, cardFormat: format = cardFormat, muster = false } = reader;
      const readerPath = [...path, 'readers', readerId];
      if (muster && direction !== 'out') this.fault([...readerPath, 'muster'], 'is for readers with direction: out');
      const more = { ...(format && { cardFormat: format }), ...(muster && { muster }) };
      add(readerId, { direction, mode: own, ...more }, readerPath);
    }
    if (this.readers.length === before) this.fault(path, 'has no reader: write in, out, both or readers');
  }

  schedules(schedules: NonNullable<SiteFile['schedules']>): SiteEntries['schedules'] {
    return Object.entries(schedules).map(([scheduleId, { open, holidays = [] }]) => {
      const path = ['schedules', scheduleId];
      const intervals: Interval[] = [];
      for (const [days, hours] of Object.entries(open)) {
        for (const text of typeof hours === 'string' ? [hours] : hours) {
          const fault = hoursFault(text);
          if (fault !== undefined) this.fault([...path, 'open', days], fault);
          intervals.push({ days: daysIn(days), ...hoursIn(text) });
        }
      }
      if (intervals.length === 0)
        this.fault([...path, 'open'], 'must have at least one line, such as mon-fri: 07:00-19:00');
      for (const [i, holiday] of holidays.entries()) {
        const fault = scheduleFault({ intervals: [ALL_DAY], holidays: [holiday] });
        if (fault !== undefined) this.fault([...path, 'holidays', i], fault.reason);
      }
      return { scheduleId, intervals, holidays };
    });
  }

  /** Call it when all zones are known. */
  checkReferences({ accessLevels = {}, schedules = {}, devices = {}, operatorKeys = [] }: SiteFile): void {
    for (const { path, zoneId, buildingId } of this.#others) {
      const zoneIds = this.allZones.flatMap((zone) => (zone.buildingId === buildingId ? [zone.zoneId] : []));
      if (zoneIds.includes(zoneId)) continue;
      const fault = `names the zone ${zoneId}, which the building ${buildingId} does not have`;
      this.fault(path, fault + meant(zoneId, zoneIds));
    }
    for (const [accessLevelId, { zones, schedule }] of Object.entries(accessLevels)) {
      const path = ['accessLevels', accessLevelId];
      for (const [i, zoneId] of zones.entries()) {
        if (!this.#paths.zone.has(zoneId)) {
          const fault = `names the zone ${zoneId}, which is not in the file`;
          this.fault([...path, 'zones', i], fault + meant(zoneId, Array.from(this.#paths.zone.keys())));
        }
      }
      if (!Object.hasOwn(schedules, schedule)) {
        const fault = `names the schedule ${schedule}, which is not in the file`;
        this.fault([...path, 'schedule'], fault + meant(schedule, Object.keys(schedules)));
      }
    }
    this.#devices(devices);
    for (const [i, name] of operatorKeys.entries()) {
      if (operatorKeys.indexOf(name) !== i) this.fault(['operatorKeys', i], `repeats the name ${name}`);
    }
  }

  #devices(devices: NonNullable<SiteFile['devices']>): void {
    const serials = new Map<string, string>();
    for (const [deviceId, { make, serial, doors, timeZone, networks = [] }] of Object.entries(devices)) {
      const path = ['devices', deviceId];
      this.timeZone(timeZone, [...path, 'timeZone']);
      if (serial === undefined) {
        if (make === 'zkteco') this.fault(path, 'needs serial: a ZKTeco device is known by its serial number');
      } else {
        const namesake = serials.get(`${make}/${serial}`);
        if (namesake === undefined) serials.set(`${make}/${serial}`, deviceId);
        else this.fault([...path, 'serial'], `repeats the serial number of the device ${namesake}`);
      }
      for (const [i, door] of doors.entries()) {
        for (const side of ['in', 'out'] as const) {
          const readerId = door[side];
          if (readerId === undefined || this.#paths.reader.has(readerId)) continue;
          const fault = `names the reader ${readerId}, which is not in the file`;
          this.fault([...path, 'doors', i, side], fault + meant(readerId, Array.from(this.#paths.reader.keys())));
        }
      }
      for (const [i, network] of networks.entries()) {
        if (networksIn([network]) !== undefined) continue;
        this.fault([...path, 'networks', i], 'must be an address or a CIDR block, such as 10.1.0.0/16');
      }
    }
  }

  #claim(kind: 'zone' | 'reader', id: string, path: Path): void {
    const first = this.#paths[kind].get(id);
    if (first === undefined) this.#paths[kind].set(id, path);
    else this.fault(path, `repeats the id of the ${kind} ${id}: it is also in ${fieldOf(first.slice(0, -1))}`);
  }
}

const ALL_DAY: Interval = { days: [1], from: '00:00', until: '24:00' };

/** The entry that a misspelt name may mean, as the end of a fault. */
function meant(name: string, names: readonly string[]): string {
  const similar = nearest(name, names);
  return similar === undefined ? '' : `; did you mean ${similar}?`;
}

/** As {@link meant}, for a time zone or its city alone. */
function zoneMeant(text: string): string {
  const zone = nearestTimeZone(text, Intl.supportedValuesOf('timeZone'));
  return zone === undefined ? '' : `; did you mean ${zone}?`;
}
