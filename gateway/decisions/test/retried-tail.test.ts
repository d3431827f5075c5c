import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { LimitExceededException, ResourceNotFoundException } from '@aws-sdk/client-kinesis';
import { pino } from 'pino';
import t, { type Test } from 'tap';
import { readConfig } from '../../config/config.js';
import { fanOutKinesisClient, kinesisClient } from '../../process/aws-clients.js';
import { FanOutTail } from '../fan-out-tail.js';
import { PollingTail } from '../polling-tail.js';
import { startRetried } from '../retried-tail.js';
import type { Tail } from '../tail.js';

const logger = pino({ level: 'silent' });
process.env['AWS_ACCESS_KEY_ID'] = 'local';
process.env['AWS_SECRET_ACCESS_KEY'] = 'local';

/** Configuration of a Kinesis that accepts connections and never answers. */
async function silentKinesis(t: Test) {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    sockets.push(socket);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  t.teardown(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  return readConfig({ AWS_ENDPOINT_URL_KINESIS: `http://127.0.0.1:${port}` });
}

async function startsDegraded(t: Test, start: (signal?: AbortSignal) => Promise<Tail>): Promise<void> {
  const beganMs = performance.now();
  const tail = await startRetried(start, logger);
  t.ok(performance.now() - beganMs < 9_000, 'the start is not held');
  t.equal(tail.healthy, false);
  // The next attempt is on its way.
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  const stoppedMs = performance.now();
  await tail.stop();
  t.ok(performance.now() - stoppedMs < 2_000, 'a stop ends the attempt');
}

t.test('polling starts degraded if Kinesis never answers', async (t) => {
  const config = await silentKinesis(t);
  const kinesis = kinesisClient(config);
  t.teardown(() => kinesis.destroy());
  const options = { kinesis, streamName: 'decisions', logger, onDecisions: () => undefined, pollMs: 200 };
  await startsDegraded(t, (signal) => PollingTail.start({ ...options, ...(signal && { signal }) }));
});

t.test('fan-out starts degraded if Kinesis never answers', async (t) => {
  const config = await silentKinesis(t);
  const kinesis = fanOutKinesisClient(config);
  t.teardown(() => kinesis.destroy());
  const options = { kinesis, streamName: 'decisions', logger, onDecisions: () => undefined, consumerName: 'gateway' };
  await startsDegraded(t, (signal) => FanOutTail.start({ ...options, ...(signal && { signal }) }));
});

t.test('a refusal ends the start, and throttling does not', async (t) => {
  const rest = { $metadata: {}, message: '' };
  const missing = new ResourceNotFoundException(rest);
  await t.rejects(
    startRetried(() => Promise.reject(missing), logger),
    missing,
  );
  const tail = await startRetried(() => Promise.reject(new LimitExceededException(rest)), logger);
  t.equal(tail.healthy, false);
  await tail.stop();
});
