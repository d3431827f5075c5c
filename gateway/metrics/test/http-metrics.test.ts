import { once } from 'node:events';
import { get } from 'node:http';
import { connect } from 'node:net';
import t from 'tap';
import { decisionFor, json, swipe, testApp } from '../../test/test-app.js';

async function value(text: Promise<string>, sample: string): Promise<number> {
  const line = (await text).split('\n').find((each) => each.startsWith(`${sample} `));
  return Number(line?.split(' ')[1]);
}

t.test('answers are counted by class, and 503 as shed', async (t) => {
  const { app, metrics, sink } = await testApp();
  t.teardown(() => app.close());
  sink.answer = async () => {
    throw Object.assign(new Error('full'), { code: 'BUFFER_FULL' });
  };
  t.equal((await app.inject({ url: '/healthz' })).statusCode, 200);
  t.equal((await app.inject({ url: '/nowhere' })).statusCode, 404);
  const shed = await app.inject({ method: 'POST', url: '/v1/swipes', headers: json, payload: swipe() });
  t.equal(shed.statusCode, 503);
  t.equal(await value(metrics.text(), 'swipegate_responses_total{class="2xx"}'), 1);
  t.equal(await value(metrics.text(), 'swipegate_responses_total{class="4xx"}'), 1);
  t.equal(await value(metrics.text(), 'swipegate_responses_total{class="5xx"}'), 1);
  t.equal(await value(metrics.text(), 'swipegate_requests_shed_total'), 1);
});

t.test('readers whose clock did not count are counted, with the largest drift', async (t) => {
  const { app, metrics } = await testApp();
  t.teardown(() => app.close());
  const now = Date.now();
  const receivedAt = new Date(now).toISOString();
  const decided = (readerId: string, aheadMs: number, timeBasis: 'readAt' | 'receivedAt', atMs = now) => {
    const readAt = new Date(now + aheadMs).toISOString();
    metrics.observeDecision(decisionFor(swipe({ readerId }), { readAt, receivedAt, timeBasis }), atMs);
  };
  const figures = async () => [
    await value(metrics.text(), 'swipegate_readers_with_wrong_clock'),
    await value(metrics.text(), 'swipegate_reader_clock_drift_seconds'),
  ];
  t.same(await figures(), [0, 0]);
  decided('right', 200, 'readAt');
  decided('fast', 600_000, 'receivedAt');
  decided('slow', -3_600_000, 'receivedAt');
  decided('long ago', 86_400_000, 'receivedAt', now - 301_000);
  t.same(await figures(), [2, 3_600]);
  decided('slow', 0, 'readAt');
  t.same(await figures(), [1, 600], 'the clock of the slow reader was set');
  const never = { readAt: '2000-00-00T00:00:00Z', receivedAt, timeBasis: 'receivedAt' } as const;
  metrics.observeDecision(decisionFor(swipe({ readerId: 'fast' }), never), now);
  t.same(await figures(), [1, 0], 'a time that does not exist has no drift');
});

t.test('a connection above the limit is closed at once and counted', async (t) => {
  const { app, metrics } = await testApp({ MAX_CONNECTIONS: '2' });
  t.teardown(() => app.close());
  const { port } = new URL(await app.listen({ host: '127.0.0.1', port: 0 }));
  const open = () => connect(Number(port), '127.0.0.1');
  const kept = [open(), open()];
  await Promise.all(kept.map((socket) => once(socket, 'connect')));
  while ((await value(metrics.text(), 'swipegate_connections')) < 2) await new Promise(setImmediate);
  const refused = open();
  refused.on('error', () => undefined);
  await once(refused, 'close');
  t.equal(await value(metrics.text(), 'swipegate_connections_rejected_total'), 1);
  kept[0]?.destroy();
  while ((await value(metrics.text(), 'swipegate_connections')) > 1) await new Promise(setImmediate);
  const next = open();
  await once(next, 'connect');
  next.write('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n');
  t.match(String((await once(next, 'data'))[0]), /^HTTP\/1\.1 200/);
  for (const socket of [...kept, next]) socket.destroy();
});

t.test('readers heard are those with a decision within five minutes', async (t) => {
  const { app, metrics } = await testApp();
  t.teardown(() => app.close());
  const now = Date.now();
  metrics.observeDecision(decisionFor(swipe({ readerId: 'a' })), now - 301_000);
  metrics.observeDecision(decisionFor(swipe({ readerId: 'b' })), now - 10_000);
  metrics.observeDecision(decisionFor(swipe({ readerId: 'b' })), now);
  metrics.observeDecision(decisionFor(swipe({ readerId: 'b' }), { tenantId: 'globex' }), now);
  t.equal(await value(metrics.text(), 'swipegate_readers_heard'), 2);
});

t.test('/ops redirects to the dashboard, if one is set', async (t) => {
  const { app } = await testApp({ OPS_URL: 'http://127.0.0.1:8081/ops' });
  t.teardown(() => app.close());
  const answer = await app.inject({ url: '/ops' });
  t.equal(answer.statusCode, 302);
  t.equal(answer.headers.location, 'http://127.0.0.1:8081/ops');
  const beside = await testApp({ OPS_URL: ':8081/ops' });
  t.teardown(() => beside.app.close());
  const url = await beside.app.listen({ host: '127.0.0.1', port: 0 });
  for (const host of ['gate.example', '192.0.2.7:8080', '[2001:db8::7]']) {
    const asked = get(`${url}/ops`, { headers: { host } });
    const [answered] = await once(asked, 'response');
    answered.resume();
    t.equal(answered.headers.location, 'http://127.0.0.1:8081/ops', 'at its own address, whatever Host says');
  }
  const without = await testApp();
  t.teardown(() => without.app.close());
  t.equal((await without.app.inject({ url: '/ops' })).statusCode, 404);
});
