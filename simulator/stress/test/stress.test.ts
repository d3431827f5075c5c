import { once } from 'node:events';
import { createServer } from 'node:http';
import t from 'tap';
import { compile, Swipe } from '../../../gateway/contract/index.js';
import { demoKeys, demoSite } from '../../../infra/local/demo-site.js';
import { stress } from '../stress.js';

const site = demoSite();
const { keys } = demoKeys(site);
const isSwipe = compile(Swipe);

/** Hears everything, and answers with a status. */
async function listener(t: Pick<typeof import('tap').t, 'teardown'>, status: number) {
  const heard: { key: string; body: unknown }[] = [];
  const server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
    request.on('end', () => {
      heard.push({ key: (request.headers.authorization ?? '').replace('Bearer ', ''), body: JSON.parse(text) });
      response.writeHead(status).end('{}');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return { heard, target: new URL(`http://127.0.0.1:${port}`) };
}

for (const batch of [1, 3]) {
  t.test(`every body is valid, with swipeIds of its own and its reader's key; ${batch} swipes each`, async (t) => {
    const { heard, target } = await listener(t, batch === 1 ? 202 : 207);
    const result = await stress({ target, site, keys, connections: 8, seconds: 1, batch });
    t.equal(result.ok, true);
    t.equal(result.errors, 0);
    t.ok(Math.abs(result.swipesPerSecond - batch * result.requestsPerSecond) < 1e-6);
    const swipes = heard.flatMap(({ key, body }) => [body].flat().map((swipe) => ({ key, swipe })));
    t.ok(swipes.length >= 8 * batch);
    t.ok(swipes.every(({ swipe }) => isSwipe(swipe)));
    const valid = swipes.flatMap(({ key, swipe }) => (isSwipe(swipe) ? [{ key, swipe }] : []));
    t.equal(new Set(valid.map(({ swipe }) => swipe.swipeId)).size, swipes.length, 'no swipeId twice');
    t.ok(valid.every(({ key, swipe }) => keys[swipe.readerId] === key));
    t.equal(new Set(valid.map(({ key }) => key)).size, 8, 'each connection is a reader');
  });
}

t.test('answers that are not 2xx are counted, and make the run bad', async (t) => {
  const { target } = await listener(t, 503);
  const result = await stress({ target, site, keys, connections: 2, seconds: 1, batch: 1 });
  t.equal(result.ok, false);
  t.ok((result.statuses['503'] ?? 0) > 0);
});
