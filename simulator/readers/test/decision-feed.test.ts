import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Decision } from '@swipegate/contract';
import t from 'tap';
import { followDecisions } from '../decision-feed.js';

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
