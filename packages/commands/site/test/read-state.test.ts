import { createServer } from 'node:http';
import { closeServer, listenOnLoopback } from '@swipegate/infra/local/processes/ports';
import t from 'tap';
import { AdminClient } from '../../admin-api/client.js';
import { settleEarlier } from '../read-state.js';

const NOW = Date.parse('2026-11-30T12:00:00Z');

t.test('a plan waits for recent changes, and not for those that are stuck', async (t) => {
  const asked: string[] = [];
  const change = (changeId: string, state: string, requestedAt: string) => ({ changeId, state, requestedAt });
  const items = [
    change('recent', 'accepted', '2026-11-30T11:59:59Z'),
    change('done', 'applied', '2026-11-30T11:59:58Z'),
    change('stuck', 'stored', '2026-11-30T11:30:00Z'),
  ];
  const server = createServer(({ url = '' }, response) => {
    asked.push(url);
    const isApplied = asked.filter((each) => each === url).length > 1;
    const settled = change('recent', isApplied ? 'applied' : 'stored', '2026-11-30T11:59:59Z');
    response.end(JSON.stringify(url.startsWith('/v1/changes?') ? { items } : settled));
  });
  const url = await listenOnLoopback(server);
  t.teardown(() => closeServer(server));
  await settleEarlier(new AdminClient({ url, token: 'a token' }), NOW);
  t.same(asked, ['/v1/changes?limit=100', '/v1/changes/recent', '/v1/changes/recent']);
});
