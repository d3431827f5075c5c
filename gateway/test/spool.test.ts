import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { ProvisionedCloud } from '@swipegate/infra/local/cloud/cloud';
import { type Child, startChild } from '@swipegate/infra/local/processes/child';
import { startTestCloud } from '@swipegate/infra/testing/test-cloud';
import t, { type Test } from 'tap';
import { addKey } from './keys.js';
import { swipesOnStream } from './swipes-on-stream.js';
import { startRelay } from './tcp-relay.js';
import { json, swipe } from './test-app.js';

async function startGateway(t: Test, cloud: ProvisionedCloud, env: Record<string, string>): Promise<Child> {
  const gateway = await startChild({
    name: 'gateway',
    module: new URL('../main.js', import.meta.url),
    env: { ...cloud.env, PORT: '0', HOST: '127.0.0.1', LOG_LEVEL: 'silent', ...env },
  });
  t.teardown(() => gateway.kill());
  return gateway;
}

t.test(
  'after a stream outage, kill -9 and a start in the outage, each swipe with a 2xx reaches the stream, in order per card',
  async (t) => {
    const directory = await mkdtemp(join(tmpdir(), 'gateway-spool-'));
    t.teardown(() => rm(directory, { recursive: true, force: true }));
    const cloud = await startTestCloud();
    t.teardown(() => cloud.stop());
    await addKey(cloud);
    const relay = await startRelay(new URL(cloud.kinesisEndpoint));
    t.teardown(() => relay.close());
    const env = { AWS_ENDPOINT_URL_KINESIS: relay.url, SPOOL_DIRECTORY: directory, SPOOL_AFTER_MS: '100' };
    const accepted = new Map<string, string[]>();
    const post = async (gateway: Child, cardId: string): Promise<void> => {
      const posted = swipe({ cardId });
      const response = await fetch(`${gateway.ready['url']}/v1/swipes`, {
        method: 'POST',
        headers: json,
        body: JSON.stringify(posted),
      });
      t.equal(response.status, 202, await response.text());
      accepted.set(cardId, [...(accepted.get(cardId) ?? []), String(posted['swipeId'])]);
    };
    const postRounds = async (gateway: Child, rounds: number): Promise<void> => {
      for (let i = 0; i < rounds; i++) {
        await Promise.all(Array.from({ length: 10 }, (_, card) => post(gateway, `card-${card}`)));
      }
    };

    const readiness = async (gateway: Child) => {
      const response = await fetch(`${gateway.ready['url']}/readyz`);
      return { status: response.status, text: await response.text() };
    };

    const first = await startGateway(t, cloud, env);
    await postRounds(first, 2);
    relay.cut();
    await postRounds(first, 5);
    const metrics = await (await fetch(`${first.ready['url']}/metrics`)).text();
    t.match(metrics, /swipegate_producer_spooled_records_total [1-9]/, 'swipes went to disk');
    t.equal((await first.kill()).signal, 'SIGKILL');

    const second = await startGateway(t, cloud, env);
    await postRounds(second, 2);
    t.match(await readiness(second), { status: 503, text: /the decisions stream cannot be read/ });
    relay.mend();
    while ((await readiness(second)).status !== 200) await delay(50);
    await postRounds(second, 2);
    t.match(await second.stop(), { code: 0 });
    const found = await swipesOnStream(cloud);
    for (const [cardId, swipeIds] of accepted) {
      t.same(Array.from(new Set(found.get(cardId))), swipeIds, `${cardId}: complete and in order`);
    }
    t.same(
      (await readdir(directory)).filter((name) => name.endsWith('.segment')),
      [],
      'nothing is left on disk',
    );
  },
);
