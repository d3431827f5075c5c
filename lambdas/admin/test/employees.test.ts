import { batchWrite } from '@swipegate/aws/batch-write';
import { type Decision, decisionRow, type EmployeePage, nameKey, TABLES, tenantKey } from '@swipegate/contract';
import { plainText } from '@swipegate/contract/values/plain-text';
import t from 'tap';
import { CREATE, startAdminApi } from './admin-api.js';

const HOSTILE = [
  '<img src=x onerror=alert(1)>',
  "'; DROP TABLE employees; --",
  '{{7*7}} #{7*7} <%= 7*7 %> %00 %2e%2e',
  "=cmd|' /C calc'!A0",
  '\u202Eevil\u202C \u{1F468}\u200D\u{1F469}',
  '"quoted" \\ back\\slash',
  'İstanbul STRAẞE',
  '𝕬'.repeat(128),
];
const api = await startAdminApi(t);
const { ask, dynamodb } = api;
await addEmployees('demo', [
  ...HOSTILE.map((name, i) => ({ employeeId: `hostile-${i}`, name })),
  // Equal names: only the id decides the order and the start of a page.
  ...Array.from({ length: 25 }, (_, i) => ({ employeeId: `twin-${String(i).padStart(2, '0')}`, name: 'Ümit TWIN' })),
]);
await addEmployees('demo', [
  { employeeId: 'nfd', name: 'Ju\u0308rgen Mu\u0308ller-Zerlegt' },
  { employeeId: 'nbsp', name: 'Jörg\u00a0Über' },
  { employeeId: 'abbess', name: 'Äbtissin Probe', cardIds: ['0098765432', 'CARD-7'] },
]);
await addEmployees('other', [{ employeeId: 'twin-99', name: 'Ümit Twin' }]);

async function page(query: Record<string, string | number>, who = 'hanna'): Promise<EmployeePage> {
  const text = new URLSearchParams(
    Object.entries(query).map(([name, value]): [string, string] => [name, String(value)]),
  );
  const answer = await ask(who, 'GET', `/v1/employees?${text}`);
  t.equal(answer.statusCode, 200, answer.body);
  return answer.json();
}

async function allPages(query: Record<string, string | number>): Promise<string[]> {
  const ids: string[] = [];
  let cursor: string | undefined;
  do {
    const { items, nextCursor }: EmployeePage = await page({ ...query, ...(cursor !== undefined && { cursor }) });
    ids.push(...items.map(({ employeeId }) => employeeId));
    cursor = nextCursor;
  } while (cursor !== undefined);
  return ids;
}

t.test('pages of a list or search contain each employee once, sorted by name', async (t) => {
  const whole = (await page({ limit: 1_000 })).items.map(({ employeeId }) => employeeId);
  t.equal(whole.length, 20 + HOSTILE.length + 25 + 3);
  for (const limit of [1, 7, 52, 53]) t.same(await allPages({ limit }), whole, `limit ${limit}`);
  const twins = whole.filter((id) => id.startsWith('twin'));
  t.equal(twins.length, 25);
  for (const limit of [1, 24, 25, 26])
    t.same(await allPages({ limit, search: 'twin' }), twins, `search, limit ${limit}`);
  t.equal((await page({ search: 'twin', limit: 25 })).nextCursor, undefined, 'the last page has no cursor');
});

t.test('a search matches any part, ignoring case', async (t) => {
  for (const search of ['twin', 'TWIN', 'tWiN', 'ÜMIT', 'ümit tw', 'TWIN-0', 't twin#twin']) {
    t.ok((await page({ search })).items.length >= 10, search);
  }
  t.match((await page({ search: 'stanbul straße' })).items, [{ employeeId: 'hostile-6' }]);
  t.same((await page({ search: 'nobody of this name' })).items, []);
  // Patterns, wildcards and expressions are plain text.
  for (const search of ['.*', '%', '_', '*', '^t', 'tw[i]n', '" OR ""="']) {
    const found = await page({ search });
    const wrong = found.items.filter(
      ({ name, employeeId }) => !`${name}#${employeeId}`.toLowerCase().includes(search.toLowerCase()),
    );
    t.same(wrong, [], search);
  }
});

t.test('a search ignores accents and the order of its words, and finds card numbers', async (t) => {
  const table: [search: string, employeeId: string][] = [
    ['jürgen', 'nfd'],
    ['Jürgen'.normalize('NFD'), 'nfd'],
    ['jurgen', 'nfd'],
    ['juergen', 'nfd'],
    ['zerlegt müller jür', 'nfd'],
    ['  Über\u00a0Jörg ', 'nbsp'],
    ['jorg uber', 'nbsp'],
    ['jörg\u200b über', 'nbsp'],
    ['abtissin', 'abbess'],
    ['98765432', 'abbess'],
    ['probe card-7', 'abbess'],
  ];
  for (const [search, employeeId] of table) {
    t.same(
      (await page({ search })).items.map((each) => each.employeeId),
      [employeeId],
      search,
    );
  }
  t.ok((await page({ search: ' \u200b ' })).items.length > 20, 'a search without a word finds all');
});

t.test('filters by state and by cards, together with a search, page by page', async (t) => {
  const all = (await page({ limit: 1_000 })).items;
  const idsOf = (items: EmployeePage['items']) => items.map(({ employeeId }) => employeeId);
  const [active, inactive] = [all.filter((each) => each.active), all.filter((each) => !each.active)];
  t.ok(active.length > 0 && inactive.length > 0);
  t.same(await allPages({ state: 'active', limit: 7 }), idsOf(active));
  t.same(await allPages({ state: 'inactive', limit: 1 }), idsOf(inactive));
  const [holders, others] = [
    await allPages({ cards: 'with', limit: 7 }),
    await allPages({ cards: 'without', limit: 7 }),
  ];
  t.same([...holders, ...others].sort(), idsOf(all).sort(), 'each employee is in one of the two');
  t.ok(holders.includes('abbess') && others.includes('nfd'));
  t.same(await allPages({ cards: 'with', search: 'probe' }), ['abbess']);
  t.same(await allPages({ cards: 'without', search: 'probe' }), []);
  for (const wrong of ['state=gone', 'cards=some']) {
    t.match((await ask('hanna', 'GET', `/v1/employees?${wrong}`)).json(), { status: 400, field: wrong.split('=')[0] });
  }
  const { nextCursor: cursor = '' } = await page({ cards: 'without', limit: 5 });
  const refused = await ask('hanna', 'GET', `/v1/employees?cards=with&cursor=${cursor}`);
  t.match(refused.json(), { status: 400, field: 'cursor' }, 'a cursor works only for its filter');
});

t.test('names are listed as in a dictionary', async (t) => {
  const ids = await allPages({ limit: 1_000 });
  const at = (id: string) => ids.indexOf(id);
  t.ok(at('abbess') < at('nbsp') && at('nbsp') < at('nfd') && at('nfd') < at('twin-00'));
});

t.test('hostile names are returned unchanged', async (t) => {
  for (const [i, name] of HOSTILE.entries()) {
    t.match((await ask('hanna', 'GET', `/v1/employees/hostile-${i}`)).json(), { name }, name);
    t.match((await page({ search: `hostile-${i}` })).items, [{ name }]);
  }
  const listed = await ask('hanna', 'GET', '/v1/employees?limit=1');
  t.match(listed.headers['content-type'], /^application\/json/);
  t.equal(listed.headers['x-content-type-options'], 'nosniff');
  t.match(listed.headers['link'], /^<\/v1\/employees\?limit=1&cursor=[\w-]+>; rel="next"$/);
});

t.test('a cursor works only for its list, and only within the caller’s tenant', async (t) => {
  const { nextCursor: cursor = '' } = await page({ search: 'twin', limit: 5 });
  const refused = async (query: object, who = 'hanna') =>
    (await ask(who, 'GET', `/v1/employees?${new URLSearchParams(Object.entries(query))}`)).json();
  t.match(await refused({ cursor }), { status: 400, field: 'cursor', reason: /another list/ }, 'without the search');
  t.match(await refused({ cursor, search: 'twi' }), { status: 400, field: 'cursor' }, 'of another search');
  const changes = await ask('hanna', 'GET', `/v1/changes?cursor=${cursor}`);
  t.match(changes.json(), { status: 400, field: 'cursor' }, 'of another resource');
  for (const forged of [
    'x',
    'AAAA',
    Buffer.from('{}').toString('base64url'),
    cursor.slice(0, -4),
    '..',
    'a'.repeat(1_001),
  ]) {
    t.match(await refused({ cursor: forged, search: 'twin' }), { status: 400, field: 'cursor' }, forged.slice(0, 20));
  }
  for (const position of [
    {},
    { nameKey: 'a' },
    { nameKey: '', employeeId: 'a' },
    { nameKey: 'a', employeeId: '../demo/emp' },
    { nameKey: 'a', employeeId: ['a'] },
    { nameKey: { S: 'a' }, employeeId: 'a' },
    null,
    [],
  ]) {
    const forged = Buffer.from(JSON.stringify({ list: listOf(cursor), position })).toString('base64url');
    t.match(await refused({ cursor: forged, search: 'twin' }), { status: 400, field: 'cursor' }, forged);
  }
  const foreign = await page({ cursor, search: 'twin' }, 'olga');
  t.match(foreign.items, [{ employeeId: 'twin-99' }], 'another tenant’s cursor returns only own rows');
  t.equal(foreign.items.length, 1);
});

t.test('problems name the invalid parameter', async (t) => {
  const table: [query: string, field: string][] = [
    ['limit=0', 'limit'],
    ['limit=1001', 'limit'],
    ['limit=1.5', 'limit'],
    ['limit=ten', 'limit'],
    ['search=', 'search'],
    [`search=${'a'.repeat(65)}`, 'search'],
    ['search=a&search=b', 'search'],
    ['Search=a', 'Search'],
    ['cursor=', 'cursor'],
  ];
  for (const [query, field] of table) {
    const answer = await ask('hanna', 'GET', `/v1/employees?${query}`);
    t.match(answer.json(), { status: 400, code: 'bad-request', field, reason: /./ }, query);
  }
});

t.test('validates the members of an employee', async (t) => {
  const good = { name: 'Eve', active: true, accessLevelIds: ['staff'], why: 'First day' };
  const table: [body: object, field: string][] = [
    [{ ...good, name: '' }, 'name'],
    [{ ...good, name: 'a'.repeat(129) }, 'name'],
    [{ ...good, name: 'a\u0000b' }, 'name'],
    [{ ...good, name: 'a\nb' }, 'name'],
    [{ ...good, name: 7 }, 'name'],
    [{ ...good, active: 'true' }, 'active'],
    [{ ...good, active: null }, 'active'],
    [{ ...good, accessLevelIds: 'staff' }, 'accessLevelIds'],
    [{ ...good, accessLevelIds: ['staff', '../x'] }, 'accessLevelIds.1'],
    [{ ...good, why: 'no' }, 'why'],
    [{ ...good, why: 'a'.repeat(501) }, 'why'],
    [{ ...good, cardIds: ['c'] }, 'cardIds'],
    [{ ...good, employeeId: 'another' }, 'employeeId'],
    [{ ...good, constructor: {} }, 'constructor'],
    [{ active: true, accessLevelIds: [], why: 'First day' }, 'name'],
  ];
  for (const [payload, field] of table) {
    const answer = await ask('hanna', 'PUT', '/v1/employees/eve', { payload });
    t.match(
      answer.json(),
      { status: 400, code: 'bad-request', field, reason: /./ },
      JSON.stringify(payload).slice(0, 80),
    );
  }
  for (const name of HOSTILE) {
    const answer = await ask('hanna', 'PUT', '/v1/employees/eve', { payload: { ...good, name }, headers: CREATE });
    t.match(answer.json(), { state: 'accepted', content: { employee: { name: plainText(name) } } });
    t.equal(answer.headers['location'], `/v1/changes/${answer.json().changeId}`);
  }
  t.match((await ask('hanna', 'GET', '/v1/employees/nobody')).json(), { status: 404, field: 'employeeId' });
});

/** The list fingerprint in a cursor. */
function listOf(cursor: string): string {
  return JSON.parse(Buffer.from(cursor, 'base64url').toString()).list;
}

async function addEmployees(
  tenantId: string,
  employees: readonly { employeeId: string; name: string; cardIds?: string[]; accessLevelIds?: string[] }[],
) {
  const rows = employees.map((employee) => ({
    employeeKey: tenantKey(tenantId, employee.employeeId),
    active: true,
    accessLevelIds: [],
    ...employee,
    tenantId,
    nameKey: nameKey(employee),
  }));
  await batchWrite(dynamodb, TABLES.employees, rows);
}

t.test('attendance by person and by access level, in pages and as CSV', async (t) => {
  const [reader] = api.sites.demo.readers.filter(({ direction, outerZoneId }) => direction === 'in' && !outerZoneId);
  if (reader === undefined) throw new Error('The demo has no way in');
  const { buildingId, zoneId, readerId } = reader;
  const evil = '=1+1';
  await addEmployees('demo', [{ employeeId: 'night', name: evil }]);
  const swipe = (n: number, readAt: string, direction: 'in' | 'out'): Decision => ({
    ...{ swipeId: `0193a1d2-7c1e-7000-8000-${String(n).padStart(12, '0')}`, tenantId: 'demo', cardId: 'night-card' },
    ...{ employeeId: 'night', readerId: direction === 'in' ? readerId : 'gone', outcome: 'granted', reason: 'granted' },
    ...{ direction, buildingId, zoneId, readAt, receivedAt: readAt, decidedAt: readAt, timeBasis: 'readAt' },
    sequence: String(n),
  });
  const rows = [swipe(1, '2026-11-25T21:00:00Z', 'in'), swipe(2, '2026-11-26T05:15:00Z', 'out')];
  await batchWrite(
    dynamodb,
    TABLES.decisions,
    rows.map((decision) => decisionRow(decision, 4_000_000_000)),
  );
  const url = '/v1/attendance?from=2026-11-25&to=2026-11-26';
  const one = await ask('hanna', 'GET', `${url}&employee=night`);
  t.match(one.json(), {
    items: [{ employeeId: 'night', name: evil, day: '2026-11-25', buildingId, seconds: 29_700, missingOut: 0 }],
  });
  t.equal(one.json().items.length, 1);
  const csv = await ask('hanna', 'GET', `${url}&employee=night&by=zone&format=csv`);
  t.match(csv.body.split('\r\n'), [
    'employeeId,name,day,buildingId,zoneId,firstIn,lastOut,hours',
    new RegExp(`^night,'=1\\+1,2026-11-25,${buildingId},${zoneId},2026-11-25T[^,]+,2026-11-26T[^,]+,8\\.25$`),
  ]);
  let next: string | undefined = `${url}&limit=10`;
  const found: string[] = [];
  while (next !== undefined) {
    const page = await ask('hanna', 'GET', next);
    found.push(...page.json().items.map(({ employeeId }: { employeeId: string }) => employeeId));
    next = /<([^>]+)>/.exec(String(page.headers['link'] ?? ''))?.[1];
  }
  t.strictSame(found, ['night'], 'everyone in pages, once');
  const [level] = api.sites.demo.accessLevels;
  if (level === undefined) throw new Error('The demo has no access level');
  const ofLevel = async () => (await ask('hanna', 'GET', `${url}&limit=100&accessLevel=${level.accessLevelId}`)).json();
  t.strictSame((await ofLevel()).items, [], 'this person lacks the level');
  await addEmployees('demo', [{ employeeId: 'night', name: evil, accessLevelIds: [level.accessLevelId] }]);
  t.match((await ofLevel()).items, [{ employeeId: 'night' }]);
  const refused = async (query: string, answer: object) =>
    t.match((await ask('hanna', 'GET', `/v1/attendance?${query}`)).json(), answer, query);
  await refused('from=2026-11-31&to=2026-12-01', { status: 400, field: 'from', reason: /a day that exists/ });
  await refused('from=2026-11-02&to=2026-11-01', { status: 400, field: 'to' });
  await refused('from=2026-11-01&to=2026-12-02', { status: 400, field: 'to', reason: /at most 30 days after/ });
  await refused('from=2026-11-01', { status: 400, field: 'to', reason: /is missing/ });
  await refused('from=2026-11-01&to=2026-11-01&building=x', { status: 404 });
  await refused('from=2026-11-01&to=2026-11-01&accessLevel=x', { status: 404 });
  await refused('from=2026-11-01&to=2026-11-01&employee=x', { status: 404 });
  await refused('from=2026-11-01&to=2026-11-01&employee=night&accessLevel=staff', { status: 400 });
});
