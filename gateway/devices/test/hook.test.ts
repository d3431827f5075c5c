import { readFileSync } from 'node:fs';
import type { InjectOptions } from 'fastify';
import t from 'tap';
import { startDevicePort } from '../../test/device-port.js';
import { decisionFor, KEY, OPERATOR_KEY, OTHER_KEY, testApp, testKey } from '../../test/test-app.js';
import { replayTranscript } from '../../test/transcript.js';

const { sink, hub, devices, given } = await startDevicePort(t, { ACK_TIMEOUT_MS: '500' });
const ask = (url: string, request: Omit<InjectOptions, 'url'> = {}) => devices.inject({ url, ...request });
const ONE = OTHER_KEY;
const form = { 'content-type': 'application/x-www-form-urlencoded' };

t.test('readers get the bytes that they expect', async (t) => {
  const replacing = { key: ONE, basic: Buffer.from(`door-1:${ONE}`).toString('base64') };
  await replayTranscript(t, 'devices/test/hook.http', { devices, given, replacing });
});

t.test('a reader sends its key and the card in any of the usual places', async (t) => {
  const basic = `Basic ${Buffer.from(`door-1:${ONE}`).toString('base64')}`;
  const requests: [url: string, request: Omit<InjectOptions, 'url'>][] = [
    [`/hook/${ONE}?card=04A1B2C3`, {}],
    [`/hook/${ONE}/?Card_No=04A1B2C3`, {}],
    [`/hook?key=${ONE}&uid=04A1B2C3`, {}],
    ['/hook?tag=04A1B2C3', { headers: { 'x-api-key': ONE } }],
    ['/hook?rfcode=04A1B2C3', { headers: { authorization: `Bearer ${ONE}` } }],
    ['/hook?codeKey=04A1B2C3', { headers: { authorization: basic } }],
    [`/hook/${ONE}`, { method: 'POST', payload: { card: '04A1B2C3', unrelated: { deep: true } } }],
    [`/hook/${ONE}`, { method: 'POST', payload: 'cardno=04A1B2C3&state=x', headers: form }],
    [`/hook/${ONE}`, { method: 'POST', payload: '{"uid":"04A1B2C3"}', headers: { 'content-type': 'text/plain' } }],
    [`/hook/${ONE}`, { method: 'POST', payload: '{"uid":"04A1B2C3"}', headers: { 'content-type': 'json' } }],
    [`/hook/${ONE}?field=badge`, { method: 'POST', payload: { badge: '04A1B2C3', card: 'another' } }],
  ];
  for (const [url, request] of requests) {
    sink.puts.length = 0;
    const answer = await ask(url, request);
    t.match([answer.statusCode, answer.body], [200, 'granted'], `${url} ${JSON.stringify(request)}`);
    t.match(sink.puts, [
      { partitionKey: 'globex/04A1B2C3', record: { tenantId: 'globex', readerId: 'globex-in', cardId: '04A1B2C3' } },
    ]);
  }
});

t.test('every URL that the page proposes is understood', async (t) => {
  const page = readFileSync(new URL('../../../../docs/readers/hook.md', import.meta.url), 'utf8');
  const names = new Set(Array.from(page.matchAll(/\/hook\/\$?KEY\?(\w+)=/g), ([, name = '']) => name));
  t.ok(names.size >= 2);
  for (const name of names) t.match((await ask(`/hook/${ONE}?${name}=04A1B2C3`)).body, 'granted', name);
});

t.test('granted is 200, denied is 403, with the reason beside it', async (t) => {
  const granted = await ask(`/hook/${ONE}?card=c`);
  t.match(granted, {
    statusCode: 200,
    body: 'granted',
    headers: { 'swipe-reason': 'granted', 'cache-control': 'no-store' },
  });
  given.decision = { outcome: 'denied', reason: 'denied-unknown-credential' };
  const denied = await ask(`/hook/${ONE}?card=c`);
  t.match(denied, { statusCode: 403, body: 'denied', headers: { 'swipe-reason': 'denied-unknown-credential' } });
  const full = await ask(`/hook/${ONE}?card=c`, { headers: { accept: 'application/json' } });
  t.match(full.json(), { outcome: 'denied', text: 'the card is unknown', readerId: 'globex-in' });
});

t.test('a door opens only if the swipe is durable, and its decision is of this reader and in time', async (t) => {
  given.decision = undefined;
  const late = await ask(`/hook/${ONE}?card=c&wait=0.05`);
  t.match(late.json(), { status: 504, code: 'undecided' });
  given.decision = { readerId: 'another' };
  t.match((await ask(`/hook/${ONE}?card=c&wait=0.05`)).json(), { code: 'undecided' }, 'the id was used elsewhere');
  const before = Date.now();
  await ask(`/hook/${ONE}?card=c&wait=2`);
  const answerBy = Number(sink.puts.at(-1)?.record['answerBy']);
  t.ok(answerBy >= before + 1_500 && answerBy < before + 2_000, 'decide knows when the reader gives up');
  const { answer } = sink;
  sink.answer = () => Promise.reject(Object.assign(new Error('full'), { code: 'BUFFER_FULL' }));
  t.match((await ask(`/hook/${ONE}?card=c`)).json(), { status: 503, code: 'overloaded' });
  sink.answer = ({ record }) => {
    hub.publish(decisionFor(record, { tenantId: 'globex' }));
    return new Promise(() => undefined);
  };
  t.match((await ask(`/hook/${ONE}?card=c&wait=0.05`)).json(), { status: 503, code: 'stream-unavailable' });
  sink.answer = answer;
});

t.test('the same id is the same swipe; without one each request is a swipe of its own', async (t) => {
  const swipeId = '0193a1d2-7c1e-7000-8000-00000000abcd';
  await ask(`/hook/${ONE}?card=c&swipeId=${swipeId}`);
  await ask(`/hook/${ONE}?card=c`, { headers: { 'idempotency-key': swipeId } });
  const first = await ask(`/hook/${ONE}?card=c`);
  await ask(`/hook/${ONE}?card=c`);
  const ids = sink.puts.map(({ record }) => record['swipeId']);
  t.same(ids.slice(0, 2), [swipeId, swipeId]);
  t.equal(new Set(ids).size, 3);
  t.equal(first.headers['swipe-id'], ids[2]);
});

t.test('a time is RFC 3339 or Unix time, and now for a reader without a clock', async (t) => {
  for (const [given, readAt] of [
    ['2026-11-30T10:00:00%2B01:00', '2026-11-30T10:00:00+01:00'],
    ['1796032800', '2026-11-30T10:00:00.000Z'],
    ['1796032800500', '2026-11-30T10:00:00.500Z'],
  ]) {
    await ask(`/hook/${ONE}?card=c&readAt=${given}`);
    t.equal(sink.puts.at(-1)?.record['readAt'], readAt);
  }
  const before = Date.now();
  await ask(`/hook/${ONE}?card=c`);
  t.ok(Date.parse(String(sink.puts.at(-1)?.record['readAt'])) >= before);
});

t.test('a key of several readers needs the reader’s name', async (t) => {
  const missing = await ask(`/hook/${KEY}?card=c`);
  t.match(missing.json(), { status: 400, field: 'reader', detail: /north-in, north-out/ });
  t.match((await ask(`/hook/${KEY}?card=c&reader=globex-in`)).json(), { status: 400, field: 'reader' });
  await ask(`/hook/${KEY}?card=c&reader=north-out&direction=OUT`);
  t.match(sink.puts, [{ record: { readerId: 'north-out', direction: 'out' } }]);
});

t.test('a wrong request says what is allowed, and stores nothing', async (t) => {
  const wrong: [url: string, status: number, field: string | undefined, code: string][] = [
    [`/hook/${ONE}`, 400, 'card', 'bad-request'],
    [`/hook/${ONE}?field=badge&card=c`, 400, 'card', 'bad-request'],
    [`/hook/${ONE}?card=%20`, 400, 'card', 'bad-request'],
    [`/hook/${ONE}?card=a%20b`, 422, 'cardId', 'invalid-item'],
    [`/hook/${ONE}?card=c&swipeId=7`, 400, 'swipeId', 'bad-request'],
    [`/hook/${ONE}?card=c&readAt=yesterday`, 400, 'readAt', 'bad-request'],
    [`/hook/${ONE}?card=c&direction=up`, 400, 'direction', 'bad-request'],
    [`/hook/${ONE}?card=c&wait=0`, 400, 'wait', 'bad-request'],
    [`/hook/${ONE}?card=c&wait=soon`, 400, 'wait', 'bad-request'],
    ['/hook?card=c', 401, undefined, 'missing-key'],
    [`/hook/${testKey('nobody')}?card=c`, 401, undefined, 'unknown-key'],
    ['/hook/short?card=c', 401, undefined, 'unknown-key'],
    [`/hook/${OPERATOR_KEY}?card=c`, 403, undefined, 'wrong-key-role'],
    ['/v1/swipes', 404, undefined, 'not-found'],
  ];
  for (const [url, status, field, code] of wrong) {
    const answer = await ask(url);
    t.match(answer.json(), { status, code, ...(field && { field }) }, url);
    t.not(answer.statusCode, 200);
  }
  t.match(
    await ask(`/hook/${ONE}?card=c`, { method: 'HEAD' }),
    { statusCode: 405, headers: { allow: 'GET, POST' } },
    'HEAD is no swipe',
  );
  t.same(sink.puts, []);
});

t.test('devices of other networks are refused before their key is looked at', async (t) => {
  const open = await testApp({ DEVICE_NETWORKS: '10.0.0.0/8,fd00::/8' });
  const inside = await open.buildDevices();
  t.teardown(() => Promise.all([open.app.close(), inside.close()]));
  const from = (remoteAddress: string) => inside.inject({ url: `/hook/${ONE}`, remoteAddress });
  t.match((await from('127.0.0.1')).json(), { status: 403, code: 'network-not-allowed', detail: /127\.0\.0\.1/ });
  t.equal(open.lookups(), 0);
  for (const address of ['10.1.2.3', '::ffff:10.1.2.3', 'fd00::7']) {
    t.match((await from(address)).json(), { field: 'card' }, address);
  }
  for (const wrong of ['10.0.0.0/33', 'office', '10.0.0.0/8,', '1.2.3/8', '::1/129']) {
    const bad = await testApp({ DEVICE_NETWORKS: wrong });
    await t.rejects(bad.buildDevices(), { name: 'EnvironmentError', message: /DEVICE_NETWORKS: .* CIDR/ }, wrong);
    await bad.app.close();
  }
});
