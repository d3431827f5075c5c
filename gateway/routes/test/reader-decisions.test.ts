import { ItemProblem, Problem } from '@swipegate/contract';
import { useProblemDetails } from '@swipegate/http/problem-details';
import Fastify from 'fastify';
import t, { type Test } from 'tap';
import { Account } from '../../auth/account.js';
import { FairShare } from '../../auth/fair-share.js';
import { DecisionHub } from '../../decisions/decision-hub.js';
import { RawClient } from '../../test/raw-http.js';
import { json, KEY, OTHER_KEY, testApp } from '../../test/test-app.js';
import { readerDecisionRoutes } from '../reader-decisions.js';

t.test('a stream ends with its key', { timeout: 30_000 }, async (t) => {
  const app = Fastify();
  t.teardown(() => app.close());
  for (const schema of [ItemProblem, Problem]) app.addSchema(schema);
  useProblemDetails(app);
  const key = { isGood: true, asked: 0 };
  app.decorateRequest('principal', null);
  app.addHook('onRequest', async (request) => {
    const readerIds = new Set(['north-in']);
    request.principal = {
      keyId: 'k',
      tenantId: 'acme',
      role: 'reader',
      readerIds,
      endsMs: Number.POSITIVE_INFINITY,
      account: new Account(),
    };
  });
  readerDecisionRoutes(app, {
    hub: new DecisionHub(),
    history: async () => ({ decisions: [], more: false }),
    streams: new FairShare(10),
    heartbeatMs: 10,
    async isKeyValid() {
      key.asked += 1;
      return key.isGood;
    },
  });
  const url = await app.listen({ port: 0, host: '127.0.0.1' });
  const answer = await fetch(`${url}/v1/readers/north-in/decisions`);
  const reader = answer.body?.getReader();
  let text = '';
  for (let done = false; !done; ) {
    const part = await reader?.read();
    text += Buffer.from(part?.value ?? []).toString();
    // The stream stays open while the key is valid.
    if (key.asked >= 3) key.isGood = false;
    done = part?.done !== false;
  }
  t.ok(text.split(': alive').length > 3, text);
  t.notOk(key.isGood);
});

const PATH = '/v1/readers/north-in/decisions';

async function listen(t: Test, env: Record<string, string> = {}) {
  const made = await testApp(env);
  t.teardown(() => made.app.close());
  const url = await made.app.listen({ host: '127.0.0.1', port: 0 });
  const head = (method: string) => `${method} ${PATH} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${KEY}\r\n\r\n`;
  return { ...made, url, head, connect: (sent: string) => new RawClient(new URL(url).port).write(sent) };
}

t.test('one key cannot hold all event streams', async (t) => {
  const { url, head, connect } = await listen(t, { MAX_EVENT_STREAMS: '16' });
  const held = Array.from({ length: 6 }, () => connect(head('GET')));
  const opened = await Promise.all(held.map((client) => client.until(/since now|this key has its share/i)));
  t.equal(opened.filter((text) => text.startsWith('HTTP/1.1 200')).length, 4, 'a quarter of them');
  const leaving = new AbortController();
  const headers = { authorization: `Bearer ${OTHER_KEY}` };
  const other = await fetch(`${url}/v1/readers/globex-in/decisions`, { headers, signal: leaving.signal });
  t.equal(other.status, 200);
  leaving.abort();
  for (const { socket } of held) socket.destroy();
  // Their places are free again.
  for (let status = 0; status !== 200; ) {
    const again = await fetch(`${url}${PATH}`, { headers: json, signal: AbortSignal.timeout(5_000) });
    status = again.status;
    await again.body?.cancel();
  }
});

t.test('HEAD answers at once and holds no stream', async (t) => {
  const { url, hub } = await listen(t, { MAX_EVENT_STREAMS: '1' });
  for (let i = 0; i < 3; i++) {
    const answer = await fetch(`${url}${PATH}`, { method: 'HEAD', headers: json });
    t.equal(answer.status, 200);
    t.equal(answer.headers.get('content-type'), 'text/event-stream');
  }
  t.equal(hub.listeningReaders, 0);
});

t.test('reading decisions and opening event streams have the rate limit of the key', async (t) => {
  const { url } = await listen(t, { RATE_LIMIT_PER_SECOND: '4' });
  const statuses = async (path: string) => {
    const seen: number[] = [];
    for (let i = 0; i < 12; i++) {
      const answer = await fetch(`${url}${path}`, { headers: json });
      seen.push(answer.status);
      await answer.body?.cancel();
    }
    return seen;
  };
  t.ok((await statuses('/v1/swipes/0193a1d2-7c1e-7000-8000-ffffffffffff/decision')).includes(429));
  t.ok((await statuses(PATH)).includes(429));
});

t.test('a stream that waits behind another answer is released with its connection', async (t) => {
  const { hub, head, connect, metrics } = await listen(t);
  const client = connect(head('GET').repeat(3));
  await client.until(/since now/);
  while (!/^swipegate_requests_in_flight 3$/m.test(await metrics.text())) await new Promise(setImmediate);
  client.socket.destroy();
  while (hub.listeningReaders > 0) await new Promise(setImmediate);
  while (!/^swipegate_requests_in_flight 0$/m.test(await metrics.text())) await new Promise(setImmediate);
});

t.test('a shutdown ends open streams, and those that are being opened', async (t) => {
  const { app, head, connect, lookups, holdLookups } = await listen(t);
  const open = connect(head('GET'));
  const stalled = connect(head('GET').repeat(2));
  await Promise.all([open.until(/since now/), stalled.until(/since now/)]);
  const release = holdLookups();
  const opening = connect(head('GET').replace(KEY, OTHER_KEY).replace('north-in', 'globex-in'));
  while (lookups() < 2) await new Promise(setImmediate);
  const closing = app.close();
  t.match(await open.closed(), /since now/);
  release();
  t.match(await opening.closed(), /^HTTP\/1.1 503 (.|\r\n)*shutting-down/);
  await closing;
});
