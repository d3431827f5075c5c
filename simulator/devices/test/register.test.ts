import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AdminClient } from '@swipegate/commands/admin-api/client';
import { demoSite } from '@swipegate/infra/local/demo/demo-site';
import t from 'tap';
import { registerFleet } from '../register.js';

/** An admin API that keeps entries in memory, and applies each change at once. */
async function startAdminApi(t: { teardown(end: () => void): void }) {
  const entries = new Map<string, Record<string, unknown>>();
  const requests: string[] = [];
  let rejected: RegExp | undefined;
  const states = new Map<string, object>();
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(Buffer.from(chunk));
    const { method = '', url = '', headers } = request;
    const path = url.split('?')[0] ?? '';
    const answer = (status: number, body: object) => response.writeHead(status).end(JSON.stringify(body));
    if (method === 'GET') {
      const list = ['/v1/readers', '/v1/devices'].find((each) => each === path);
      if (path === '/v1/tenant') return answer(200, { cardNumbers: 'full' });
      if (path.startsWith('/v1/changes/')) return answer(200, states.get(path.slice('/v1/changes/'.length)) ?? {});
      if (list !== undefined) {
        return answer(200, {
          items: Array.from(entries).flatMap(([of, body]) => (of.startsWith(`${list}/`) ? body : [])),
        });
      }
      const found = entries.get(path);
      return found === undefined ? answer(404, {}) : answer(200, found);
    }
    requests.push(`${method} ${path} ${headers['if-match'] ?? headers['if-none-match'] ?? ''}`.trim());
    const id = path.split('/')[3] ?? '';
    const body: object = chunks.length === 0 ? {} : JSON.parse(Buffer.concat(chunks).toString());
    const changeId = String(headers['idempotency-key']);
    states.set(changeId, rejected?.test(path) ? { state: 'rejected', reason: 'no' } : { state: 'applied' });
    if (method === 'DELETE') entries.delete(path);
    if (method === 'PUT') {
      const name = path.includes('/devices/') ? { deviceId: id } : path.includes('/readers/') ? { readerId: id } : {};
      entries.set(path, { ...body, ...name, version: 'v1' });
    }
    if (path.endsWith('/link')) entries.set(path.slice(0, -'/link'.length), { ...body, status: 'active' });
    return answer(202, { changeId, ...(path.endsWith('/keys') && { key: `key of ${id}` }) });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  const { port } = server.address() as AddressInfo;
  const client = new AdminClient({ url: `http://127.0.0.1:${port}`, token: 'token' });
  const reject = (path: RegExp): void => {
    rejected = path;
  };
  return { client, entries, requests, reject };
}

const counts = { 'zkteco-panel': 1, dahua: 1, hook: 1 };
const options = { say: () => undefined, pauseMs: 0 };

t.test('a fleet is entered, used again and removed', async (t) => {
  const { client, entries, requests } = await startAdminApi(t);
  const { fleet, keys, remove } = await registerFleet(client, demoSite(), { counts }, options);
  t.same(keys, {
    'sim-dahua-1': 'key of sim-dahua-1',
    'sim-hook-1-in': 'key of sim-hook-1-in',
    'sim-hook-1-out': 'key of sim-hook-1-out',
  });
  t.match(entries.get('/v1/devices/sim-zkteco-panel-1'), {
    make: 'zkteco',
    doors: [{ door: 1, in: 'sim-zkteco-panel-1-in' }],
  });
  t.ok(requests.includes('PUT /v1/readers/sim-hook-1-in *'));
  t.equal(requests.filter((each) => each.endsWith('/link')).length, fleet.cards.length);

  requests.length = 0;
  await registerFleet(client, demoSite(), { counts }, options);
  t.ok(requests.includes('PUT /v1/devices/sim-dahua-1 "v1"'), 'what a killed run left is replaced');
  t.notOk(
    requests.some((each) => each.endsWith('/link')),
    'cards that are linked stay so',
  );

  await remove();
  t.notOk(Array.from(entries.keys()).some((path) => /^\/v1\/(devices|readers)\//.test(path)));
});

t.test('a rejected change names itself', async (t) => {
  const { client, reject } = await startAdminApi(t);
  reject(/\/v1\/devices\/sim-dahua-1$/);
  await t.rejects(registerFleet(client, demoSite(), { counts }, options), {
    code: 'DEVICES_NOT_REGISTERED',
    message: 'PUT /v1/devices/sim-dahua-1 was rejected: no',
  });
});
