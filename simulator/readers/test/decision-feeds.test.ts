import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Decision } from '@swipegate/contract';
import t from 'tap';
import { DecisionFeeds, followDecisions } from '../decision-feeds.js';
import { answer, ScriptedServer } from './scripted-server.js';

const readerIds = new Set(['north', 'south']);
const keys = { north: 'k1', south: 'k2' };
const never = new AbortController().signal;

t.test('fails if the gateway is unreachable or rejects the keys', async (t) => {
  const server = await ScriptedServer.start((request) => answer(request, 401, {}));
  const { url } = server;
  const closed = (target: URL) =>
    new DecisionFeeds({ target, keys, readerIds, onDecision: () => undefined }).opened(never, 300);
  await t.rejects(closed(url), {
    code: 'DECISION_FEEDS_CLOSED',
    message: /reader (north|south): 401.*the keys file is its own/,
  });
  await server.stop();
  await t.rejects(closed(url), { code: 'DECISION_FEEDS_CLOSED', message: /ECONNREFUSED.*check that it is running/ });
});

t.test('resolves when all streams are open, each with its own key', async (t) => {
  const server = await ScriptedServer.start(({ socket }) =>
    socket.write('HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n'),
  );
  t.teardown(() => server.stop());
  const feeds = new DecisionFeeds({ target: server.url, keys, readerIds, onDecision: () => undefined });
  await feeds.opened(never);
  t.same(server.requests.map(({ head }) => /bearer (\S+)/i.exec(head)?.[1]).sort(), ['k1', 'k2']);
  await feeds.close();
});

t.test('an abort ends the wait without an error', async (t) => {
  const server = await ScriptedServer.start(() => undefined);
  t.teardown(() => server.stop());
  const stopping = new AbortController();
  const feeds = new DecisionFeeds({ target: server.url, keys, readerIds, onDecision: () => undefined });
  const opened = feeds.opened(stopping.signal);
  stopping.abort();
  await opened;
  await feeds.close();
});

const decision: Decision = {
  swipeId: '0193a1d2-7c1e-7000-8000-000000000001',
  tenantId: 'acme',
  readerId: 'north-in',
  cardId: 'card-1',
  outcome: 'granted',
  reason: 'granted',
  direction: 'in',
  readAt: '2026-11-25T12:00:00Z',
  receivedAt: '2026-11-25T12:00:00.100Z',
  decidedAt: '2026-11-25T12:00:00.200Z',
  timeBasis: 'readAt',
  sequence: '1.0',
};

t.test('reconnects with the id of the last event', async (t) => {
  const lastIds: unknown[] = [];
  const stopping = new AbortController();
  const server = createServer((request, response) => {
    lastIds.push(request.headers['last-event-id']);
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const event = `event: decision\ndata: ${JSON.stringify(decision)}\n\n`;
    if (lastIds.length === 1) response.end(`: hello\n\nid: first\n${event}id: second\n${event}id: half an eve`);
    else if (lastIds.length === 2) response.end(': nothing new\n\n');
    else stopping.abort();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : 0;
  const got: Decision[] = [];
  let opened = 0;
  await followDecisions(
    {
      url: new URL(`http://127.0.0.1:${port}/`),
      key: 'key',
      onDecision: (decision) => got.push(decision),
      signal: stopping.signal,
    },
    () => {
      opened += 1;
    },
  );
  t.same(lastIds, [undefined, 'second', 'second']);
  t.same(got, [decision, decision]);
  t.ok(opened >= 2);
});
