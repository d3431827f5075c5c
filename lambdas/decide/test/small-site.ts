import type { Card, Employee, Reader, Site, SwipeRecord } from '@swipegate/contract';
import type { SiteIndex } from '../../stores/site-cache.js';
import type { ClockLimits } from '../rules/clock.js';

export const MONDAY_9_UTC = Date.parse('2026-11-23T09:00:00Z');

/** The defaults of the function. */
export const CLOCK: ClockLimits = { maxClockSkewMs: 300_000, maxOfflineMs: 31 * 86_400_000 };

const ZONES: Site['zones'] = [
  { zoneId: 'hard', buildingId: 'b', name: 'Hard', antiPassback: { mode: 'hard' } },
  { zoneId: 'soft', buildingId: 'b', name: 'Soft', antiPassback: { mode: 'soft' } },
  { zoneId: 'timed', buildingId: 'b', name: 'Timed', antiPassback: { mode: 'timed', minutes: 5 } },
  { zoneId: 'none', buildingId: 'b', name: 'None', antiPassback: { mode: 'none' } },
  { zoneId: 'daily', buildingId: 'b', name: 'Daily', antiPassback: { mode: 'hard', forgiveAt: '04:00' } },
  { zoneId: 'small', buildingId: 'b', name: 'Small', antiPassback: { mode: 'soft' }, occupancyLimit: 2 },
  {
    zoneId: 'pair',
    buildingId: 'b',
    name: 'Pair',
    antiPassback: { mode: 'hard' },
    accompaniment: { withinSeconds: 30 },
  },
  {
    zoneId: 'vault',
    buildingId: 'b',
    name: 'Vault',
    antiPassback: { mode: 'none' },
    occupancyLimit: 2,
    accompaniment: { withinSeconds: 30 },
  },
];

/** One building, a zone for each kind of rule, a reader on each side of each door, people of each kind. */
export const SITE: Site = {
  tenantId: 'acme',
  buildings: [{ buildingId: 'b', name: 'B', timeZone: 'Europe/Berlin' }],
  zones: ZONES,
  schedules: [
    {
      scheduleId: 'always',
      intervals: [{ days: [1, 2, 3, 4, 5, 6, 7], from: '00:00', until: '24:00' }],
      holidays: ['2026-12-25'],
    },
    { scheduleId: 'mornings', intervals: [{ days: [1], from: '08:00', until: '12:00' }], holidays: [] },
  ],
  accessLevels: [
    { accessLevelId: 'all', zoneIds: ZONES.map(({ zoneId }) => zoneId), scheduleId: 'always' },
    { accessLevelId: 'mornings', zoneIds: ['hard'], scheduleId: 'mornings' },
  ],
  readers: [
    ...ZONES.flatMap(({ zoneId }) => [reader(zoneId, 'in'), reader(zoneId, 'out')]),
    { ...reader('small', 'both'), outerZoneId: 'vault' },
    { ...reader('small', 'in'), readerId: 'small-free', mode: 'free' },
    { ...reader('none', 'both'), outerZoneId: 'hard' },
    { ...reader('none', 'in'), readerId: 'free', mode: 'free' },
    { ...reader('none', 'in'), readerId: 'locked', mode: 'locked-down' },
    { ...reader('none', 'out'), readerId: 'locked-out', mode: 'locked-down' },
  ],
  employees: [
    employee('ann'),
    employee('bob'),
    employee('cara'),
    employee('dave'),
    { ...employee('gone'), active: false },
    { ...employee('mona'), accessLevelIds: ['mornings'] },
    { ...employee('nil'), accessLevelIds: [] },
  ],
  cards: [
    card('ann'),
    card('bob'),
    { ...card('bob'), cardId: 'bob-2' },
    card('cara'),
    card('dave'),
    card('gone'),
    card('mona'),
    card('nil'),
    { cardId: 'unlinked', status: 'active' },
    { ...card('ann'), cardId: 'orphan', employeeId: 'nobody' },
    ...(['issued', 'suspended', 'lost', 'stolen', 'destroyed', 'expired', 'revoked'] as const).map((status) => ({
      ...card('ann'),
      cardId: status,
      status,
    })),
    { ...card('ann'), cardId: 'early', validFrom: '2026-11-24T00:00:00Z' },
    { ...card('ann'), cardId: 'late', validUntil: '2026-11-23T09:00:00Z' },
  ],
};

export const INDEX: SiteIndex = {
  buildings: new Map(SITE.buildings.map((row) => [row.buildingId, row])),
  zones: new Map(SITE.zones.map((row) => [row.zoneId, row])),
  schedules: new Map(SITE.schedules.map((row) => [row.scheduleId, row])),
  accessLevels: new Map(SITE.accessLevels.map((row) => [row.accessLevelId, row])),
  readers: new Map(SITE.readers.map((row) => [row.readerId, row])),
};

function reader(zoneId: string, direction: Reader['direction']): Reader {
  return { readerId: `${zoneId}-${direction}`, door: zoneId, buildingId: 'b', zoneId, direction, mode: 'normal' };
}

function employee(employeeId: string): Employee {
  return { employeeId, name: employeeId, active: true, accessLevelIds: ['all'] };
}

function card(employeeId: string): Card {
  return { cardId: employeeId, status: 'active', employeeId };
}

/** A valid swipeId for each number. */
export function swipeIdOf(n: number): string {
  return `00000000-0000-7000-8000-${String(n).padStart(12, '0')}`;
}

export function swipeOf(change: Partial<SwipeRecord> & { n?: number } = {}): SwipeRecord {
  const { n = 1, ...rest } = change;
  const readAt = rest.readAt ?? new Date(MONDAY_9_UTC).toISOString();
  return {
    tenantId: 'acme',
    swipeId: swipeIdOf(n),
    readerId: 'hard-in',
    cardId: 'ann',
    receivedAt: readAt,
    ...rest,
    readAt,
  };
}
