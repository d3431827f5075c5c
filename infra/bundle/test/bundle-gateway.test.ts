// Own process: takes long.
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import t from 'tap';
import { demoKeys, demoSite } from '../../local/demo/demo-site.js';
import { seed } from '../../local/demo/seed.js';
import { startChild } from '../../local/processes/child.js';
import { startTestCloud } from '../../testing/test-cloud.js';
import { bundleGateway } from '../bundle-gateway.js';

// Outside this package, so that a module missing in the bundle is not found in the package's node_modules.
const outdir = await mkdtemp(join(tmpdir(), 'gateway-'));
t.teardown(() => rm(outdir, { recursive: true, force: true }));
const bytes = await bundleGateway(outdir);

t.test('the bundled gateway accepts swipes, in one process and in several, and serves its page', async (t) => {
  t.ok(bytes > 100_000 && bytes < 20_000_000, `${bytes} bytes`);
  t.ok(existsSync(join(outdir, 'bin/main.js.map')), 'with a source map');
  const cloud = await startTestCloud();
  t.teardown(() => cloud.stop());
  const site = demoSite();
  const { keys, rows } = demoKeys(site);
  await seed(cloud.clients.dynamodb, { ...site, cards: [], employees: [] }, rows);
  const [reader] = site.readers;
  if (reader === undefined) throw new Error('no reader');
  const swipe = () => ({
    swipeId: crypto.randomUUID(),
    readerId: reader.readerId,
    cardId: 'card-1',
    readAt: new Date().toISOString(),
  });
  for (const GATEWAY_WORKERS of ['1', '2']) {
    const gateway = await startChild({
      name: 'gateway',
      module: pathToFileURL(join(outdir, 'bin/main.js')),
      env: { ...cloud.env, PORT: '0', HOST: '127.0.0.1', GATEWAY_WORKERS },
    });
    t.teardown(() => gateway.kill());
    const url = String(gateway.ready['url']);
    const posted = await fetch(`${url}/v1/swipes`, {
      method: 'POST',
      headers: { authorization: `Bearer ${keys[reader.readerId]}`, 'content-type': 'application/json' },
      body: JSON.stringify(swipe()),
    });
    t.equal(posted.status, 202, await posted.text());
    const page = await fetch(`${url}/docs`);
    t.equal(page.status, 200);
    const script = /src="([^"]*swagger-ui-bundle\.js)"/.exec(await page.text())?.[1] ?? 'none';
    // Read to the end: a gateway finishes its responses before it stops.
    const asset = await fetch(new URL(script, page.url));
    t.ok((await asset.text()).length > 100_000, 'with the page’s scripts');
    t.match(await gateway.stop(), { code: 0 });
  }
});
