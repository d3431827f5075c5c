import {
  type AccessLevel,
  type AntiPassback,
  type ApiKey,
  type Building,
  cardFormatsOfKey,
  defaultTenant,
  hashApiKey,
  newApiKey,
  type Reader,
  type Schedule,
  type Site,
  type Zone,
} from '@swipegate/contract';
import { type AccessLevelIds, demoPeople } from './demo-people.js';

/**
 * Site of `npm start`: 2 buildings in 2 time zones, 24 readers, 5,000 employees with cards in every state the rules know.
 * Nine in ten have access at any hour, so the site always looks busy. The same seed gives the same site on any day.
 */
export function demoSite({ seed = 1 }: { seed?: number } = {}): Site {
  return {
    tenantId: 'demo',
    buildings: buildings(),
    zones: zones(),
    schedules: schedules(),
    accessLevels: accessLevels(),
    readers: readers(),
    ...demoPeople(seed, LEVELS),
  };
}

export interface DemoKeys {
  /** API keys by reader, in clear text. Never store them in a table. */
  keys: Record<string, string>;
  /** In clear text. */
  operatorKey: string;
  /** Rows of the api-keys table, which holds only hashes. */
  rows: ApiKey[];
}

/**
 * Creates an API key for every reader of a site and one for an operator.
 * @param kept keys of an earlier start, which are used again
 */
export function demoKeys(
  site: Site,
  kept: { keys?: Readonly<Record<string, string>>; operator?: string | undefined } = {},
): DemoKeys {
  const keys: Record<string, string> = {};
  const { tenantId } = site;
  const { cardNumbers } = defaultTenant(tenantId);
  const rows = site.readers.map((reader): ApiKey => {
    const { readerId } = reader;
    const key = kept.keys?.[readerId] ?? newApiKey();
    keys[readerId] = key;
    const formats = cardFormatsOfKey([reader], cardNumbers);
    return { keyHash: hashApiKey(key), keyId: `key-${readerId}`, tenantId, readerIds: [readerId], ...formats };
  });
  const operatorKey = kept.operator ?? newApiKey();
  const operator = { keyId: 'key-operator', tenantId, role: 'operator' as const, readerIds: [] };
  rows.push({ keyHash: hashApiKey(operatorKey), ...operator });
  return { keys, operatorKey, rows };
}

function buildings(): Building[] {
  return [
    { buildingId: 'hq', name: 'Headquarters, Berlin', timeZone: 'Europe/Berlin' },
    { buildingId: 'ny', name: 'Hudson Yard, New York', timeZone: 'America/New_York' },
  ];
}

function zones(): Zone[] {
  const zone = (zoneId: string, name: string, antiPassback: AntiPassback, outerZoneId?: string): Zone => {
    const outer = outerZoneId === undefined ? {} : { outerZoneId };
    return { zoneId, buildingId: zoneId.slice(0, 2), name, ...outer, antiPassback };
  };
  return [
    zone('hq-offices', 'Offices', { mode: 'hard' }),
    zone('hq-garage', 'Garage', { mode: 'none' }),
    zone('hq-lab', 'Laboratory', { mode: 'hard' }, 'hq-offices'),
    zone('hq-datacentre', 'Data centre', { mode: 'timed', minutes: 5 }, 'hq-offices'),
    zone('ny-offices', 'Offices', { mode: 'soft' }),
    zone('ny-garage', 'Garage', { mode: 'none' }),
    zone('ny-lab', 'Laboratory', { mode: 'timed', minutes: 1 }, 'ny-offices'),
    zone('ny-archive', 'Archive', { mode: 'hard' }, 'ny-offices'),
    zone('ny-terrace', 'Terrace', { mode: 'none' }, 'ny-offices'),
    zone('ny-showroom', 'Showroom', { mode: 'none' }),
  ];
}

const WORKDAYS = [1, 2, 3, 4, 5];
const EVERY_DAY = [1, 2, 3, 4, 5, 6, 7];

function schedules(): Schedule[] {
  return [
    { scheduleId: 'always', intervals: [{ days: EVERY_DAY, from: '00:00', until: '24:00' }], holidays: [] },
    { scheduleId: 'office-hours', intervals: [{ days: WORKDAYS, from: '07:00', until: '19:00' }], holidays: [] },
    { scheduleId: 'weekend', intervals: [{ days: [6, 7], from: '00:00', until: '24:00' }], holidays: [] },
    { scheduleId: 'night-shift', intervals: [{ days: EVERY_DAY, from: '22:00', until: '06:00' }], holidays: [] },
    {
      scheduleId: 'business-days',
      intervals: [
        { days: WORKDAYS, from: '08:00', until: '12:30' },
        { days: WORKDAYS, from: '13:00', until: '18:00' },
      ],
      holidays: ['01-01', '05-01', '07-04', '10-03', '12-25', '12-26'].flatMap((day) =>
        [2025, 2026, 2027, 2028, 2029, 2030].map((year) => `${year}-${day}`),
      ),
    },
  ];
}

const LEVELS: AccessLevelIds = {
  staff: 'staff',
  datacentre: 'datacentre-operators',
  visitor: 'hq-visitors',
  officeHours: 'office-hours-staff',
  businessDays: 'business-days-staff',
  weekend: 'weekend-crew',
  nightShift: 'night-crew',
};

function accessLevels(): AccessLevel[] {
  const restricted = ['hq-datacentre', 'ny-archive'];
  const everyday = zones().flatMap(({ zoneId }) => (restricted.includes(zoneId) ? [] : [zoneId]));
  return [
    { accessLevelId: LEVELS.staff, zoneIds: everyday, scheduleId: 'always' },
    { accessLevelId: LEVELS.datacentre, zoneIds: restricted, scheduleId: 'always' },
    { accessLevelId: LEVELS.visitor, zoneIds: ['hq-offices', 'ny-showroom'], scheduleId: 'always' },
    { accessLevelId: LEVELS.officeHours, zoneIds: everyday, scheduleId: 'office-hours' },
    { accessLevelId: LEVELS.businessDays, zoneIds: everyday, scheduleId: 'business-days' },
    { accessLevelId: LEVELS.weekend, zoneIds: everyday, scheduleId: 'weekend' },
    { accessLevelId: LEVELS.nightShift, zoneIds: everyday, scheduleId: 'night-shift' },
  ];
}

function readers(): Reader[] {
  return [
    ...pair('hq-north', 1, 'North turnstile 1', 'hq-offices'),
    ...pair('hq-north', 2, 'North turnstile 2', 'hq-offices'),
    ...pair('hq-south', 1, 'South turnstile', 'hq-offices'),
    ...pair('hq-garage', 1, 'Garage barrier', 'hq-garage'),
    ...pair('hq-lab', 1, 'Laboratory door', 'hq-lab', 'hq-offices'),
    ...pair('hq-datacentre', 1, 'Data centre mantrap', 'hq-datacentre', 'hq-offices'),
    ...pair('ny-main', 1, 'Main turnstile 1', 'ny-offices'),
    ...pair('ny-main', 2, 'Main turnstile 2', 'ny-offices'),
    ...pair('ny-garage', 1, 'Garage gate', 'ny-garage'),
    ...pair('ny-lab', 1, 'Laboratory door', 'ny-lab', 'ny-offices'),
    reader('ny-archive-in-1', 'Archive door', 'ny-archive', 'in', { outerZoneId: 'ny-offices', mode: 'locked-down' }),
    reader('ny-archive-out-1', 'Archive door', 'ny-archive', 'out', { outerZoneId: 'ny-offices' }),
    reader('ny-terrace-1', 'Terrace door', 'ny-terrace', 'both', { outerZoneId: 'ny-offices' }),
    reader('ny-showroom-in-1', 'Showroom door', 'ny-showroom', 'in', { mode: 'free' }),
  ];
}

/** A door with a reader on each side. */
function pair(place: string, number: number, door: string, zoneId: string, outerZoneId?: string): Reader[] {
  const outer = outerZoneId === undefined ? {} : { outerZoneId };
  return [
    reader(`${place}-in-${number}`, door, zoneId, 'in', outer),
    reader(`${place}-out-${number}`, door, zoneId, 'out', outer),
  ];
}

function reader(
  readerId: string,
  door: string,
  zoneId: string,
  direction: Reader['direction'],
  more: Partial<Pick<Reader, 'outerZoneId' | 'mode'>>,
): Reader {
  return { readerId, door, buildingId: readerId.slice(0, 2), zoneId, direction, mode: 'normal', ...more };
}
