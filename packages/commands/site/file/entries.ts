import {
  AccessLevel,
  Building,
  compile,
  Device,
  type FieldError,
  type Guard,
  Reader,
  Schedule,
  type Tenant,
  Zone,
} from '@swipegate/contract';
import { inOrder } from './hours.js';

/** Kinds of entries that the file describes, each before those that name it. */
export const ENTRY_KINDS = ['buildings', 'zones', 'schedules', 'access-levels', 'readers', 'devices'] as const;
export type EntryKind = (typeof ENTRY_KINDS)[number];

export interface EntryOf {
  buildings: Building;
  zones: Zone;
  schedules: Schedule;
  'access-levels': AccessLevel;
  readers: Reader;
  devices: Device;
}

export type SiteLists = { readonly [Kind in EntryKind]: readonly EntryOf[Kind][] };

/** A site as the admin API has it: flat lists. */
export type SiteEntries = SiteLists & {
  /** Absent members stay as they are. */
  tenant: Partial<Omit<Tenant, 'tenantId'>>;
  /** Names, without repetitions. Absent: all stay as they are. */
  operatorKeys?: readonly string[];
};

interface Kind<Value> {
  /** As in `a zone`. */
  noun: string;
  isEntry: Guard<Value>;
  idMember: string;
  idOf(entry: Value): string;
}

export const KINDS: { readonly [Name in EntryKind]: Kind<EntryOf[Name]> } = {
  buildings: {
    noun: 'building',
    isEntry: compile(Building),
    idMember: 'buildingId',
    idOf: ({ buildingId }) => buildingId,
  },
  zones: { noun: 'zone', isEntry: compile(Zone), idMember: 'zoneId', idOf: ({ zoneId }) => zoneId },
  schedules: {
    noun: 'schedule',
    isEntry: compile(Schedule),
    idMember: 'scheduleId',
    idOf: ({ scheduleId }) => scheduleId,
  },
  'access-levels': {
    noun: 'access level',
    isEntry: compile(AccessLevel),
    idMember: 'accessLevelId',
    idOf: ({ accessLevelId }) => accessLevelId,
  },
  readers: { noun: 'reader', isEntry: compile(Reader), idMember: 'readerId', idOf: ({ readerId }) => readerId },
  devices: { noun: 'device', isEntry: compile(Device), idMember: 'deviceId', idOf: ({ deviceId }) => deviceId },
};

/** Compares by code units, so that the order is the same on every machine. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

/** A member of a site file, from its root to it, as keys and indexes. */
export type Path = readonly (string | number)[];
/** A path as people read it: places in a list count from 1, as `#1`. */
export function fieldOf(path: Path): string {
  return path.map((part) => (typeof part === 'number' ? `#${part + 1}` : part)).join('.');
}

/** Something that is wrong in a file, at the member of that path. */
export interface Fault extends Pick<FieldError, 'reason'> {
  path: Path;
}

/** Two entries that mean the same are equal in this form. Members that the contract does not know are left out. */
export const canonical: { readonly [Name in EntryKind]: (entry: EntryOf[Name]) => EntryOf[Name] } = {
  buildings: ({ buildingId, name, timeZone }) => ({ buildingId, name, timeZone }),
  zones: ({ zoneId, buildingId, name, outerZoneId, antiPassback, occupancyLimit, accompaniment }) => ({
    zoneId,
    buildingId,
    name,
    ...(outerZoneId === undefined ? {} : { outerZoneId }),
    antiPassback: antiPassbackOf(antiPassback),
    ...(occupancyLimit === undefined ? {} : { occupancyLimit }),
    ...(accompaniment === undefined ? {} : { accompaniment: { withinSeconds: accompaniment.withinSeconds } }),
  }),
  schedules: ({ scheduleId, intervals, holidays }) => ({
    scheduleId,
    intervals: inOrder(intervals),
    holidays: sorted(holidays),
  }),
  'access-levels': ({ accessLevelId, zoneIds, scheduleId }) => ({
    accessLevelId,
    zoneIds: sorted(zoneIds),
    scheduleId,
  }),
  readers: ({ readerId, door, buildingId, zoneId, outerZoneId, direction, mode, cardFormat = 'as-sent', muster }) => ({
    readerId,
    door,
    buildingId,
    zoneId,
    ...(outerZoneId === undefined ? {} : { outerZoneId }),
    direction,
    mode,
    ...(cardFormat === 'as-sent' ? {} : { cardFormat }),
    ...(muster === true ? { muster } : {}),
  }),
  devices: ({ deviceId, make, serial, doors, timeZone, networks }) => ({
    deviceId,
    make,
    ...(serial === undefined ? {} : { serial }),
    doors: doors.map((door) => ({
      door: door.door,
      ...(door.in === undefined ? {} : { in: door.in }),
      ...(door.out === undefined ? {} : { out: door.out }),
      ...(door.action === undefined ? {} : { action: door.action }),
    })),
    timeZone,
    ...(networks === undefined ? {} : { networks: [...networks] }),
  }),
};

function antiPassbackOf(rule: Zone['antiPassback']): Zone['antiPassback'] {
  if (rule.mode === 'none') return { mode: 'none' };
  const forgiveness = rule.forgiveAt === undefined ? {} : { forgiveAt: rule.forgiveAt };
  return rule.mode === 'timed'
    ? { mode: 'timed', minutes: rule.minutes, ...forgiveness }
    : { mode: rule.mode, ...forgiveness };
}

function sorted(texts: readonly string[]): string[] {
  return Array.from(new Set(texts)).sort(compareText);
}

/** Entries of one kind in canonical form, in order of their ids. */
export function canonicalList<Name extends EntryKind>(kind: Name, list: readonly EntryOf[Name][]): EntryOf[Name][] {
  const { idOf } = KINDS[kind];
  return list.map((entry) => canonical[kind](entry)).sort((a, b) => compareText(idOf(a), idOf(b)));
}

/** The whole site in canonical form. */
export function canonicalSite(site: SiteEntries): SiteEntries {
  return {
    tenant: { ...site.tenant },
    buildings: canonicalList('buildings', site.buildings),
    zones: canonicalList('zones', site.zones),
    schedules: canonicalList('schedules', site.schedules),
    'access-levels': canonicalList('access-levels', site['access-levels']),
    readers: canonicalList('readers', site.readers),
    devices: canonicalList('devices', site.devices),
    ...(site.operatorKeys && { operatorKeys: sorted(site.operatorKeys) }),
  };
}

/** Number of zones around a zone. A circle, which only a broken table has, ends the count. */
export function depthOf(zoneId: string, outerOf: ReadonlyMap<string, string | undefined>): number {
  const seen = new Set<string>();
  for (let id = outerOf.get(zoneId); id !== undefined && !seen.has(id); id = outerOf.get(id)) seen.add(id);
  return seen.size;
}
