import { batchWrite } from '@swipegate/aws/batch-write';
import {
  type ChangeStatus,
  type ChangeStatusPage,
  type SiteKind,
  TABLES,
  tenantKey,
  type UnknownCardList,
  unknownCardsKey,
} from '@swipegate/contract';
import t from 'tap';
import type Type from 'typebox';
import { changeOf } from '../../change-apply/test/example-changes.js';
import { changeRow } from '../../stores/changes/change-table.js';
import { CREATE, startAdminApi } from './admin-api.js';
import { runEventFunctions } from './event-functions.js';

type Page = Omit<Type.Static<typeof ChangeStatusPage>, 'items'> & { items: ChangeStatus[] };

const api = await startAdminApi(t);
await runEventFunctions(t, api);
const { ask, settled, dynamodb, sites } = api;

async function change(who: string, url: string, payload: object = { why: 'Told so' }): Promise<ChangeStatus> {
  const answer = await ask(who, 'POST', url, { payload });
  t.equal(answer.statusCode, 202, answer.body);
  return settled(who, answer.json().changeId);
}

t.test('a card changes state by the allowed actions only', async (t) => {
  const hired = { name: 'Nina', active: true, accessLevelIds: ['staff'], why: 'First day' };
  const put = await ask('hanna', 'PUT', '/v1/employees/nina', { payload: hired, headers: CREATE });
  t.match(await settled('hanna', put.json().changeId), { state: 'applied' });
  const link = { employeeId: 'nina', buildingId: 'hq', why: 'First card' };
  const steps: [who: string, action: string, payload: object, result: object, status: string][] = [
    ['hanna', 'reactivate', { why: 'Too soon' }, { state: 'rejected', code: 'card-unknown' }, ''],
    ['hanna', 'link', link, { state: 'applied' }, 'active'],
    ['hanna', 'link', link, { state: 'rejected', code: 'card-already-linked' }, 'active'],
    ['samuel', 'suspend', { why: 'Seen elsewhere' }, { state: 'applied', by: { userName: 'samuel' } }, 'suspended'],
    ['hanna', 'reactivate', { why: 'A mistake' }, { state: 'applied' }, 'active'],
    ['hanna', 'lost', { why: 'On the train' }, { state: 'applied' }, 'lost'],
    ['hanna', 'destroyed', { why: 'Found, broken' }, { state: 'applied' }, 'destroyed'],
    ['hanna', 'reactivate', { why: 'It cannot be' }, { state: 'rejected', code: 'card-state' }, 'destroyed'],
  ];
  const ids: string[] = [];
  for (const [who, action, payload, result, status] of steps) {
    const done = await change(who, `/v1/cards/nina-1/${action}`, payload);
    t.match(done, { ...result, acceptedAt: /^20/, settledAt: /^20/ }, action);
    ids.unshift(done.changeId);
    const card = await ask('hanna', 'GET', '/v1/cards/nina-1');
    if (status === '') t.match(card.json(), { status: 404 });
    else t.match(card.json(), { cardId: 'nina-1', status, employeeId: 'nina' }, action);
  }
  const listed: Page = (await ask('aylin', 'GET', '/v1/changes?cardId=nina-1')).json();
  t.same(
    listed.items.map(({ changeId }) => changeId),
    ids,
    'newest first',
  );
  const ofNina: Page = (await ask('aylin', 'GET', '/v1/changes?employeeId=nina')).json();
  t.same(
    ofNina.items.map(({ changeId }) => changeId),
    [...ids.slice(0, -1), put.json().changeId],
    'includes changes of the card while it was linked',
  );
});

t.test('every role sees presence; only roles with movements see the place', async (t) => {
  const presence = async (who: string) => (await ask(who, 'GET', '/v1/cards/nina-1')).json().presence;
  t.same(await presence('hanna'), { inside: true });
  for (const who of ['samuel', 'aylin', 'anders']) {
    t.match(await presence(who), { inside: true, place: { buildingId: 'hq', since: /^20/ } }, who);
  }
  const detail = (await ask('hanna', 'GET', '/v1/employees/nina')).json();
  t.same(detail.cards[0].presence, { inside: true });
});

t.test('an employee or a card is changed in the version that was read', async (t) => {
  const employee = { name: 'Nina', active: true, accessLevelIds: ['staff'], why: 'Told so' };
  const put = (headers: Record<string, string>, payload: object) =>
    ask('hanna', 'PUT', '/v1/employees/nina', { headers, payload });
  t.match((await put({}, employee)).json(), { status: 428, code: 'precondition-required' });
  t.match((await put(CREATE, employee)).json(), { code: 'already-exists', field: 'employeeId' });
  const read = await ask('hanna', 'GET', '/v1/employees/nina');
  const version = { 'if-match': String(read.headers['etag']) };
  t.equal(version['if-match'], `"${read.json().version}"`);
  const first = await put(version, { ...employee, name: 'Nina Neu', accessLevelIds: [] });
  t.match(await settled('hanna', first.json().changeId), { state: 'applied' });
  const detail = 'The employee nina changed after you read it: name is different; accessLevelIds is now [].';
  t.match((await put(version, { ...employee, active: false })).json(), { status: 412, detail });
  t.match((await ask('hanna', 'GET', '/v1/employees/nina')).json(), { name: 'Nina Neu', active: true });
  const erased = await ask('anders', 'POST', '/v1/employees/nina/erase', { headers: version, payload: { why: 'Old' } });
  t.match(erased.json(), { status: 412, detail });

  const link = { employeeId: 'nina', buildingId: 'hq', why: 'Another card' };
  t.match(await change('hanna', '/v1/cards/nina-2/link', link), { state: 'applied' });
  t.match(await change('hanna', '/v1/cards/nina-2/suspend'), { state: 'applied' });
  const card = await ask('hanna', 'GET', '/v1/cards/nina-2');
  const headers = { 'if-match': String(card.headers['etag']) };
  t.match(await change('samuel', '/v1/cards/nina-2/lost'), { state: 'applied' });
  const late = await ask('hanna', 'POST', '/v1/cards/nina-2/reactivate', { headers, payload: { why: 'It is here' } });
  t.match(late.json(), { status: 412, code: 'changed-meanwhile', detail: /status is now "lost"\.$/ });
  const again = { 'if-match': String(late.headers['etag']) };
  const found = await ask('hanna', 'POST', '/v1/cards/nina-2/reactivate', {
    headers: again,
    payload: { why: 'Found again' },
  });
  t.match(await settled('hanna', found.json().changeId), { state: 'applied' });
});

t.test('pages list each change once, newest first, also with equal times', async (t) => {
  const at = (i: number) => new Date(Date.parse('2026-01-01T00:00:00Z') + Math.floor(i / 10) * 1_000).toISOString();
  const older = Array.from({ length: 45 }, (_, i) =>
    changeOf(
      { type: 'change-card', action: 'lost', cardId: 'paged' },
      `00000000-0000-4000-8000-${String(i).padStart(12, '0')}`,
      at(i),
    ),
  ).map((each) => ({ ...each, tenantId: 'demo' }));
  const rows = older.map((each) => ({
    changeKey: `demo/${each.changeId}`,
    ...changeRow(each),
    acceptedAt: each.requestedAt,
  }));
  await batchWrite(dynamodb, TABLES.changes, rows);
  const expected = older.map(({ changeId }) => changeId).reverse();
  for (const limit of [1, 10, 44, 45, 46]) {
    const ids: string[] = [];
    let cursor: string | undefined;
    do {
      const query = `cardId=paged&limit=${limit}${cursor === undefined ? '' : `&cursor=${cursor}`}`;
      const answer = await ask('hanna', 'GET', `/v1/changes?${query}`);
      const page: Page = answer.json();
      ids.push(...page.items.map(({ changeId }) => changeId));
      cursor = page.nextCursor;
      t.equal(answer.headers['link'] === undefined, cursor === undefined);
    } while (cursor !== undefined);
    t.same(ids, expected, `limit ${limit}`);
  }
  const first: Page = (await ask('hanna', 'GET', '/v1/changes?cardId=paged&limit=5')).json();
  for (const query of ['cardId=other', 'employeeId=paged', 'limit=5']) {
    const answer = await ask('hanna', 'GET', `/v1/changes?${query}&cursor=${first.nextCursor}`);
    t.match(answer.json(), { status: 400, field: 'cursor' }, query);
  }
  const foreign = await ask('olga', 'GET', `/v1/changes?cardId=paged&limit=5&cursor=${first.nextCursor}`);
  t.same(foreign.json(), { items: [] }, 'useless to another tenant');
});

t.test('the same Idempotency-Key of two tenants makes two changes', async (t) => {
  const headers = { 'idempotency-key': '0193a1d2-7c1e-7000-8000-000000000016' };
  const payload = { why: 'Told so' };
  const mine = await ask('hanna', 'POST', '/v1/cards/mine/lost', { headers, payload });
  const theirs = await ask('olga', 'POST', '/v1/cards/theirs/lost', { headers, payload });
  t.same([mine.statusCode, theirs.statusCode], [202, 202]);
  t.match(await settled('hanna', mine.json().changeId), { content: { cardId: 'mine' }, code: 'card-unknown' });
  t.match(await settled('olga', theirs.json().changeId), { content: { cardId: 'theirs' }, code: 'card-unknown' });
});

t.test('problems name the invalid member', async (t) => {
  const good = { employeeId: 'nina', buildingId: 'hq', why: 'First card' };
  const table: [url: string, payload: object, field: string][] = [
    ['/v1/cards/c/link', { ...good, employeeId: '' }, 'employeeId'],
    ['/v1/cards/c/link', { ...good, zoneId: 'a b' }, 'zoneId'],
    ['/v1/cards/c/link', { ...good, validFrom: 'tomorrow' }, 'validFrom'],
    ['/v1/cards/c/link', { ...good, validFrom: '2026-02-30T00:00:00Z' }, 'validFrom'],
    ['/v1/cards/c/link', { ...good, validUntil: '2026-02-01T24:00:00Z' }, 'validUntil'],
    [
      '/v1/cards/c/link',
      { ...good, validFrom: '2026-02-01T00:00:00Z', validUntil: '2026-02-01T00:00:00Z' },
      'validUntil',
    ],
    ['/v1/cards/c/link', { ...good, cardId: 'd' }, 'cardId'],
    ['/v1/cards/c/link', { ...good, validUntil: '2026-02-01T00:00:00Z' }, 'validUntil'],
    ['/v1/cards/c/reactivate', { why: 'Told so', validUntil: '2026-02-01T00:00:00Z' }, 'validUntil'],
    ['/v1/cards/c/outside', {}, 'why'],
    ['/v1/cards/c/outside', { why: 'Left', zoneId: 'hard' }, 'zoneId'],
    ['/v1/cards/c/lost', { why: 'Told so', validUntil: '2027-01-01T00:00:00Z' }, 'validUntil'],
    ['/v1/cards/c/reactivate', { why: 'Told so', validUntil: '2027-13-01T00:00:00Z' }, 'validUntil'],
    ['/v1/cards/c/lost', { why: 'Told so', status: 'active' }, 'status'],
    ['/v1/cards/c/lost', [], ''],
  ];
  for (const [url, payload, field] of table) {
    const answer = await ask('anders', 'POST', url, { payload });
    t.match(answer.json(), { status: 400, code: 'bad-request', field }, `${url} ${field}`);
  }
  for (const [query, field] of [
    ['cardId=a&employeeId=b', 'employeeId'],
    ['cardId=a%2Fb', 'cardId'],
    ['cardid=a', 'cardid'],
    ['limit=-1', 'limit'],
  ] as const) {
    t.match((await ask('hanna', 'GET', `/v1/changes?${query}`)).json(), { status: 400, field }, query);
  }
  for (const id of ['x', '0193A1D2-7C1E-7000-8000-000000000003']) {
    t.match((await ask('hanna', 'GET', `/v1/changes/${id}`)).json(), { status: 400, field: 'changeId' });
  }
  const unknown = await ask('hanna', 'GET', '/v1/changes/0193a1d2-7c1e-7000-8000-000000000003');
  t.match(unknown.json(), { status: 404, code: 'not-found', field: 'changeId' });
});

t.test('an unknown card is listed until it is linked, and for a day', async (t) => {
  const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString();
  const seen = (readerId: string, cardId: string, minutes: number) => ({
    tenantId: unknownCardsKey('demo'),
    ...{ readerId, cardId, cardNumber: `raw ${cardId}`, at: minutesAgo(minutes), expiresAt: 4_000_000_000 },
    swipeId: '0193a1d2-7c1e-7000-8000-000000000031',
  });
  await batchWrite(dynamodb, TABLES.readerContacts, [
    { tenantId: 'demo', readerId: 'hq-lab-in-1', heardAt: minutesAgo(0) },
    seen('hq-garage-in-1', 'uid-04a1b2c3', 2),
    seen('hq-lab-in-1', 'unread-xyz', 1),
    seen('hq-north-in-1', 'uid-04a1b2c3', 3),
    seen('gone', 'uid-11111111', 24 * 60 - 1),
    seen('ny-lab-in-1', 'uid-22222222', 24 * 60 + 1),
    { ...seen('otto-in', 'uid-33333333', 1), tenantId: unknownCardsKey('other') },
  ]);
  const list = async (who: string): Promise<UnknownCardList> => (await ask(who, 'GET', '/v1/unknown-cards')).json();
  const { items } = await list('hanna');
  t.match(items[1], { cardNumber: 'raw uid-04a1b2c3', door: /\w/, buildingId: 'hq' }, 'with its door');
  t.same(
    items.map(({ readerId, cardId }) => [readerId, cardId]),
    [
      ['hq-lab-in-1', 'unread-xyz'],
      ['hq-garage-in-1', 'uid-04a1b2c3'],
      ['gone', 'uid-11111111'],
    ],
    'newest first, each card once',
  );
  t.notOk('expiresAt' in (items[0] ?? {}));
  const person = { name: 'Uma', active: true, accessLevelIds: ['staff'], why: 'First day' };
  await settled(
    'hanna',
    (await ask('hanna', 'PUT', '/v1/employees/uma', { payload: person, headers: CREATE })).json().changeId,
  );
  const link = { employeeId: 'uma', buildingId: 'hq', why: 'First card' };
  t.match(await change('hanna', '/v1/cards/unread-xyz/link', link), { state: 'rejected', code: 'card-unread' });
  t.match(await change('hanna', '/v1/cards/uid-04a1b2c3/link', link), { state: 'applied' });
  t.same(
    (await list('samuel')).items.map(({ cardId }) => cardId),
    ['unread-xyz', 'uid-11111111'],
    'a card with a holder is not unknown',
  );
  t.same((await list('olga')).items.length, 1, 'another tenant sees its own');
});

t.test('a link is accepted, and its answer warns that no reader sends such a number', async (t) => {
  const { tenantId, readers } = sites.other;
  const siteKey = tenantKey(tenantId, 'readers' satisfies SiteKind);
  const rows = readers.map((reader) => ({ siteKey, id: reader.readerId, ...reader }));
  const warned = async (cardId: string) => {
    const payload = { employeeId: 'nobody', buildingId: 'annex', why: 'First card' };
    const answer = await ask('olga', 'POST', `/v1/cards/${cardId}/link`, { payload });
    t.equal(answer.statusCode, 202, cardId);
    return answer.json().warnings;
  };
  t.same(await warned('w26-161-45763'), undefined, 'a reader sends ids as they are');
  await batchWrite(
    dynamodb,
    TABLES.site,
    rows.map((row) => ({ ...row, cardFormat: 'uid-hex' })),
  );
  t.match(await warned('w26-161-45763'), [/^No reader of the site sends w26-161-45763, .* are uid-hex: show the card/]);
  t.same(await warned('uid-04a1b2c3'), undefined);
  await batchWrite(dynamodb, TABLES.site, rows);
});

t.test('a card and its holder are found by any form of the number', async (t) => {
  const find = async (number: string, who = 'hanna') =>
    (await ask(who, 'GET', `/v1/cards?${new URLSearchParams({ number })}`)).json().items;
  const searched = async (search: string) =>
    (await ask('hanna', 'GET', `/v1/employees?${new URLSearchParams({ search })}`)).json().items;
  for (const number of ['04A1B2C3', '04 a1 b2 c3', '77705923', '3283263748', '161,45763', 'uid-04a1b2c3']) {
    const [first] = await find(number);
    t.match(first, { cardId: 'uid-04a1b2c3', how: /^(as|in) /, card: { employeeId: 'uma' } }, number);
    t.match(await searched(number), [{ employeeId: 'uma' }], number);
  }
  t.notOk((await find('161,45763'))[0].card.presence.place, 'HR does not see where');
  t.match((await find('161,45763', 'samuel'))[0].card, { presence: { place: { buildingId: 'hq' } } });
  t.match(
    (await find('04A1B2C4')).slice(0, 2),
    [
      { cardId: '04A1B2C4', how: 'as the id of a card', card: undefined },
      { cardId: 'uid-04a1b2c4', how: 'in hex as a UID of 4 bytes', card: undefined },
    ],
    'all readings of a number without a card; readers without a format send ids',
  );
  t.same(await find('Uma who?'), []);
  for (const item of await find('04A1B2C3', 'olga')) t.notOk('card' in item, 'not in another tenant');
  const firsts = async (number: string) => (await find(number, 'olga'))[0].cardId;
  const rows = api.sites.other.readers.map((reader) => ({
    ...{ siteKey: tenantKey('other', 'readers'), id: reader.readerId, ...reader },
  }));
  for (const [cardFormat, pair, hex] of [
    ['uid-hex', 'uid-00a1b2c5', 'uid-04a1b2c5'],
    ['wiegand-26', 'w26-161-45765', 'w26-161-45765'],
    ['h10304', 'h10304-161-45765', 'uid-04a1b2c5'],
  ] as const) {
    const formatted = rows.map((row) => ({ ...row, cardFormat }));
    await batchWrite(dynamodb, TABLES.site, formatted);
    t.same([await firsts('161,45765'), await firsts('04A1B2C5')], [pair, hex], `readers with ${cardFormat}`);
  }
  await batchWrite(dynamodb, TABLES.site, rows);
  t.match((await ask('hanna', 'GET', '/v1/cards')).json(), { status: 400, field: 'number' });
});

t.test('a visitor is planned, checked in with a card, and checked out; the card goes to the next one', async (t) => {
  const inDays = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString();
  const plan = {
    ...{ name: 'Vera Visit', company: 'Acme', hostId: 'emp-00002', buildingId: 'hq', accessLevelIds: ['staff'] },
    ...{ from: inDays(-1), until: inDays(1), escortSeconds: 30, why: 'An audit' },
  };
  const post = (url: string, payload: object) => change('gabriel', url, payload);
  const planned = async (more: object) => {
    const { state, content } = await post('/v1/visits', { ...plan, ...more });
    t.equal(state, 'applied');
    return content.type === 'set-visit' ? content.employeeId : '';
  };
  const vera = await planned({});
  const visits = async (query = '') => (await ask('gabriel', 'GET', `/v1/visits${query}`)).json().items;
  const { why: _, ...shown } = plan;
  t.match(await visits(), [{ employeeId: vera, ...shown, hostName: /./, state: 'expected', inside: false }]);
  const why = 'At the desk';
  t.match(await post(`/v1/visits/${vera}/check-in`, { cardId: 'pool-1', why }), { state: 'applied' });
  t.match(await visits(), [{ state: 'checked-in', cardId: 'pool-1', inside: false }]);
  t.match((await ask('hanna', 'GET', '/v1/cards/pool-1')).json(), { status: 'active', employeeId: vera });
  t.match(await post(`/v1/visits/${vera}/check-in`, { why }), { code: 'employee-has-card' });
  const otto = await planned({ name: 'Otto Other', until: inDays(2) });
  t.match(await post(`/v1/visits/${otto}/check-in`, { cardId: 'pool-1', why }), { code: 'card-already-linked' });
  t.match(await post(`/v1/visits/${vera}/check-out`, { why }), { state: 'applied' });
  t.match(await visits(), [{ state: 'checked-out' }, { employeeId: otto, state: 'expected' }]);
  t.match(await post(`/v1/visits/${vera}/check-out`, { why }), { code: 'visit-over' });
  t.match(await post(`/v1/visits/${otto}/check-in`, { cardId: 'pool-1', why }), { state: 'applied' });

  const code = await post(`/v1/visits/${await planned({ name: 'Quinn' })}/check-in`, { why });
  t.match(code, { state: 'applied', content: { cardId: /^qr-[0-9a-f]{32}$/ } }, 'a QR code that cannot be guessed');
  t.match(await visits('?buildingId=lab'), []);
  t.match((await visits(`?endsFrom=${inDays(1.5)}`)).length, 1, 'visits that end later');
  t.notMatch((await ask('hanna', 'GET', '/v1/employees?limit=1000')).body, /visit-/, 'visitors are no employees');
  t.match(await post('/v1/visits', { ...plan, hostId: vera }), { code: 'employee-unknown' }, 'a visitor is no host');
  t.match(await post('/v1/visits', { ...plan, from: inDays(-3), until: inDays(-2) }), { code: 'visit-over' });
  const twisted = await ask('gabriel', 'POST', '/v1/visits', { payload: { ...plan, until: plan.from } });
  t.match(twisted.json(), { status: 400, field: 'until', reason: 'must be later than from' });
});
