import { once } from 'node:events';
import { createServer } from 'node:http';
import { compile, Swipe } from '@swipegate/contract';
import { demoKeys, demoSite } from '@swipegate/infra/local/demo/demo-site';
import t from 'tap';
import { stress } from '../stress.js';

const site = demoSite();
const { keys } = demoKeys(site);
const isSwipe = compile(Swipe);

/** Server that records every request and answers with a status. */
async function listen(
  t: Pick<typeof import('tap').t, 'teardown'>,
  status: number,
  onRequest: () => void = () => undefined,
) {
  const received: { key: string; body: unknown }[] = [];
  const server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
    request.on('end', () => {
      received.push({ key: (request.headers.authorization ?? '').replace('Bearer ', ''), body: JSON.parse(text) });
      onRequest();
      response.writeHead(status).end('{}');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const stop = async () => {
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  };
  t.teardown(stop);
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return { received, stop, target: new URL(`http://127.0.0.1:${port}`) };
}

const never = new AbortController().signal;

for (const [batch, workers] of [
  [1, 1],
  [3, 1],
  [2, 2],
] as const) {
  t.test(
    `each body is valid, with unique swipeIds and its reader's key; ${batch} swipes, ${workers} threads`,
    async (t) => {
      const { received, target } = await listen(t, batch === 1 ? 202 : 207);
      const result = await stress({ target, site, keys, connections: 8, seconds: 1, batch, workers, signal: never });
      t.equal(result.ok, true);
      t.equal(result.errors, 0);
      t.same(Object.keys(result.statuses), [batch === 1 ? '202' : '207']);
      t.ok(Math.abs(result.swipesPerSecond - batch * result.requestsPerSecond) < 1e-6);
      t.ok((result.latencyMs.p50 ?? 0) > 0 && (result.latencyMs.max ?? 0) >= (result.latencyMs.p99 ?? 0));
      const swipes = received.flatMap(({ key, body }) => [body].flat().map((swipe) => ({ key, swipe })));
      t.ok(swipes.length >= 8 * batch);
      t.ok(swipes.every(({ swipe }) => isSwipe(swipe)));
      const valid = swipes.flatMap(({ key, swipe }) => (isSwipe(swipe) ? [{ key, swipe }] : []));
      t.equal(new Set(valid.map(({ swipe }) => swipe.swipeId)).size, swipes.length, 'swipeIds are unique');
      t.ok(valid.every(({ key, swipe }) => keys[swipe.readerId] === key));
      t.equal(new Set(valid.map(({ key }) => key)).size, 8, 'each connection is a reader');
    },
  );
}

t.test('answers other than 2xx are counted, but not as swipes, and the result is not ok', async (t) => {
  const { target } = await listen(t, 503);
  const result = await stress({ target, site, keys, connections: 2, seconds: 1, batch: 1, workers: 1, signal: never });
  t.equal(result.ok, false);
  t.ok((result.statuses['503'] ?? 0) > 0);
  t.ok(result.requestsPerSecond > 0);
  t.equal(result.swipesPerSecond, 0);
});

for (const workers of [1, 2]) {
  t.test(`an early stop gives the figures so far; ${workers} threads`, async (t) => {
    const stopping = new AbortController();
    const { target, received } = await listen(t, 202, () => {
      if (received.length === 20) stopping.abort();
    });
    const { signal } = stopping;
    const result = await stress({ target, site, keys, connections: 4, seconds: 3_600, batch: 1, workers, signal });
    t.equal(result.ok, true);
    t.ok((result.statuses['202'] ?? 0) >= 20);
  });
}

t.test('an unreachable gateway: errors and no latency', async (t) => {
  const { target, stop } = await listen(t, 202);
  await stop();
  const result = await stress({ target, site, keys, connections: 2, seconds: 1, batch: 1, workers: 1, signal: never });
  t.equal(result.ok, false);
  t.ok(result.errors > 0);
  t.match(result, { statuses: {}, requestsPerSecond: 0, latencyMs: { p50: null, max: null } });
});

t.test('a site without keys or cards is an error', async (t) => {
  const options = { target: new URL('http://127.0.0.1:9'), connections: 2, seconds: 1, batch: 1, workers: 1 };
  await t.rejects(stress({ ...options, site, keys: {}, signal: never }), { code: 'STRESS_NO_READER' });
  await t.rejects(stress({ ...options, site: { ...site, cards: [] }, keys, signal: never }), {
    code: 'STRESS_NO_CARD',
  });
});
