// Own process: takes long.
import { randomUUID } from 'node:crypto';
import { batchWrite } from '@swipegate/aws/batch-write';
import {
  ADMIN_ROLES,
  BUCKETS,
  type Decision,
  decisionRow,
  defaultTenant,
  nameKey,
  TABLES,
  tenantKey,
  unknownCardsKey,
  unpairedDevicesKey,
  visitKey,
} from '@swipegate/contract';
import t from 'tap';
import { ImportFiles } from '../../stores/changes/import-files.js';
import { presenceRow } from '../../stores/presence.js';
import { type Answer, CREATE, REPLACE, startAdminApi } from './admin-api.js';
import { PATH, ROUTES, type RouteEntry } from './route-table.js';
import { routesOf } from './routes-of.js';
import { takePublished } from './take-published.js';

const USER_OF = {
  hr: 'hanna',
  guard: 'gabriel',
  security: 'samuel',
  auditor: 'aylin',
  admin: 'anders',
} as const;
const api = await startAdminApi(t);
const { ask, services, dynamodb } = api;
const ids: Record<string, string> = { ...PATH, ...(await somethingOfEach()) };

t.test('the table lists exactly the routes of the app', async (t) => {
  t.same(routesOf(api.app), Object.keys(ROUTES).sort());
});

for (const [route, entry] of Object.entries(ROUTES)) {
  t.test(route, async (t) => {
    const isPublic = entry.roles === 'public';
    const anonymous = await request(undefined, route, entry);
    t.equal(anonymous.statusCode, isPublic ? 200 : 401, 'no token');
    if (!isPublic) t.match(anonymous.json(), { code: 'missing-token' });
    for (const role of ADMIN_ROLES) {
      const answer = await request(USER_OF[role], route, entry);
      const isAllowed = isPublic || entry.roles.split(' ').includes(role);
      t.equal(answer.statusCode, isAllowed ? entry.status : 403, role);
      if (!isAllowed) t.match(answer.json(), { code: 'role-not-allowed' });
    }
    if (route.startsWith('GET ')) {
      for (const who of [undefined, ...Object.values(USER_OF)]) {
        const [head, get] = [await request(who, route.replace('GET', 'HEAD'), entry), await request(who, route, entry)];
        t.equal(head.statusCode, get.statusCode, `HEAD as ${who}`);
        t.equal(head.body, '');
      }
    }
  });
}

t.test('an admin of another tenant can neither see nor change this one', async (t) => {
  await takePublished(api);
  for (const [route, entry] of Object.entries(ROUTES)) {
    const mine = await request('anders', route, entry);
    const theirs = await request('olga', route, entry, ['other:admin']);
    switch (entry.strangers) {
      case 'empty':
        t.not(mine.json().items.length, 0, `${route}: the owner sees rows`);
        for (const { tenantId, ...item } of theirs.json().items) {
          if (tenantId === undefined) t.notMatch(JSON.stringify(item), /hq|emp-0|card-0|key-1/, route);
          else t.equal(tenantId, 'other', route);
        }
        break;
      case 'not-found':
        t.match(theirs.json(), { status: 404, code: 'not-found' }, route);
        break;
      case 'own-change':
        t.match([mine.json(), theirs.json()], [{ tenantId: 'demo' }, { tenantId: 'other' }], route);
        break;
      case 'tenantless':
        t.notMatch(theirs.body, /hq-|emp-0|card-0|demo\//, route);
        break;
      case 'same':
        t.equal(theirs.body, mine.body);
    }
  }
  const ownImport = await request('olga', 'GET /v1/imports/:importId', imports(), ['other:admin']);
  t.match(ownImport.json(), { status: 404, code: 'not-found' });
  t.match((await request('anders', 'GET /v1/imports/:importId', imports())).json(), { state: 'done' });
  const published = await takePublished(api);
  t.ok(published.length > 20);
  for (const { group, change } of published) {
    t.equal(change.tenantId, change.by.userName === 'olga' ? 'other' : 'demo');
    t.equal(group, change.tenantId, 'the message group is the tenant');
  }
  t.ok(published.some(({ change }) => change.by.userName === 'olga'));
});

t.test('only the token decides the tenant', async (t) => {
  const headers = { 'x-tenant-id': 'demo', 'x-forwarded-tenant': 'demo' };
  t.match((await ask('olga', 'GET', '/v1/employees', { headers })).json(), { items: [{ name: 'Otto' }] });
  for (const url of ['/v1/employees?tenantId=demo', '/v1/me?tenantId=demo', '/v1/changes?tenantId=demo']) {
    t.match((await ask('olga', 'GET', url)).json(), { status: 400, field: 'tenantId', reason: /not a parameter/ }, url);
  }
  const body = { name: 'Eve', active: true, accessLevelIds: [], why: 'Trying', tenantId: 'demo' };
  const sent = await ask('olga', 'PUT', '/v1/employees/emp-00001', { payload: body });
  t.match(sent.json(), { status: 400, field: 'tenantId', reason: /not a known field/ });
});

function imports(): RouteEntry {
  const entry = ROUTES['GET /v1/imports/:importId'];
  if (entry === undefined) throw new Error('There is no such route');
  return entry;
}

async function request(
  who: string | undefined,
  route: string,
  { body, query = '' }: RouteEntry,
  groups?: readonly string[],
): Promise<Answer> {
  const [method = '', pattern = ''] = route.split(' ');
  const url = pattern.replace(/:(\w+)/g, (_, name: string) => ids[name] ?? '');
  // Each end needs a lockdown, in tenant `demo`.
  if (route === 'DELETE /v1/lockdowns/:lockdownId') await lock(ids['lockdownId'] ?? '');
  // Only tenant `demo` has the entries that the paths name.
  const headers = method !== 'PUT' ? {} : who === 'olga' ? CREATE : REPLACE;
  return ask(who, method, `${url}${query}`, { headers, ...(body && { payload: body }) }, groups);
}

async function lock(lockdownId: string): Promise<void> {
  const lockdown = { lockdownId, locks: [{}], why: 'Drill', by: { userId: 'u', userName: 'samuel' } };
  const key = { siteKey: tenantKey('demo', 'lockdowns'), id: lockdownId };
  await batchWrite(dynamodb, TABLES.site, [{ ...key, ...lockdown, since: new Date().toISOString() }]);
}

/** Writes a card, a change, a key, an import, a swipe and a presence of tenant `demo`. */
async function somethingOfEach(): Promise<Record<string, string>> {
  const tenantId = 'demo';
  const { employeeId, readerId, keyId } = PATH;
  const card = api.sites.demo.cards.find((card) => card.employeeId === employeeId);
  if (card === undefined) throw new Error('The demo’s first employee has no card');
  const { cardId } = card;
  const at = new Date().toISOString();
  const swipeId = randomUUID();
  const decision: Decision = {
    ...{ swipeId, tenantId, readerId, cardId, employeeId, outcome: 'granted', reason: 'granted', direction: 'in' },
    ...{ buildingId: 'hq', zoneId: 'hq-offices', readAt: at, receivedAt: at, decidedAt: at },
    ...{ timeBasis: 'readAt', sequence: '1' },
  };
  await batchWrite(dynamodb, TABLES.decisions, [decisionRow(decision, 4_000_000_000)]);
  const inside = { buildingId: 'hq', zoneId: 'hq-offices', since: at, swipeId };
  const cardKey = tenantKey(tenantId, cardId);
  const presence = presenceRow({ cardKey, version: 1, sequence: '', employeeId, inside, movedAt: at, outbox: [] });
  const members = Object.entries(presence).filter(([, value]) => value !== undefined);
  await batchWrite(dynamodb, TABLES.presence, [Object.fromEntries(members)]);
  const keys = { siteKey: tenantKey(tenantId, 'reader-keys'), id: readerId, keys: [{ keyId, keyHash: 'a' }] };
  const tenant = { siteKey: tenantKey(tenantId, 'tenant'), id: tenantId, ...defaultTenant(tenantId) };
  const operatorKey = { siteKey: tenantKey(tenantId, 'operator-keys'), id: keyId, keyId, name: 'Desk', keyHash: 'b' };
  const device = { deviceId: PATH.deviceId, make: 'zkteco', serial: 'A', doors: [{ door: 1, in: readerId }] };
  const deviceRow = {
    siteKey: tenantKey(tenantId, 'devices'),
    id: PATH.deviceId,
    ...device,
    timeZone: 'UTC',
    keys: [],
  };
  await batchWrite(dynamodb, TABLES.site, [keys, tenant, operatorKey, deviceRow]);
  const person = { employeeId, name: 'Mona hq', active: true, accessLevelIds: ['staff'], cardIds: [cardId] };
  const row = { employeeKey: tenantKey(tenantId, employeeId), ...person, tenantId, nameKey: nameKey(person) };
  const until = '2099-01-01T18:00:00Z';
  const visit = { hostId: employeeId, buildingId: 'hq', from: at, until };
  const visitor = { employeeId: 'visit-1', name: 'Vera hq', active: true, accessLevelIds: [], cardIds: [], visit };
  const visitRow = { employeeKey: tenantKey(tenantId, 'visit-1'), ...visitor, tenantId };
  const visitorKey = visitKey({ until, employeeId: 'visit-1' });
  await batchWrite(dynamodb, TABLES.employees, [row, { ...visitRow, nameKey: visitorKey }]);
  const refused = { readerId, cardId: 'w26-161-45763', swipeId, at };
  const unpaired = { firstSeen: at, lastSeen: at, requests: 1 };
  await batchWrite(dynamodb, TABLES.readerContacts, [
    { ...refused, tenantId: unknownCardsKey(tenantId) },
    { tenantId: unpairedDevicesKey(tenantId), readerId: 'zkteco', devices: [{ ...unpaired, serial: 'hq-0' }] },
  ]);
  const importId = randomUUID();
  const by = { userId: 'u', userName: 'hanna' };
  const result = { tenantId, importId, kind: 'cards' as const, by, why: 'New site', finishedAt: at, lines: [] };
  await new ImportFiles(services.s3, BUCKETS.uploads).putResult(result);
  const change = await ask('hanna', 'POST', `/v1/cards/${cardId}/lost`, { payload: { why: 'In the matrix' } });
  const start = (buildingId: string) =>
    ask('gabriel', 'POST', '/v1/roll-calls', { payload: { buildingId, why: 'In the matrix' } });
  // One stays open, and the matrix ends the other.
  await start('hq');
  const other = (await start('ny')).json();
  return { cardId, importId, changeId: change.json().changeId, rollCallId: other.rollCallId };
}
