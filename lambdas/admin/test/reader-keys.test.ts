import { randomUUID } from 'node:crypto';
import { hashApiKey, TABLES } from '@swipegate/contract';
import { apiKeyTable } from '@swipegate/gateway/auth/api-key-table';
import t from 'tap';
import { startAdminApi } from './admin-api.js';
import { runEventFunctions } from './event-functions.js';
import { everythingKept } from './everything-kept.js';

const READER = 'hq-north-in-1';
const KEYS = `/v1/readers/${READER}/keys`;
const api = await startAdminApi(t);
await runEventFunctions(t, api);
const { ask, settled, dynamodb } = api;
const findKey = async (keyHash: string) => (await apiKeyTable(dynamodb, TABLES.apiKeys).read([keyHash]))[0];

async function issue(payload: object = { why: 'Rotation' }) {
  const answer = await ask('samuel', 'POST', KEYS, { payload });
  t.equal(answer.statusCode, 202, answer.body);
  const { key, keyId, changeId }: { key: string; keyId: string; changeId: string } = answer.json();
  t.match(await settled('samuel', changeId), { state: 'applied' });
  return { key, keyId, changeId, answer };
}

t.test('a key is returned once and stored nowhere', async (t) => {
  const { key, keyId, changeId, answer } = await issue();
  t.match(key, /^sgk_[\w-]{43}$/);
  t.equal(answer.headers['cache-control'], 'no-store');
  t.match(await findKey(hashApiKey(key)), { keyId, tenantId: 'demo', readerIds: [READER] });

  const kept = await everythingKept(api);
  t.match(kept, hashApiKey(key), 'the search covers the place of its hash');
  t.match(kept, new RegExp(`events/demo/.*${changeId}\\.json`), 'in the event store as well');
  const secret = key.slice('sgk_'.length);
  const later: string[] = [];
  for (const who of ['hanna', 'samuel', 'aylin', 'anders']) {
    for (const url of [KEYS, '/v1/readers', '/v1/changes', `/v1/changes/${changeId}`, '/openapi.json']) {
      later.push((await ask(who, 'GET', url)).body);
    }
  }
  for (const [i, text] of [kept, api.logged(), ...later].entries()) t.notOk(text.includes(secret), `place ${i}`);
  const list = (await ask('aylin', 'GET', KEYS)).json();
  t.match(list, { items: [{ keyId, issuedAt: /^20/ }] });
  t.notMatch(JSON.stringify(list), /[Hh]ash/);
});

t.test('a new key ends earlier keys after the overlap; a revoked key ends at once', async (t) => {
  const before = await issue();
  const hours = 2;
  const after = await issue({ why: 'Rotation', overlapHours: hours });
  const { notAfter = '' } = (await findKey(hashApiKey(before.key))) ?? {};
  const inHours = (Date.parse(notAfter) - Date.now()) / 3_600_000;
  t.ok(inHours > hours - 0.1 && inHours <= hours, notAfter);
  t.equal((await findKey(hashApiKey(after.key)))?.notAfter, undefined);
  const gone = await ask('samuel', 'DELETE', `${KEYS}/${after.keyId}?why=Stolen`);
  t.match(await settled('samuel', gone.json().changeId), { state: 'applied' });
  const row = await findKey(hashApiKey(after.key));
  t.ok(row === undefined || Date.parse(row.notAfter ?? '') <= Date.now());
  const again = await ask('samuel', 'DELETE', `${KEYS}/${after.keyId}?why=Stolen`);
  t.match(await settled('samuel', again.json().changeId), { state: 'rejected', code: 'key-unknown' });
});

t.test('a repeated Idempotency-Key returns no key', async (t) => {
  const headers = { 'idempotency-key': randomUUID() };
  const payload = { why: 'Rotation' };
  const first = await ask('samuel', 'POST', KEYS, { payload, headers });
  t.match(first.json(), { changeId: headers['idempotency-key'], key: /^sgk_/ });
  const second = await ask('samuel', 'POST', KEYS, { payload, headers });
  t.match(second.json(), { status: 409, code: 'change-id-reused' });
  t.notMatch(second.body, /sgk_/);
  for (const id of ['1', 'not a UUID', headers['idempotency-key'].toUpperCase(), '../x']) {
    const answer = await ask('samuel', 'POST', KEYS, { payload, headers: { 'idempotency-key': id } });
    t.match(answer.json(), { status: 400, field: 'idempotency-key' }, id);
    t.notMatch(answer.body, /sgk_/);
  }
});

t.test('refuses unknown readers and invalid bodies', async (t) => {
  for (const url of ['/v1/readers/nowhere/keys', '/v1/readers/other-in/keys']) {
    const answer = await ask('samuel', 'POST', url, { payload: { why: 'Rotation' } });
    t.match(answer.json(), { status: 404, field: 'readerId' }, url);
    t.notMatch(answer.body, /sgk_/);
  }
  const table: [payload: object, field: string][] = [
    [{}, 'why'],
    [{ why: 'Rotation', overlapHours: -1 }, 'overlapHours'],
    [{ why: 'Rotation', overlapHours: 721 }, 'overlapHours'],
    [{ why: 'Rotation', overlapHours: '24' }, 'overlapHours'],
    [{ why: 'Rotation', key: 'sgk_mine' }, 'key'],
    [{ why: 'Rotation', keyId: 'mine' }, 'keyId'],
  ];
  for (const [payload, field] of table) {
    t.match((await ask('samuel', 'POST', KEYS, { payload })).json(), { status: 400, field }, field);
  }
});
