import { randomUUID } from 'node:crypto';
import { TABLES } from '@swipegate/contract';
import t, { type Test } from 'tap';
import { Store } from '../../decide/stores/store.js';
import { type Answer, CREATE, REPLACE, startAdminApi } from './admin-api.js';
import { takePublished } from './take-published.js';

const TABLE_NAMES = {
  TABLE_CARDS: TABLES.cards,
  TABLE_EMPLOYEES: TABLES.employees,
  TABLE_PRESENCE: TABLES.presence,
  TABLE_DECISIONS: TABLES.decisions,
  TABLE_DOOR_EVENTS: TABLES.doorEvents,
};
const api = await startAdminApi(t);
const { ask, outage } = api;
const { faults } = api.services;
/** Attempts of the SDK per call. */
const ATTEMPTS = 3;
const put = (name: string, headers: Record<string, string> = {}) =>
  ask('hanna', 'PUT', '/v1/employees/eve', {
    payload: { name, active: true, accessLevelIds: [], why: 'First day' },
    headers: { ...CREATE, ...headers },
  });
const withKey = (key: string) => ({ 'idempotency-key': key });

/** Changes published since the last call. */
async function published(): Promise<{ changeId: string; name: string }[]> {
  return (await takePublished(api)).map(({ change: { changeId, content } }) => ({
    changeId,
    name: content.type === 'set-employee' ? content.employee.name : content.type,
  }));
}

function unavailable(t: Test, answer: Answer, code: string) {
  t.match(answer.json(), { status: 503, code, detail: /Send|Ask|Try/ });
  t.equal(answer.headers['retry-after'], '1');
  t.match(answer.headers['content-type'], /^application\/problem\+json/);
}

t.test('a repeated Idempotency-Key makes one change, and a 409 with other content', async (t) => {
  const headers = withKey(randomUUID());
  const first = await put('Eve', headers);
  t.match(first.json(), { state: 'accepted', changeId: headers['idempotency-key'] });
  const second = await put('Eve', headers);
  t.equal(second.statusCode, 202);
  t.same(second.json(), first.json());
  t.match((await put('Eva', headers)).json(), { status: 409, code: 'change-id-reused' });
  const [foreign, atOnce] = [await ask('olga', 'GET', `/v1/changes/${first.json().changeId}`), withKey(randomUUID())];
  t.equal(foreign.statusCode, 404);
  const answers = await Promise.all([put('Ada', atOnce), put('Ada', atOnce), put('Ada', atOnce)]);
  t.same(new Set(answers.map(({ statusCode }) => statusCode)), new Set([202]), 'at the same time');
  t.same(await published(), [
    { changeId: headers['idempotency-key'], name: 'Eve' },
    { changeId: atOnce['idempotency-key'], name: 'Ada' },
  ]);
  const contended = withKey(randomUUID());
  const two = await Promise.all([put('Cleo', contended), put('Carl', contended)]);
  t.same(two.map(({ statusCode }) => statusCode).sort(), [202, 409], 'at the same time, with different content');
  t.equal((await published()).length, 1);
  for (const key of ['', 'x', randomUUID().toUpperCase(), `${randomUUID()}, ${randomUUID()}`]) {
    t.match((await put('Eve', withKey(key))).json(), { status: 400, field: 'idempotency-key' }, key);
  }
});

t.test('a block is in force at once, whatever is queued before it', async (t) => {
  const [one, two, three] = api.sites.demo.cards;
  if (one?.employeeId === undefined || two === undefined || three?.employeeId === undefined)
    throw new Error('no cards');
  // Nothing consumes the queue, so it is longer than any import.
  await put('Eve');
  const stolen = await ask('samuel', 'POST', `/v1/cards/${one.cardId}/stolen`, { payload: { why: 'Bag stolen' } });
  t.match(stolen.json(), { state: 'applied', settledAt: /^20/ });
  const progress = await ask('samuel', 'GET', `/v1/changes/${stolen.json().changeId}`);
  t.match(progress.json(), { state: 'applied', settledAt: stolen.json().settledAt });
  t.match((await ask('hanna', 'GET', `/v1/cards/${one.cardId}`)).json(), { status: 'stolen' });
  t.match((await ask('hanna', 'GET', `/v1/employees/${one.employeeId}`)).json(), { cards: [{ status: 'stolen' }] });
  const again = await ask('samuel', 'POST', `/v1/cards/${one.cardId}/suspend`, { payload: { why: 'To be sure' } });
  t.match(again.json(), { state: 'accepted' }, 'its turn will reject it');

  await ask('hanna', 'POST', `/v1/cards/${two.cardId}/unlink`, { payload: { why: 'Moved on' } });
  const unlinked = (await ask('hanna', 'GET', `/v1/cards/${two.cardId}`)).json();
  t.match([unlinked.status, unlinked.employeeId], ['issued', undefined]);
  const holder = (await ask('hanna', 'GET', `/v1/employees/${two.employeeId}`)).json();
  t.same(holder.cards, [], 'the holder has no card any more');

  const leaver = { name: 'Lee', active: false, accessLevelIds: [], why: 'Left' };
  const left = await ask('hanna', 'PUT', `/v1/employees/${three.employeeId}`, { payload: leaver, headers: REPLACE });
  t.match(left.json(), { state: 'accepted' }, 'the other members wait for their turn');
  t.match((await ask('hanna', 'GET', `/v1/employees/${three.employeeId}`)).json(), { active: false });

  const decide = new Store(api.dynamodb, { ...TABLE_NAMES, DECISION_KEEP_DAYS: 1 });
  const keys = [one, two, three].map(({ cardId }) => `demo/${cardId}`);
  const { cards } = await decide.readFacts(new Map(keys.map((key) => [key, []])), 0);
  t.match(
    keys.map((key) => cards.rows.get(key)?.status),
    ['stolen', 'issued', 'active'],
    'decide sees the same',
  );
  const employeeKey = `demo/${three.employeeId}`;
  t.match((await decide.readEmployees([employeeKey])).rows.get(employeeKey), { active: false });

  const unknown = await ask('samuel', 'POST', '/v1/cards/nobodys/stolen', { payload: { why: 'Box stolen' } });
  t.match(unknown.json(), { state: 'accepted' });
  t.equal((await ask('hanna', 'GET', '/v1/cards/nobodys')).statusCode, 404);
  t.equal((await decide.readFacts(new Map([['demo/nobodys', []]]), 0)).cards.rows.size, 0);
  await published();
});

t.test('a block that could not be put in force is sent again with its key', async (t) => {
  const [, , , card] = api.sites.demo.cards;
  const report = (headers: Record<string, string>) =>
    ask('samuel', 'POST', `/v1/cards/${card?.cardId}/lost`, { payload: { why: 'On the train' }, headers });
  outage.isOn = true;
  const failed = await report({});
  outage.isOn = false;
  unavailable(t, failed, 'lookup-unavailable');
  const [key = ''] = /[\da-f-]{36}/.exec(failed.json().detail) ?? [];
  for (const attempt of ['first', 'second'])
    t.match((await report(withKey(key))).json(), { state: 'applied', changeId: key }, attempt);
  t.match(await published(), [{ name: 'change-card' }]);
});

t.test('an outage of the topic leaves nothing behind; a retry is accepted', async (t) => {
  for (const kind of ['internal', 'throttle'] as const) {
    const headers = withKey(randomUUID());
    faults.sns.failNext('Publish', { times: ATTEMPTS, kind });
    const refused = await put('Nina', headers);
    unavailable(t, refused, 'topic-unavailable');
    t.match(refused.json().detail, headers['idempotency-key'], 'names the key');
    t.equal((await ask('hanna', 'GET', `/v1/changes/${headers['idempotency-key']}`)).statusCode, 404);
    t.notMatch((await ask('hanna', 'GET', '/v1/changes')).body, headers['idempotency-key']);
  }
  t.same(await published(), [], 'nothing was published');
  t.equal((await put('Nina')).statusCode, 202, 'works after the outage');
  t.match(await published(), [{ name: 'Nina' }]);
});

t.test('a lost answer of the topic: a retry with the key makes no second change', async (t) => {
  faults.sns.failNext('Publish', { times: ATTEMPTS, kind: 'answer-lost' });
  const lost = await put('Lola');
  unavailable(t, lost, 'topic-unavailable');
  const [key = ''] = /[0-9a-f-]{36}/.exec(lost.json().detail) ?? [];
  t.match((await put('Lola', withKey(key))).json(), { state: 'accepted', changeId: key });
  t.same(await published(), [{ changeId: key, name: 'Lola' }]);
});

t.test('an outage of the tables', async (t) => {
  const done = await put('Zoe');
  const key = withKey(randomUUID());
  outage.isOn = true;
  t.teardown(() => {
    outage.isOn = false;
  });
  for (const url of [
    '/v1/employees',
    '/v1/employees/eve',
    '/v1/cards/a',
    '/v1/changes',
    `/v1/changes/${done.json().changeId}`,
    '/v1/buildings',
    '/v1/readers/hq-north-in-1/keys',
    '/v1/cards/a/events',
    '/v1/buildings/hq/muster',
    '/v1/buildings/hq/occupancy',
  ]) {
    unavailable(t, await ask('anders', 'GET', url), 'lookup-unavailable');
  }
  unavailable(t, await put('Una', key), 'lookup-unavailable');
  const keys = '/v1/readers/hq-north-in-1/keys';
  const issued = await ask('samuel', 'POST', keys, { payload: { why: 'Rotation' } });
  unavailable(t, issued, 'lookup-unavailable');
  t.notMatch(issued.body, /sgk_/);
  t.match(await published(), [{ name: 'Zoe' }]);
  t.equal((await put('Uma')).statusCode, 202, 'a change without a key needs no table');
  t.match(await published(), [{ name: 'Uma' }]);
  outage.isOn = false;
  t.match((await put('Una', key)).json(), { state: 'accepted' });
});

t.test('an outage of the bucket', async (t) => {
  faults.s3.failNext('GetObject', { times: ATTEMPTS });
  unavailable(t, await ask('hanna', 'GET', `/v1/imports/${randomUUID()}`), 'lookup-unavailable');
});

t.test('failures are logged without secrets or personal data', async (t) => {
  const logged = api.logged();
  t.match(logged, /the change could not be published/);
  t.match(logged, /data store request failed/);
  t.notMatch(logged, /authorization/i);
  t.notMatch(logged, /AWS4-HMAC|Bearer |secretAccessKey|sgk_/);
  t.notMatch(logged, /First day|Nina|Lola/, 'no names or reasons');
});
