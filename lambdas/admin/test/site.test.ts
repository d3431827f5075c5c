import { randomUUID } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { text } from 'node:stream/consumers';
import { GetItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { itemOf, rowOf } from '@swipegate/aws/attributes';
import { batchWrite } from '@swipegate/aws/batch-write';
import { deviceContactsKey, hashApiKey, hashDeviceSerial, tenantKey, unpairedDevicesKey } from '@swipegate/contract';
import { tables } from '@swipegate/infra/resources';
import t from 'tap';
import { CREATE, startAdminApi } from './admin-api.js';
import { runEventFunctions } from './event-functions.js';

const api = await startAdminApi(t);
await runEventFunctions(t, api);
const { ask, settled } = api;
const why = 'Told by facilities';
const schedule = {
  intervals: [{ days: [1, 2], from: '08:00', until: '18:00' }],
  holidays: ['2026-12-25'],
  why,
};
const reader = { door: 'North', buildingId: 'hq', zoneId: 'hq-offices', direction: 'in', mode: 'normal', why };
const building = { name: 'Annex', timeZone: 'Europe/Paris', why };
const zone = {
  buildingId: 'hq',
  name: 'Vault',
  outerZoneId: 'hq-lab',
  antiPassback: { mode: 'timed', minutes: 5, forgiveAt: '04:00' },
  occupancyLimit: 4,
  accompaniment: { withinSeconds: 10 },
  why,
};
const level = { zoneIds: ['hq-offices'], scheduleId: 'always', why };

async function change(method: string, url: string, payload?: object, headers = method === 'PUT' ? CREATE : {}) {
  const answer = await ask('samuel', method, url, { headers, ...(payload && { payload }) });
  t.equal(answer.statusCode, 202, answer.body);
  return settled('samuel', answer.json().changeId);
}
const versions = new Map<string, string>();
async function listed(kind: string, id: string, value: string) {
  const { items } = (await ask('samuel', 'GET', `/v1/${kind}`)).json();
  const found = items.find((item: Record<string, unknown>) => item[id] === value);
  if (found !== undefined) versions.set(value, found.version);
  delete found?.version;
  return found;
}

t.test('a PUT entry can be read back unchanged, and is gone after DELETE', async (t) => {
  const kinds = [
    ['buildings', 'buildingId', building],
    ['zones', 'zoneId', zone],
    ['schedules', 'scheduleId', schedule],
    ['access-levels', 'accessLevelId', level],
    ['readers', 'readerId', reader],
  ] as const;
  for (const [kind, id, { why: _, ...value }] of kinds) {
    const url = `/v1/${kind}/new.one:1_a-b`;
    t.match(await change('PUT', url, { ...value, why }), { state: 'applied', why, by: { userName: 'samuel' } }, kind);
    t.same(await listed(kind, id, 'new.one:1_a-b'), { [id]: 'new.one:1_a-b', ...value }, kind);
    t.match(await change('DELETE', `${url}?why=Not%20needed`), { state: 'applied', why: 'Not needed' });
    t.equal(await listed(kind, id, 'new.one:1_a-b'), undefined);
    t.match(await change('DELETE', `${url}?why=Not%20needed`), { state: 'rejected', code: /-unknown$/ }, 'twice');
  }
});

t.test('create and replace are different requests, and a replaced version is the one that was read', async (t) => {
  const kinds = [
    [
      'schedules',
      'scheduleId',
      schedule,
      { holidays: [] },
      /^The schedule c.* after you read it: holidays is now \[\]\.$/,
    ],
    ['buildings', 'buildingId', building, { name: 'Tower' }, /^The building c.* name is now "Tower"\.$/],
    ['zones', 'zoneId', zone, { occupancyLimit: 9 }, /^The zone c.* occupancyLimit is now 9\.$/],
    ['access-levels', 'accessLevelId', level, { zoneIds: ['hq-lab'] }, /zoneIds is now \["hq-lab"\]\.$/],
    ['readers', 'readerId', reader, { door: 'South', mode: 'free' }, /door is now "South"; mode is now "free"\.$/],
  ] as const;
  for (const [kind, idMember, value, other, reason] of kinds) {
    const url = `/v1/${kind}/c-${kind}`;
    const put = (headers: Record<string, string>, payload: object = value) =>
      ask('samuel', 'PUT', url, { headers, payload });
    const version = async () => {
      await listed(kind, idMember, `c-${kind}`);
      return { 'if-match': `"${versions.get(`c-${kind}`)}"` };
    };
    const unmet = (await put({})).json();
    t.match(unmet, { status: 428, code: 'precondition-required', detail: /^There is no .* If-None-Match: \*/ }, kind);
    t.match((await put({ 'if-match': '*' })).json(), { status: 412, code: 'changed-meanwhile' }, 'nothing to replace');
    t.match(await change('PUT', url, value), { state: 'applied', expects: 'absent' });
    const taken = await put(CREATE, { ...value, ...other });
    t.match(taken.json(), { status: 412, code: 'already-exists', field: idMember, reason: 'is taken' });
    const differing = Object.keys(other);
    const named = new RegExp(` differs from yours in: ${differing.join(', ')}\\. Choose`);
    t.match(taken.json(), { detail: named, differences: differing.map((member) => ({ member })) });
    const blind = await put({}, { ...value, ...other });
    t.match(blind.json(), {
      status: 428,
      detail: new RegExp(`would replace: ${differing.join(', ')}\\. Send If-Match`),
    });
    t.same(
      blind.json().differences,
      differing.map((member) => ({ member, now: Reflect.get(value, member) })),
    );
    t.equal(blind.headers['etag'], taken.headers['etag']);
    const read = await version();
    t.equal(taken.headers['etag'], read['if-match'], 'with the version that is there');
    t.match(await change('PUT', url, { ...value, ...other }, read), { state: 'applied' });
    const late = await put(read);
    t.match(late.json(), { status: 412, code: 'changed-meanwhile', detail: reason });
    t.same(
      late.json().differences,
      Object.entries(other).map(([member, now]) => ({ member, now })),
    );
    t.equal(late.headers['etag'], (await version())['if-match']);
    const removal = `${url}?why=Not%20needed`;
    t.match((await ask('samuel', 'DELETE', removal, { headers: read })).json(), { code: 'changed-meanwhile' });
    t.match(await listed(kind, idMember, `c-${kind}`), other, 'nothing else has changed it');
    t.match(await change('DELETE', removal, undefined, await version()), { state: 'applied' });
    const gone = (await put(read)).json();
    t.match(gone, { status: 412, code: 'changed-meanwhile', detail: /^There is no .*: it may have been removed\.$/ });
  }
});

t.test('when two changes are requested at once, the later one learns what the earlier one changed', async (t) => {
  const put = (id: string, payload: object, headers: Record<string, string>) =>
    ask('samuel', 'PUT', `/v1/readers/${id}`, { headers, payload });
  const outcomes = async (doors: [string, string], headers: Record<string, string>) => {
    const answers = await Promise.all([
      put('racing', { ...reader, door: doors[0] }, headers),
      put('racing', { ...reader, door: doors[1], mode: 'free' }, headers),
    ]);
    return Promise.all(
      answers.map(async (answer) =>
        answer.statusCode === 202 ? settled('samuel', answer.json().changeId) : answer.json(),
      ),
    );
  };
  /** The later one is refused when it is requested or when it is applied. */
  const inOrder = (all: Awaited<ReturnType<typeof outcomes>>) => {
    t.equal(all.filter(({ state }) => state === 'applied').length, 1);
    return { first: all.find(({ state }) => state === 'applied'), later: all.find(({ state }) => state !== 'applied') };
  };
  t.match(inOrder(await outcomes(['One', 'Two'], CREATE)).later, { code: 'already-exists' });
  await listed('readers', 'readerId', 'racing');
  const both = await outcomes(['Three', 'Four'], { 'if-match': `"${versions.get('racing')}"` });
  const { first, later } = inOrder(both);
  t.equal(later?.code, 'changed-meanwhile');
  t.match(later?.reason ?? later?.detail, /^The reader racing changed after you read it: door is now "(Three|Four)"/);
  t.match(await listed('readers', 'readerId', 'racing'), { door: first?.content.reader.door });
});

t.test('a condition that cannot be met is a bad request', async (t) => {
  for (const [headers, field, reason] of [
    [{ ...CREATE, 'if-match': '*' }, 'if-match', /cannot be combined with if-none-match/],
    [{ 'if-match': '"abc"' }, 'if-match', /must be \* or the ETag of the entry in double quotes/],
    [{ 'if-match': 'W/"abcdefgh"' }, 'if-match', /must be \*/],
    [{ 'if-match': '"abcdefgh", "abcdefgi"' }, 'if-match', /must be \*/],
    [{ 'if-match': '' }, 'if-match', /must be \*/],
    [{ 'if-none-match': '"abcdefgh"' }, 'if-none-match', /must be "\*"/],
  ] as const) {
    const answer = await ask('samuel', 'PUT', '/v1/readers/x', { headers, payload: reader });
    t.match(answer.json(), { status: 400, field, reason }, JSON.stringify(headers));
  }
});

t.test('an entry in use cannot be removed; unknown references are rejected', async (t) => {
  t.match(await change('DELETE', '/v1/schedules/always?why=Trying'), { state: 'rejected', code: 'in-use' });
  t.match(await change('DELETE', '/v1/access-levels/staff?why=Trying'), { state: 'rejected', code: 'in-use' });
  t.ok(await listed('schedules', 'scheduleId', 'always'));
  const lost = { ...level, zoneIds: ['ny-showroom', 'nowhere'] };
  t.match(await change('PUT', '/v1/access-levels/lost', lost), { code: 'zone-unknown', reason: /nowhere/ });
  const foreign = { ...reader, zoneId: 'ny-showroom' };
  t.match(await change('PUT', '/v1/readers/lost', foreign), { code: 'zone-unknown', reason: /hq has no zone/ });
});

t.test('problems name the invalid member', async (t) => {
  const [interval] = schedule.intervals;
  const withInterval = (more: object) => ({ ...schedule, intervals: [interval, { ...interval, ...more }] });
  const table: [kind: string, body: object, field: string][] = [
    ['schedules', withInterval({ days: [0] }), 'intervals.1.days.0'],
    ['schedules', withInterval({ days: [8] }), 'intervals.1.days.0'],
    ['schedules', withInterval({ days: ['1'] }), 'intervals.1.days.0'],
    ['schedules', withInterval({ from: '24:01' }), 'intervals.1.from'],
    ['schedules', withInterval({ from: '8:00' }), 'intervals.1.from'],
    ['schedules', withInterval({ form: '08:00' }), 'intervals.1.form'],
    ['schedules', { ...schedule, holidays: ['25.12.2026'] }, 'holidays.0'],
    ['schedules', { ...schedule, scheduleId: 'other' }, 'scheduleId'],
    ['schedules', { intervals: [], why }, 'holidays'],
    ['schedules', { ...schedule, intervals: [] }, 'intervals'],
    ['schedules', withInterval({ days: [] }), 'intervals.1.days'],
    ['schedules', withInterval({ from: '00:00', until: '00:00' }), 'intervals.1.until'],
    ['schedules', withInterval({ from: '24:00' }), 'intervals.1.from'],
    ['schedules', { ...schedule, holidays: ['2026-02-30'] }, 'holidays.0'],
    ['access-levels', { ...level, zoneIds: ['a/b'] }, 'zoneIds.0'],
    ['access-levels', { ...level, zoneIds: {} }, 'zoneIds'],
    ['access-levels', { ...level, scheduleId: '' }, 'scheduleId'],
    ['access-levels', { ...level, zones: [] }, 'zones'],
    ['readers', { ...reader, direction: 'through' }, 'direction'],
    ['readers', { ...reader, mode: 'open' }, 'mode'],
    ['readers', { ...reader, outerZoneId: null }, 'outerZoneId'],
    ['readers', { ...reader, readerIds: [] }, 'readerIds'],
    ['readers', { ...reader, why: undefined }, 'why'],
  ];
  for (const [kind, payload, field] of table) {
    const answer = await ask('samuel', 'PUT', `/v1/${kind}/x`, { payload });
    const wanted = { status: 400, code: 'bad-request', field, reason: /./, detail: new RegExp(`^${field} `) };
    t.match(answer.json(), wanted, `${kind} ${field}`);
  }
  for (const [query, field] of [
    ['', 'why'],
    ['?why=', 'why'],
    ['?why=no', 'why'],
    ['?why=Gone&force=true', 'force'],
  ] as const) {
    t.match((await ask('samuel', 'DELETE', `/v1/schedules/x${query}`)).json(), { status: 400, field }, query);
  }
});

t.test('an id is never treated as a path', async (t) => {
  const address = new URL(await api.app.listen({ port: 0, host: '127.0.0.1' }));
  const token = await api.issuer.tokenFor('anders');
  /** Sends the path unchanged; `fetch` would normalize it. */
  const raw = async (path: string): Promise<{ status: number | undefined; type: string | undefined; body: string }> =>
    new Promise((resolve, reject) => {
      const headers = { authorization: `Bearer ${token}` };
      const sent = httpRequest({
        host: address.hostname,
        port: address.port,
        path,
        method: 'DELETE',
        headers,
        agent: false,
      });
      sent.once('error', reject);
      sent.once('response', async (answer) => {
        resolve({ status: answer.statusCode, type: answer.headers['content-type'], body: await text(answer) });
      });
      sent.end();
    });
  const ids: [id: string, status: number][] = [
    ['..', 400],
    ['%2e%2e', 400],
    ['.', 400],
    ['%2E', 400],
    ['a%2Fb', 400],
    ['a/b', 404],
    ['..%2f..%2fdemo', 400],
    ['a%00', 400],
    ['%00', 400],
    ['a%0d%0aSet-Cookie:x', 400],
    ['%F0%9F%98%80', 400],
    ['%C3%BC', 400],
    ['%zz', 400],
    ['%ff', 400],
    ['%', 400],
    ['-a', 400],
    ['a%20b', 400],
    ['a+b', 400],
    ['a*', 400],
    ['a;b', 400],
    ['%7B%7D', 400],
    ['a'.repeat(65), 400],
    ['a'.repeat(101), 400],
    ['a'.repeat(5_000), 400],
    ['a'.repeat(64), 202],
    ['__proto__', 400],
    ['constructor', 202],
  ];
  for (const [id, status] of ids) {
    const answer = await raw(`/v1/schedules/${id}?why=Trying`);
    t.equal(answer.status, status, id.slice(0, 30));
    if (status !== 202) t.match(answer.type, /^application\/problem\+json/, id.slice(0, 30));
    if (status !== 202) t.match(JSON.parse(answer.body), { status });
  }
  t.equal((await raw('/v1/schedules/?why=Trying')).status, 405, 'without an id');
  t.equal((await raw('//v1/schedules/a?why=Trying')).status, 404);
  t.equal((await raw('/v1/schedules/../readers/a?why=Trying')).status, 404);
  t.equal((await raw('/V1/schedules/a?why=Trying')).status, 404);
});

t.test('the tenant has default settings until somebody changes them', async (t) => {
  const read = async () => (await ask('anders', 'GET', '/v1/tenant')).json();
  t.same(await read(), { tenantId: 'demo', name: 'demo', cardNumbers: 'full' });
  const body = { name: '  Acme  Ltd ', cardNumbers: 'wiegand-26', why };
  const answer = await ask('anders', 'PUT', '/v1/tenant', { headers: CREATE, payload: body });
  t.match(await settled('anders', answer.json().changeId), { state: 'applied' });
  const { version, ...settings } = await read();
  t.same(settings, { tenantId: 'demo', name: 'Acme Ltd', cardNumbers: 'wiegand-26' });
  const again = { headers: { 'if-match': `"${version}"` }, payload: { ...body, name: 'Acme', cardNumbers: 'full' } };
  t.match(await settled('anders', (await ask('anders', 'PUT', '/v1/tenant', again)).json().changeId), {
    state: 'applied',
    replaced: [
      { member: 'name', was: 'Acme Ltd', is: 'Acme' },
      { member: 'cardNumbers', was: 'wiegand-26', is: 'full' },
    ],
  });
  t.match((await ask('samuel', 'PUT', '/v1/tenant', again)).json(), { status: 403 }, 'only an admin');
});

t.test('an operator’s key works until it is revoked, and is shown once', async (t) => {
  const key = async (keyHash: string) => {
    const TableName = tables.apiKeys.name;
    const { Item } = await api.dynamodb.send(new GetItemCommand({ TableName, Key: itemOf({ keyHash }) }));
    return Item && rowOf(Item);
  };
  const notAfter = '2099-01-01T00:00:00Z';
  const answer = await ask('anders', 'POST', '/v1/operator-keys', { payload: { name: 'Guard desk', notAfter, why } });
  const { changeId, keyId, key: secret } = answer.json();
  t.match(await settled('anders', changeId), { state: 'applied', content: { name: 'Guard desk' } });
  t.same(await key(hashApiKey(secret)), {
    keyHash: hashApiKey(secret),
    ...{ keyId, tenantId: 'demo', role: 'operator', readerIds: [], notAfter },
    changedBy: (await key(hashApiKey(secret)))?.['changedBy'],
  });
  const list = await ask('aylin', 'GET', '/v1/operator-keys');
  t.match(list.json().items, [{ keyId, name: 'Guard desk', notAfter, issuedAt: String }]);
  t.notMatch(list.body, new RegExp(`${secret}|${hashApiKey(secret)}`));
  const past = { payload: { name: 'Old', notAfter: '2020-01-01T00:00:00Z', why } };
  t.match((await ask('anders', 'POST', '/v1/operator-keys', past)).json(), { status: 400, field: 'notAfter' });
  const revoked = await ask('anders', 'DELETE', `/v1/operator-keys/${keyId}?why=Desk%20closed`);
  t.match(await settled('anders', revoked.json().changeId), { state: 'applied' });
  t.equal((await key(hashApiKey(secret)))?.['tenantId'], undefined, 'the gateway rejects it');
  t.same((await ask('aylin', 'GET', '/v1/operator-keys')).json(), { items: [] });
  const twice = await ask('anders', 'DELETE', `/v1/operator-keys/${keyId}?why=Desk%20closed`);
  t.match(await settled('anders', twice.json().changeId), { state: 'rejected', code: 'key-unknown' });
});

t.test('a building, a zone and a schedule stay while others depend on them, and the answer names those', async (t) => {
  const refused = async (url: string) => change('DELETE', `${url}?why=Not%20needed`);
  t.match(await refused('/v1/buildings/hq'), {
    code: 'in-use',
    reason: /^The building hq is used by the readers hq-.* and \d+ more|the zones hq-datacentre/,
  });
  t.match(await refused('/v1/zones/hq-offices'), {
    code: 'in-use',
    reason: /the access levels .* Change or remove them/,
  });
  t.match((await ask('hanna', 'GET', '/v1/zones/hq-lab/dependents')).json(), {
    zones: [],
    readers: ['hq-lab-in-1', 'hq-lab-out-1'],
    accessLevels: /staff/,
    employees: 0,
    peopleInside: 0,
  });
  const { employees } = (await ask('hanna', 'GET', '/v1/access-levels/staff/dependents')).json();
  t.ok(employees > 0, 'it counts employees');
  t.match((await ask('hanna', 'GET', '/v1/zones/nowhere/dependents')).json(), { status: 404, field: 'zoneId' });
  const inside = { ...zone, outerZoneId: 'circle' };
  await change('PUT', '/v1/zones/circle', zone);
  await change('PUT', '/v1/zones/inner', inside);
  const [version] = [(await listed('zones', 'zoneId', 'circle')) && versions.get('circle')];
  const circle = await change(
    'PUT',
    '/v1/zones/circle',
    { ...zone, outerZoneId: 'inner' },
    {
      'if-match': `"${version}"`,
    },
  );
  t.match(circle, { state: 'rejected', code: 'zone-circle' });
  t.match(await refused('/v1/zones/circle'), { code: 'in-use', reason: /used by the zone inner\./ });
  for (const id of ['inner', 'circle']) t.match(await refused(`/v1/zones/${id}`), { state: 'applied' });
});

t.test('a zone is not removed while somebody is inside', async (t) => {
  await change('PUT', '/v1/zones/cellar', { buildingId: 'hq', name: 'Cellar', antiPassback: { mode: 'hard' }, why });
  const person = { name: 'Ina Side', active: true, accessLevelIds: [], why };
  const put = await ask('hanna', 'PUT', '/v1/employees/emp-inside', { headers: CREATE, payload: person });
  await settled('hanna', put.json().changeId);
  const linked = { employeeId: 'emp-inside', buildingId: 'hq', zoneId: 'cellar', why };
  const link = await ask('hanna', 'POST', '/v1/cards/card-inside/link', { payload: linked });
  t.match(await settled('hanna', link.json().changeId), { state: 'applied' });
  t.match((await ask('hanna', 'GET', '/v1/zones/cellar/dependents')).json(), { peopleInside: 1 });
  t.match(await change('DELETE', '/v1/zones/cellar?why=Flooded'), { code: 'in-use', reason: /^One person is inside/ });
  await change('POST', '/v1/employees/emp-inside/outside', { why });
  t.match(await change('DELETE', '/v1/zones/cellar?why=Flooded'), { state: 'applied' });
});

t.test('who may enter at a door, and where a person may go, agree', async (t) => {
  type Item = { employeeId: string; isOpenNow: boolean; readerIds: string[]; zoneId: string };
  const may = new Map<string, Set<string>>();
  const readerIds = api.sites.demo.readers.filter(({ direction }) => direction !== 'out').map((each) => each.readerId);
  for (const readerId of readerIds) {
    let next = '';
    const found = new Set<string>();
    do {
      const url = `/v1/readers/${readerId}/cardholders?limit=7${next && `&cursor=${next}`}`;
      const page: { items: Item[]; nextCursor?: string } = (await ask('hanna', 'GET', url)).json();
      for (const { employeeId } of page.items) found.add(employeeId);
      next = page.nextCursor ?? '';
    } while (next !== '');
    may.set(readerId, found);
  }
  t.ok((may.get('hq-north-in-1')?.size ?? 0) > 0);
  for (const { employeeId, active } of api.sites.demo.employees) {
    const { items }: { items: Item[] } = (await ask('hanna', 'GET', `/v1/employees/${employeeId}/access`)).json();
    const readers = new Set(items.flatMap((item) => item.readerIds));
    for (const readerId of readerIds) {
      t.equal(may.get(readerId)?.has(employeeId), active && readers.has(readerId), `${employeeId} at ${readerId}`);
    }
  }
});

t.test('a permit lets one person into one zone until a date, and shows who gave it and why', async (t) => {
  const url = '/v1/employees/permitted';
  const person = { name: 'Petra Permit', active: true, accessLevelIds: [], why };
  t.match((await ask('hanna', 'PUT', url, { headers: CREATE, payload: person })).statusCode, 202);
  const until = '2099-01-01T00:00:00Z';
  t.match(await change('PUT', `${url}/permits/hq-lab`, { until, why }, {}), { state: 'applied' });
  const permit = { zoneId: 'hq-lab', until, by: 'samuel', why };
  const access = async () => (await ask('gabriel', 'GET', `${url}/access`)).json().items;
  t.match(await access(), [{ zoneId: 'hq-lab', accessLevelIds: [], isOpenNow: true, permit }]);
  const [into] = api.sites.demo.readers.filter((each) => each.zoneId === 'hq-lab' && each.direction !== 'out');
  const holders = async () => {
    const answer = await ask('gabriel', 'GET', `/v1/readers/${into?.readerId}/cardholders?limit=1000`);
    const { items }: { items: { employeeId: string }[] } = answer.json();
    return items.filter(({ employeeId }) => employeeId === 'permitted');
  };
  t.match(await holders(), [{ accessLevelIds: [], isOpenNow: true, permit }]);
  t.notMatch((await ask('hanna', 'GET', '/v1/employees?search=permitted')).body, /zonePermits/);
  const refused = async (body: object) =>
    (await ask('samuel', 'PUT', `${url}/permits/hq-lab`, { payload: { why, ...body } })).json();
  t.match(await refused({}), { status: 400, field: 'until' });
  t.match(await refused({ until: '2020-01-01T00:00:00Z' }), { status: 400, field: 'until', reason: /in the future/ });
  t.match(await refused({ from: until, until }), { status: 400, field: 'until', reason: /later than from/ });
  t.match(await change('DELETE', `${url}/permits/hq-lab?why=Over`), { state: 'applied', why: 'Over' });
  t.same([await access(), await holders()], [[], []]);
  t.match(await change('DELETE', `${url}/permits/hq-lab?why=Over`), { state: 'rejected', code: 'permit-unknown' });
});

t.test('a building needs a time zone that exists, and a zone the members of its anti-passback mode', async (t) => {
  const put = async (url: string, payload: object) =>
    (await ask('samuel', 'PUT', url, { headers: CREATE, payload })).json();
  for (const timeZone of ['Europe/Atlantis', '+01:00', '']) {
    t.match(await put('/v1/buildings/b', { ...building, timeZone }), {
      status: 400,
      field: 'timeZone',
      reason: /Europe\/Berlin/,
    });
  }
  t.match(await put('/v1/buildings/b', { ...building, name: ' ' }), { status: 400, field: 'name' });
  for (const [antiPassback, field] of [
    [{ mode: 'timed' }, 'antiPassback.minutes'],
    [{ mode: 'hard', minutes: 5 }, 'antiPassback.minutes'],
    [{ mode: 'none', forgiveAt: '04:00' }, 'antiPassback.forgiveAt'],
    [{ mode: 'strict' }, 'antiPassback.mode'],
    [{ mode: 'soft', after: 3 }, /antiPassback/],
  ] as const) {
    t.match(await put('/v1/zones/z', { ...zone, antiPassback }), { status: 400, field }, JSON.stringify(antiPassback));
  }
  const nowhere = await change('PUT', '/v1/zones/z', { ...zone, outerZoneId: 'ny-lab' });
  t.match(nowhere, { code: 'zone-unknown', reason: /^The building hq has no zone ny-lab\. There are hq-/ });
});

t.test('a device’s serial number and keys lead the gateway to its doors, as they are now', async (t) => {
  const row = async (keyHash: string) => {
    const { Item } = await api.dynamodb.send(
      new GetItemCommand({ TableName: tables.apiKeys.name, Key: itemOf({ keyHash }) }),
    );
    return Item && rowOf(Item);
  };
  const serial = (text: string) => row(hashDeviceSerial('demo', 'zkteco', text));
  const doors = [{ door: 1, in: 'dev-in', out: 'hq-north-out-1' }];
  const device = { make: 'zkteco', serial: 'A1', doors, timeZone: 'Asia/Kolkata', networks: ['10.1.0.0/16'], why };
  const early = await change('PUT', '/v1/devices/lobby', device);
  t.match(early, { state: 'rejected', code: 'reader-unknown', reason: /^There is no reader dev-in\./ });
  await change('PUT', '/v1/readers/dev-in', reader);
  t.match(await change('PUT', '/v1/devices/lobby', device), { state: 'applied' });
  const known = { keyId: 'lobby', tenantId: 'demo', readerIds: ['dev-in', 'hq-north-out-1'] };
  t.match(await serial('A1'), { ...known, device: { deviceId: 'lobby', make: 'zkteco', doors } });
  const answer = await ask('samuel', 'POST', '/v1/devices/lobby/keys', { payload: { why } });
  t.match(await settled('samuel', answer.json().changeId), { state: 'applied' });
  const { key, keyId } = answer.json();
  t.match(await row(hashApiKey(key)), { keyId, tenantId: 'demo', device: { timeZone: 'Asia/Kolkata' } });
  const list = await ask('hanna', 'GET', '/v1/devices');
  t.match(list.json().items, [{ deviceId: 'lobby', serial: 'A1', keys: [{ keyId }], version: String }]);
  t.notMatch(list.body, /keyHash|sgk_/);

  await change('PUT', '/v1/readers/dev-in', { ...reader, cardFormat: 'uid-decimal' }, { 'if-match': '*' });
  for (const each of [await serial('A1'), await row(hashApiKey(key))]) {
    t.match(each, { cardFormats: { 'dev-in': 'uid-decimal' } }, 'a new card format reaches the device');
  }
  const second = (await ask('samuel', 'POST', '/v1/devices/lobby/keys', { payload: { why } })).json();
  await settled('samuel', second.changeId);
  t.match(await change('DELETE', `/v1/devices/lobby/keys/${second.keyId}?why=Leaked`), {
    state: 'applied',
    why: 'Leaked',
    by: { userName: 'samuel' },
    content: { type: 'revoke-device-key', deviceId: 'lobby', keyId: second.keyId },
  });
  t.equal((await row(hashApiKey(second.key)))?.['tenantId'], undefined, 'the key has ended');
  t.match(await row(hashApiKey(key)), { keyId }, 'the other key and the serial number stay');
  t.match(await serial('A1'), known);
  t.match((await ask('hanna', 'GET', '/v1/devices')).json().items[0].keys, [{ keyId }]);
  t.match(await change('DELETE', `/v1/devices/lobby/keys/${second.keyId}?why=Leaked`), {
    code: 'key-unknown',
    reason: new RegExp(`^The device lobby has no key ${second.keyId}\\. There is ${keyId}`),
  });
  t.match(await change('DELETE', `/v1/devices/hall/keys/${keyId}?why=Leaked`), { code: 'device-unknown' });
  const other = { ...device, doors: [{ door: 1, in: 'hq-north-in-1' }] };
  t.match(await change('PUT', '/v1/devices/second', other), {
    code: 'already-exists',
    reason: /that of the device lobby/,
  });
  t.match(await change('DELETE', '/v1/readers/dev-in?why=Gone'), { code: 'in-use', reason: /a door of lobby\./ });
  t.match(await change('PUT', '/v1/devices/lobby', { ...device, serial: 'B2' }, { 'if-match': '*' }), {
    state: 'applied',
  });
  t.equal((await serial('A1'))?.['device'], undefined, 'the former serial number ends');
  t.match(await serial('B2'), known);
  t.match(await change('DELETE', '/v1/devices/lobby?why=Sold'), { state: 'applied' });
  for (const each of [await serial('B2'), await row(hashApiKey(key))]) t.equal(each?.['tenantId'], undefined);
  t.same((await ask('hanna', 'GET', '/v1/devices')).json(), { items: [] });
  t.match(await change('DELETE', '/v1/devices/lobby?why=Sold'), { code: 'device-unknown' });
  t.match(await change('DELETE', '/v1/readers/dev-in?why=Gone'), { state: 'applied' });
  for (const [wrong, field] of [
    [{ ...device, timeZone: 'Mars' }, 'timeZone'],
    [{ ...device, serial: undefined }, 'serial'],
    [{ ...device, networks: ['10.0.0.0/8', '1.2.3.4/40'] }, 'networks.1'],
    [{ ...device, doors: [] }, 'doors'],
  ] as const) {
    const refused = await ask('samuel', 'PUT', '/v1/devices/lobby', { headers: CREATE, payload: wrong });
    t.match(refused.json(), { status: 400, field });
  }
  t.match((await ask('samuel', 'POST', '/v1/devices/nowhere/keys', { payload: { why } })).json(), { status: 404 });
});

t.test('devices show what they told, and unknown serial numbers want to pair until they are registered', async (t) => {
  const at = (minutesAgo: number) => new Date(Date.now() - minutesAgo * 60_000).toISOString();
  const refused = (serial: string, minutesAgo: number) => {
    return { serial, address: '192.0.2.7', firstSeen: at(2_000), lastSeen: at(minutesAgo), requests: 3 };
  };
  const devices = [refused('OLD', 1_441), refused('NEW1', 2), refused('NEW2', 1), { serial: 'no row' }];
  const told = { lastSeen: at(0), address: '192.0.2.7', model: 'F20/M', firmware: 'Ver 8', clockOffsetMs: -70_000 };
  await batchWrite(api.dynamodb, tables.readerContacts.name, [
    { tenantId: unpairedDevicesKey('demo'), readerId: 'zkteco', devices },
    { tenantId: unpairedDevicesKey('demo'), readerId: 'no-make', devices },
    { tenantId: deviceContactsKey('demo'), readerId: 'hall', ...told },
    { tenantId: deviceContactsKey('other'), readerId: 'hall', ...told, model: 'of another tenant' },
  ]);
  const unpaired = async () => (await ask('hanna', 'GET', '/v1/devices/unpaired')).json().items;
  t.match(await unpaired(), [
    { make: 'zkteco', serial: 'NEW2', address: '192.0.2.7', requests: 3 },
    { make: 'zkteco', serial: 'NEW1' },
  ]);
  t.equal((await unpaired()).length, 2);
  const doors = [{ door: 1, in: 'hq-north-in-1' }];
  const device = { make: 'zkteco', serial: 'NEW1', doors, timeZone: 'UTC', why };
  t.match(await change('PUT', '/v1/devices/hall', device), { state: 'applied' });
  t.same(
    (await unpaired()).map(({ serial }: { serial: string }) => serial),
    ['NEW2'],
  );
  await change('PUT', '/v1/devices/quiet', { ...device, serial: 'NEW9' });
  const [hall, quiet] = (await ask('hanna', 'GET', '/v1/devices')).json().items;
  t.match(hall, { deviceId: 'hall', serial: 'NEW1', ...told });
  t.match(quiet, { deviceId: 'quiet', lastSeen: undefined, clockOffsetMs: undefined });
  t.match((await ask('olga', 'GET', '/v1/devices/unpaired', {}, ['other:admin'])).json(), { items: [] });
  for (const id of ['hall', 'quiet']) await change('DELETE', `/v1/devices/${id}?why=Sold`);
  t.equal((await unpaired()).length, 2, 'a removed device wants to pair again');
});

t.test('a command to a device waits for its device, with who and why', async (t) => {
  const readerIds = ['cmd-in-1', 'cmd-in-2'];
  for (const readerId of readerIds) await change('PUT', `/v1/readers/${readerId}`, reader);
  const doors = readerIds.map((readerId, i) => ({ door: i + 1, in: readerId }));
  const panel = { make: 'zkteco', serial: 'C1', doors, timeZone: 'UTC', why };
  t.match(await change('PUT', '/v1/devices/panel', panel), { state: 'applied' });
  await change('PUT', '/v1/devices/camera', { ...panel, make: 'dahua', serial: undefined });
  const url = '/v1/devices/panel/commands';
  const order = (payload: object, headers = {}) => ask('samuel', 'POST', url, { payload, headers });
  const list = async (at = url) => (await ask('hanna', 'GET', at)).json().items;

  const changeId = randomUUID();
  const asked = await order({ command: 'open', door: 2, why: 'A visitor rang' }, { 'idempotency-key': changeId });
  t.match(asked, { statusCode: 202 });
  const by = { userName: 'samuel' };
  const open = { commandId: changeId, door: 2, command: 'open', why: 'A visitor rang', by, state: 'waiting' };
  t.match(await list(), [open], 'at once, before its turn among the changes');
  t.match(await settled('samuel', changeId), { state: 'applied', content: { type: 'command-device', door: 2 } });

  const key = itemOf({ deviceKey: tenantKey('demo', 'panel'), commandId: changeId });
  const sent = { state: 'sent', sentAt: new Date().toISOString() };
  await api.dynamodb.send(
    new UpdateItemCommand({
      TableName: tables.deviceCommands.name,
      Key: key,
      UpdateExpression: 'SET #state = :state, sentAt = :sentAt REMOVE waiting',
      ExpressionAttributeNames: { '#state': 'state' },
      ExpressionAttributeValues: itemOf({ ':state': sent.state, ':sentAt': sent.sentAt }),
    }),
  );
  await order({ command: 'open', door: 2, why: 'A visitor rang' }, { 'idempotency-key': changeId });
  await change('POST', url, { command: 'set-clock', why });
  t.match(
    await list(),
    [
      { command: 'set-clock', door: undefined },
      { ...open, ...sent },
    ],
    'a repeat opens nothing',
  );

  for (const [payload, field, reason] of [
    [{ command: 'open', why }, 'door', /must be one of 1, 2, the doors of/],
    [{ command: 'open', door: 3, why }, 'door', /must be one of 1, 2/],
    [{ command: 'set-clock', door: 1, why }, 'door', /whole device/],
    [{ command: 'explode', why }, 'command', /open/],
    [{ command: 'open', door: 1 }, 'why', /missing/],
  ] as const) {
    t.match((await order(payload)).json(), { status: 400, field, reason });
  }
  const camera = await ask('samuel', 'POST', '/v1/devices/camera/commands', {
    payload: { command: 'lock', door: 1, why },
  });
  t.match(camera.json(), { status: 400, field: 'command', reason: /make dahua, which takes none/ });
  t.same(await list('/v1/devices/camera/commands'), []);
  await order({ command: 'hold-open', door: 1, why: 'Delivery' });
  const zoneId = reader.zoneId;
  const lock = await ask('gabriel', 'POST', '/v1/lockdowns', { payload: { locks: [{ zoneId }], why: 'Leaking gas' } });
  const closed = (await list()).filter((each: { command: string }) => each.command === 'normal');
  t.match(closed, [{ door: 1, why: 'Leaking gas', state: 'waiting', by: { userName: 'gabriel' } }], 'not door 2');
  await ask('gabriel', 'DELETE', `/v1/lockdowns/${lock.json().changeId}?why=Over`);

  for (const id of ['panel', 'camera']) await change('DELETE', `/v1/devices/${id}?why=Sold`);
  for (const readerId of readerIds) await change('DELETE', `/v1/readers/${readerId}?why=Gone`);
});

t.test('a lockdown is in force with its answer, before its turn, and its end is too', async (t) => {
  const list = async () => (await ask('aylin', 'GET', '/v1/lockdowns')).json();
  const post = (payload: object, headers = {}) => ask('gabriel', 'POST', '/v1/lockdowns', { payload, headers });
  const settings = { name: 'Acme', cardNumbers: 'full', why };
  const locks = [{ zoneId: 'hq-lab', accessLevelId: 'staff' }];
  const levels = ['elevated', 'severe'].map((name) => ({ level: name, locks }));
  const put = (threatLevels: object[]) =>
    ask('anders', 'PUT', '/v1/tenant', { headers: { 'if-match': '*' }, payload: { ...settings, threatLevels } });
  await ask('anders', 'PUT', '/v1/tenant', { headers: CREATE, payload: settings });
  const wrong = await put([{ level: 'elevated', locks: [{ zoneId: 'nowhere' }] }]);
  const rejection = { code: 'zone-unknown', reason: /^Threat level elevated: There is no zone nowhere/ };
  t.match(await settled('anders', wrong.json().changeId), rejection);
  t.match(await settled('anders', (await put(levels)).json().changeId), { state: 'applied' });
  t.match((await ask('anders', 'GET', '/v1/tenant')).json(), { threatLevels: levels });
  t.same(await list(), { items: [], levels: ['elevated', 'severe'] });

  const lockdownId = randomUUID();
  const headers = { 'idempotency-key': lockdownId };
  const started = await post({ locks, why: 'Leaking gas' }, headers);
  t.match(started.json(), { state: 'applied', changeId: lockdownId, by: { userName: 'gabriel' } });
  const inForce = { lockdownId, locks, why: 'Leaking gas', by: { userName: 'gabriel' }, since: String };
  t.match((await list()).items, [inForce]);
  t.equal((await post({ locks, why: 'Leaking gas' }, headers)).statusCode, 202, 'a repeat');
  t.match(await settled('aylin', lockdownId), { state: 'applied', content: { type: 'start-lockdown', lockdownId } });

  const ids = async () => (await list()).items.map((item: { level?: string }) => item.level ?? 'lockdown');
  for (const name of ['elevated', 'severe']) await post({ level: name, why: 'A demonstration' });
  t.same(await ids(), ['lockdown', 'severe'], 'one level at a time, beside lockdowns');
  const end = (id: string) => ask('gabriel', 'DELETE', `/v1/lockdowns/${id}?why=It%20is%20over`);
  for (const id of ['threat-level', lockdownId])
    t.match((await end(id)).json(), { state: 'applied', changeId: String });
  t.same(await ids(), []);
  t.match((await end(lockdownId)).json(), { status: 404, field: 'lockdownId' });
  const keyed = (id: string, key: string) =>
    ask('gabriel', 'DELETE', `/v1/lockdowns/${id}?why=It%20is%20over`, { headers: { 'idempotency-key': key } });
  t.equal((await keyed(lockdownId, randomUUID())).statusCode, 404, 'a key of its own makes no lockdown');
  const [third, key] = [await post({ locks: [{}], why: 'Drill' }), randomUUID()];
  const answers = [await keyed(third.json().changeId, key), await keyed(third.json().changeId, key)];
  t.same(
    answers.map(({ statusCode }) => statusCode),
    [202, 202],
    'a repeated end is the same one',
  );

  for (const [payload, field, text] of [
    [{ why }, 'locks', /is required/],
    [{ locks, level: 'severe', why }, 'locks', /left out/],
    [{ level: 'panic', why }, 'level', /must be one of elevated, severe/],
    [{ locks: [{ zoneId: 'hq-labs' }], why }, 'zoneId', /There is no zone hq-labs. There are/],
    [{ locks: [{ buildingId: 'west', zoneId: 'hq-lab' }], why }, undefined, /west/],
    [{ locks: [{ accessLevelId: 'guests' }], why }, 'accessLevelId', /There is no access level guests/],
    [{ locks: [], why }, 'locks', /1 to 32/],
    [{ locks }, 'why', /missing/],
  ] as const) {
    const { status, detail, ...problem } = (await post(payload)).json();
    t.equal(status, 400);
    t.match(detail, text);
    if (field !== undefined) t.equal(problem.field, field);
  }
  t.same(await ids(), []);
});
