// Own process: takes long.
import { createServer } from 'node:net';
import {
  DescribeStreamSummaryCommand,
  PutRecordCommand,
  type RecordDistributionStrategy,
  UpdateStreamRecordDistributionStrategyCommand,
} from '@aws-sdk/client-kinesis';
import { STREAMS } from '@swipegate/contract';
import type { ProvisionedCloud } from '@swipegate/infra/local/cloud/cloud';
import { type Child, startChild } from '@swipegate/infra/local/processes/child';
import { startTestCloud } from '@swipegate/infra/testing/test-cloud';
import t, { type Test } from 'tap';
import { addKey } from './keys.js';
import { decisionFor, json, swipe } from './test-app.js';

const module = new URL('../main.js', import.meta.url);

async function startGateway(t: Test, cloud: ProvisionedCloud, env: Record<string, string> = {}): Promise<Child> {
  const gateway = await startChild({
    name: 'gateway',
    module,
    env: { ...cloud.env, PORT: '0', HOST: '127.0.0.1', LOG_LEVEL: 'warn', DECISIONS_POLL_MS: '50', ...env },
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

async function publish(cloud: ProvisionedCloud, posted: Record<string, unknown>): Promise<void> {
  await cloud.clients.kinesis.send(
    new PutRecordCommand({
      StreamName: STREAMS.decisions,
      PartitionKey: 'acme/north-in',
      Data: Buffer.from(JSON.stringify(decisionFor(posted))),
    }),
  );
}

async function distribute(cloud: ProvisionedCloud, strategy: RecordDistributionStrategy): Promise<void> {
  const { kinesis } = cloud.clients;
  const described = await kinesis.send(new DescribeStreamSummaryCommand({ StreamName: STREAMS.swipes }));
  await kinesis.send(
    new UpdateStreamRecordDistributionStrategyCommand({
      StreamARN: described.StreamDescriptionSummary?.StreamARN,
      RecordDistributionStrategy: strategy,
    }),
  );
}

t.test('a gateway process', async (t) => {
  const cloud = await startTestCloud();
  t.teardown(() => cloud.stop());
  await addKey(cloud);

  await t.test('a waiting request gets its decision from the stream, also during a shutdown', async (t) => {
    const gateway = await startGateway(t, cloud, { EMF_NAMESPACE: 'Swipegate' });
    const before = swipe();
    const first = post(gateway, before, { prefer: 'wait=20' });
    await metricsMatch(gateway, /^swipegate_waiting_requests 1$/m);
    await publish(cloud, before);
    t.equal((await first).status, 200);
    t.match(await (await first).json(), { swipeId: before['swipeId'], outcome: 'granted' });

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
    t.match(lastEmfLine(gateway), { service: 'gateway', SwipesAccepted: 2 });
  });

  await t.test('writes the metrics of all its processes to stdout for CloudWatch', async (t) => {
    const gateway = await startGateway(t, cloud, { EMF_NAMESPACE: 'Swipegate', GATEWAY_WORKERS: '2' });
    t.equal((await post(gateway, swipe())).status, 202);
    await gateway.stop();
    t.match(lastEmfLine(gateway), { service: 'gateway', SwipesAccepted: 1, AckLatency: Number });
  });

  await t.test('a swipes stream that ignores keys is refused at the start, and reported when it changes', async (t) => {
    const gateway = await startGateway(t, cloud);
    await metricsMatch(gateway, /^swipegate_stream_unordered 0$/m);
    await distribute(cloud, 'AUTO');
    t.teardown(() => distribute(cloud, 'USER_PARTITION_KEY'));
    await t.rejects(startGateway(t, cloud), {
      code: 'CHILD_EXITED',
      message: /cannot start: STREAM_UNORDERED: .*UpdateStreamRecordDistributionStrategy/,
    });
    // Each of a batch's two records lands in its own shard with a chance of one half, so one batch may show nothing.
    for (let batch = 0; batch < 12; batch++) {
      const swipes = Array.from({ length: 50 }, (_, i) => ({ ...swipe(), cardId: `card-${i}` }));
      const posted = await fetch(`${gateway.ready['url']}/v1/swipes`, {
        method: 'POST',
        headers: json,
        body: JSON.stringify(swipes),
      });
      t.match(await posted.json(), { accepted: 50, rejected: [] }, 'no swipe is refused');
    }
    await metricsMatch(gateway, /^swipegate_stream_unordered 1$/m);
    await metricsMatch(gateway, /^swipegate_producer_failed_records_total 0$/m);
  });

  await t.test('names the reason when it cannot start', async (t) => {
    const taken = createServer().listen(0, '127.0.0.1');
    t.teardown(() => taken.close());
    await new Promise((resolve) => taken.once('listening', resolve));
    const address = taken.address();
    const port = typeof address === 'object' && address !== null ? String(address.port) : '';
    const table: [Record<string, string>, RegExp][] = [
      [{ PORT: port }, /EADDRINUSE.*Set PORT or DEVICE_PORT to a free port/],
      [{ DEVICE_PORT: port }, /EADDRINUSE.*Set PORT or DEVICE_PORT to a free port/],
      [{ PORT: 'eighty' }, /PORT=eighty: must be an integer/],
      [{ SWIPES_STREAM: 'nowhere' }, /cannot start: .*nowhere/],
    ];
    for (const [env, message] of table) {
      await t.rejects(startGateway(t, cloud, env), { code: 'CHILD_EXITED', message });
    }
  });
});

/** Last line of embedded metrics on the gateway's stdout. */
function lastEmfLine(gateway: Child): unknown {
  return JSON.parse(gateway.tail.split('\n').findLast((each) => each.includes('"_aws"')) ?? '{}');
}
