// Own process: takes long.
import { createServer } from 'node:net';
import { PutRecordCommand } from '@aws-sdk/client-kinesis';
import { STREAMS } from '@swipegate/contract';
import { type LocalCloud, startLocalCloud } from '@swipegate/infra/local/cloud/cloud';
import { type Child, startChild } from '@swipegate/infra/local/processes/child';
import t, { type Test } from 'tap';
import { addKey } from './keys.js';
import { decisionFor, json, swipe } from './test-app.js';

const module = new URL('../main.js', import.meta.url);

async function startGateway(t: Test, cloud: LocalCloud, env: Record<string, string> = {}): Promise<Child> {
  const gateway = await startChild({
    name: 'gateway',
    module,
    env: { ...cloud.env, PORT: '0', HOST: '127.0.0.1', LOG_LEVEL: 'warn', DECISIONS_POLL_MS: '10', ...env },
  });
  t.teardown(() => gateway.stop());
  return gateway;
}

function post(
  gateway: Child,
  posted: Record<string, unknown>,
  headers: Record<string, string> = {},
): Promise<Response> {
  return fetch(`${gateway.ready['url']}/v1/swipes`, {
    method: 'POST',
    headers: { ...json, ...headers },
    body: JSON.stringify(posted),
  });
}

/** Resolves once the gateway’s metrics match, e.g. when a request has started to wait. */
async function metricsMatch(gateway: Child, pattern: RegExp): Promise<void> {
  for (;;) {
    const text = await (await fetch(`${gateway.ready['url']}/metrics`)).text();
    if (pattern.test(text)) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

async function publish(cloud: LocalCloud, posted: Record<string, unknown>): Promise<void> {
  await cloud.clients.kinesis.send(
    new PutRecordCommand({
      StreamName: STREAMS.decisions,
      PartitionKey: 'acme/north-in',
      Data: Buffer.from(JSON.stringify(decisionFor(posted))),
    }),
  );
}

t.test('a gateway process', async (t) => {
  const cloud = await startLocalCloud();
  t.teardown(() => cloud.stop());
  await addKey(cloud);

  await t.test('passes a decision from the stream to the waiting request', async (t) => {
    const gateway = await startGateway(t, cloud);
    const posted = swipe();
    const answering = post(gateway, posted, { prefer: 'wait=20' });
    await metricsMatch(gateway, /^swipegate_waiting_requests 1$/m);
    await publish(cloud, posted);
    const answer = await answering;
    t.equal(answer.status, 200);
    t.match(await answer.json(), { swipeId: posted['swipeId'], outcome: 'granted' });
  });

  await t.test('on SIGTERM answers waiting requests, refuses new ones, and exits with 0', async (t) => {
    const gateway = await startGateway(t, cloud);
    const posted = swipe();
    const answering = post(gateway, posted, { prefer: 'wait=20' });
    await metricsMatch(gateway, /^swipegate_waiting_requests 1$/m);
    const stream = await fetch(`${gateway.ready['url']}/v1/readers/north-in/decisions`, { headers: json });
    const stopping = gateway.stop();
    // The event stream ends first. Then new connections are refused, while the waiting request is still open.
    await stream.text();
    await t.rejects(post(gateway, swipe()), 'no new connection');
    await publish(cloud, posted);
    t.equal((await answering).status, 200, 'the waiting request got its decision');
    t.match(await stopping, { code: 0, signal: null });
  });

  await t.test('writes its metrics to stdout for CloudWatch if EMF_NAMESPACE is set', async (t) => {
    for (const workers of ['1', '2']) {
      const gateway = await startGateway(t, cloud, { EMF_NAMESPACE: 'Swipegate', GATEWAY_WORKERS: workers });
      t.equal((await post(gateway, swipe())).status, 202);
      await gateway.stop();
      const line = gateway.tail.split('\n').findLast((each) => each.includes('"_aws"')) ?? '{}';
      t.match(JSON.parse(line), { service: 'gateway', SwipesAccepted: 1, AckLatency: Number }, `${workers} processes`);
    }
  });

  await t.test('names the reason when it cannot start', async (t) => {
    const taken = createServer().listen(0, '127.0.0.1');
    t.teardown(() => taken.close());
    await new Promise((resolve) => taken.once('listening', resolve));
    const address = taken.address();
    const port = typeof address === 'object' && address !== null ? String(address.port) : '';
    const table: [Record<string, string>, RegExp][] = [
      [{ PORT: port }, /EADDRINUSE.*Set PORT to a free port/],
      [{ PORT: 'eighty' }, /PORT=eighty: must be integer/],
      [{ SWIPES_STREAM: 'nowhere' }, /cannot start: .*nowhere/],
    ];
    for (const [env, message] of table) {
      await t.rejects(startGateway(t, cloud, env), { code: 'CHILD_EXITED', message });
    }
  });
});
