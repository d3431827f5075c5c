/** Path parameters of {@link ROUTES}, in tenant `demo`. */
export const PATH = {
  employeeId: 'emp-00001',
  readerId: 'hq-north-in-1',
  buildingId: 'hq',
  accessLevelId: 'staff',
  zoneId: 'hq-lab',
  scheduleId: 'always',
  keyId: 'key-1',
  deviceId: 'terminal-1',
  lockdownId: 'threat-level',
} as const;

const ALL = 'hr guard security auditor admin';
const PEOPLE_OFFICE = 'hr admin';
const SECURITY = 'security admin';
const GUARDS = 'guard security admin';
const MOVEMENTS = 'guard security auditor admin';
const PUBLIC = 'public';

/** Expected answer to an admin of another tenant. */
export type ForStrangers =
  /** A list without rows of tenant `demo`. */
  | 'empty'
  | 'not-found'
  /** A change in their own tenant. */
  | 'own-change'
  /** An answer without data of tenant `demo`. */
  | 'tenantless'
  /** The same answer as for everyone. */
  | 'same';

export interface RouteEntry {
  roles: string;
  strangers: ForStrangers;
  status: number;
  body?: object;
  query?: string;
}

/** Yesterday and tomorrow in UTC: today is between them wherever the building is. */
const DAYS = [-1, 1].map((days) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10));

const why = 'Written down';
const read = (roles: string, strangers: ForStrangers): RouteEntry => ({ roles, strangers, status: 200 });
const change = (roles: string, body: object): RouteEntry => ({
  roles,
  strangers: 'own-change',
  status: 202,
  body: { ...body, why },
});
const removal = (roles: string): RouteEntry => ({ roles, strangers: 'own-change', status: 202, query: '?why=Gone' });

const VISIT = {
  name: 'Vera',
  ...{ hostId: 'emp-00001', buildingId: 'hq', from: '2099-01-01T08:00:00Z', until: '2099-01-01T18:00:00Z' },
  accessLevelIds: [],
};

/** Expected roles of each route. Repeats the permissions, so that a mistake in a route fails the test. */
export const ROUTES: Readonly<Record<string, RouteEntry>> = {
  'GET /healthz': read(PUBLIC, 'tenantless'),
  'GET /openapi.json': read(PUBLIC, 'same'),
  'GET /v1/me': read(ALL, 'tenantless'),
  'GET /v1/employees': read(ALL, 'empty'),
  'GET /v1/employees/:employeeId': read(ALL, 'not-found'),
  'PUT /v1/employees/:employeeId': change(PEOPLE_OFFICE, { name: 'New', active: true, accessLevelIds: [] }),
  'POST /v1/employees/:employeeId/erase': change('admin', {}),
  'POST /v1/employees/:employeeId/outside': change(GUARDS, {}),
  'GET /v1/employees/:employeeId/events': read(MOVEMENTS, 'empty'),
  'GET /v1/visits': read(ALL, 'empty'),
  'POST /v1/visits': change('hr guard security admin', VISIT),
  'PUT /v1/visits/:employeeId': change('hr guard security admin', VISIT),
  'POST /v1/visits/:employeeId/check-in': change('hr guard security admin', {}),
  'POST /v1/visits/:employeeId/check-out': change('hr guard security admin', {}),
  'GET /v1/cards': { ...read(ALL, 'empty'), query: '?number=161,45763' },
  'GET /v1/unknown-cards': read(ALL, 'empty'),
  'GET /v1/cards/:cardId': read(ALL, 'not-found'),
  'POST /v1/cards/:cardId/link': change(PEOPLE_OFFICE, { employeeId: 'emp-00001', buildingId: 'hq' }),
  'POST /v1/cards/:cardId/outside': change(GUARDS, {}),
  'POST /v1/cards/:cardId/unlink': change(PEOPLE_OFFICE, {}),
  'POST /v1/cards/:cardId/trace': change(GUARDS, {}),
  'POST /v1/cards/:cardId/untrace': change(GUARDS, {}),
  'POST /v1/cards/:cardId/suspend': change('hr guard security admin', {}),
  'POST /v1/cards/:cardId/lost': change('hr guard security admin', {}),
  'POST /v1/cards/:cardId/stolen': change('hr guard security admin', {}),
  'POST /v1/cards/:cardId/destroyed': change('hr guard security admin', {}),
  'POST /v1/cards/:cardId/expire': change('hr guard security admin', {}),
  'POST /v1/cards/:cardId/reactivate': change(PEOPLE_OFFICE, {}),
  'GET /v1/cards/:cardId/events': read(MOVEMENTS, 'empty'),
  'GET /v1/changes': read(ALL, 'empty'),
  'GET /v1/changes/:changeId': read(ALL, 'not-found'),
  'GET /v1/tenant': read(ALL, 'tenantless'),
  'PUT /v1/tenant': change('admin', { name: 'Acme', cardNumbers: 'full' }),
  'GET /v1/devices': read(ALL, 'empty'),
  'PUT /v1/devices/:deviceId': change(SECURITY, {
    make: 'zkteco',
    serial: 'ABC1',
    doors: [{ door: 1, in: 'hq-north-in-1' }],
    timeZone: 'Europe/Berlin',
  }),
  'DELETE /v1/devices/:deviceId': removal(SECURITY),
  'POST /v1/devices/:deviceId/keys': { ...change(SECURITY, {}), strangers: 'not-found' },
  'DELETE /v1/devices/:deviceId/keys/:keyId': removal(SECURITY),
  'GET /v1/devices/unpaired': read(ALL, 'empty'),
  'GET /v1/devices/:deviceId/commands': read(ALL, 'empty'),
  'POST /v1/devices/:deviceId/commands': { ...change(GUARDS, { command: 'open' }), strangers: 'not-found' },
  'GET /v1/lockdowns': read(ALL, 'empty'),
  'POST /v1/lockdowns': change(GUARDS, { locks: [{}] }),
  'DELETE /v1/lockdowns/:lockdownId': { ...removal(GUARDS), strangers: 'not-found' },
  'GET /v1/operator-keys': read(ALL, 'empty'),
  'POST /v1/operator-keys': change('admin', { name: 'Guard desk' }),
  'DELETE /v1/operator-keys/:keyId': removal('admin'),
  'GET /v1/buildings': read(ALL, 'empty'),
  'PUT /v1/buildings/:buildingId': change(SECURITY, { name: 'HQ', timeZone: 'Europe/Berlin' }),
  'DELETE /v1/buildings/:buildingId': removal(SECURITY),
  'GET /v1/buildings/:buildingId/dependents': read(ALL, 'not-found'),
  'GET /v1/zones/:zoneId/dependents': read(ALL, 'not-found'),
  'GET /v1/schedules/:scheduleId/dependents': read(ALL, 'not-found'),
  'GET /v1/access-levels/:accessLevelId/dependents': read(ALL, 'not-found'),
  'GET /v1/readers/:readerId/dependents': read(ALL, 'not-found'),
  'GET /v1/readers/:readerId/cardholders': read(ALL, 'not-found'),
  'GET /v1/employees/:employeeId/access': read(ALL, 'not-found'),
  'PUT /v1/employees/:employeeId/permits/:zoneId': change('hr security admin', { until: '2099-01-01T00:00:00Z' }),
  'DELETE /v1/employees/:employeeId/permits/:zoneId': removal('hr security admin'),
  'GET /v1/buildings/:buildingId/muster': read(MOVEMENTS, 'not-found'),
  'GET /v1/buildings/:buildingId/occupancy': read(MOVEMENTS, 'not-found'),
  'GET /v1/attendance': { ...read('hr auditor admin', 'empty'), query: `?from=${DAYS[0]}&to=${DAYS[1]}` },
  'GET /v1/roll-calls': read(MOVEMENTS, 'empty'),
  'POST /v1/roll-calls': {
    roles: GUARDS,
    strangers: 'not-found',
    status: 200,
    body: { buildingId: 'hq', why },
  },
  'GET /v1/roll-calls/:rollCallId': read(MOVEMENTS, 'not-found'),
  'POST /v1/roll-calls/:rollCallId/ticks': {
    roles: GUARDS,
    strangers: 'not-found',
    status: 200,
    body: {
      ticks: [
        {
          tickId: '0193a1d2-7c1e-7000-8000-000000000001',
          cardId: 'card-00001',
          state: 'safe',
          at: '2026-11-24T08:15:30Z',
        },
      ],
    },
  },
  'POST /v1/roll-calls/:rollCallId/end': { roles: GUARDS, strangers: 'not-found', status: 200, body: { why } },
  'GET /v1/zones': read(ALL, 'empty'),
  'PUT /v1/zones/:zoneId': change(SECURITY, { buildingId: 'hq', name: 'Lab', antiPassback: { mode: 'none' } }),
  'DELETE /v1/zones/:zoneId': removal(SECURITY),
  'GET /v1/access-levels': read(ALL, 'empty'),
  'PUT /v1/access-levels/:accessLevelId': change(SECURITY, { zoneIds: [], scheduleId: 'always' }),
  'DELETE /v1/access-levels/:accessLevelId': removal(SECURITY),
  'GET /v1/schedules': read(ALL, 'empty'),
  'PUT /v1/schedules/:scheduleId': change(SECURITY, {
    intervals: [{ days: [1], from: '22:00', until: '06:00' }],
    holidays: [],
  }),
  'DELETE /v1/schedules/:scheduleId': removal(SECURITY),
  'GET /v1/readers': read(ALL, 'empty'),
  'PUT /v1/readers/:readerId': change(SECURITY, {
    door: 'Door',
    buildingId: 'hq',
    zoneId: 'hq-offices',
    direction: 'in',
    mode: 'normal',
  }),
  'DELETE /v1/readers/:readerId': removal(SECURITY),
  'GET /v1/readers/:readerId/events': read(MOVEMENTS, 'empty'),
  'GET /v1/readers/:readerId/keys': read(ALL, 'empty'),
  'POST /v1/readers/:readerId/keys': { ...change(SECURITY, {}), strangers: 'not-found' },
  'DELETE /v1/readers/:readerId/keys/:keyId': removal(SECURITY),
  'POST /v1/imports': {
    roles: PEOPLE_OFFICE,
    strangers: 'tenantless',
    status: 201,
    body: { kind: 'employees', why },
  },
  'GET /v1/imports/:importId': read(PEOPLE_OFFICE, 'tenantless'),
  'POST /v1/imports/:importId/apply': { roles: PEOPLE_OFFICE, strangers: 'not-found', status: 202 },
};
