// Own process: changes process.env.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import t from 'tap';
import { KinesisProducer } from '../producer.js';
import { WorkerTransport } from '../send/transport.js';
import { startEmulator } from './emulator.js';
import { Ledger } from './ledger.js';
import { startWith } from './start-with.js';

t.test('a thread that dies during a call is replaced, and its records are sent again in order', async (t) => {
  process.env['DYING_WORKER_MARKER'] = join(t.testdir(), 'died');
  const emulator = await startEmulator(2);
  t.teardown(() => emulator.close());
  const producer = await startWith(
    { streamName: emulator.streamName, client: emulator.connection, maxRecordBytes: 2_000, retryBaseMs: 2 },
    (settings) => new WorkerTransport(settings, new URL('./dying-worker.js', import.meta.url)),
  );
  t.teardown(() => producer.close({ deadlineMs: 0 }));
  const ledger = new Ledger();
  for (let i = 0; i < 500; i++) await ledger.put(producer, `card-${i % 20}`);
  await ledger.settled();
  t.same(ledger.failed, []);
  t.ok(producer.metrics().retries.other > 0, 'the worker did die');
  // Its stored records are stored again: at least once.
  ledger.check(t, await emulator.read(), { duplicates: true });
});

t.test('over TLS, calls share connections and speak HTTP/1.1', async (t) => {
  // The emulator's certificate is self-signed.
  process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
  t.teardown(() => delete process.env['NODE_TLS_REJECT_UNAUTHORIZED']);
  const emulator = await startEmulator(1, { ssl: true });
  t.teardown(() => emulator.close());
  const producer = await KinesisProducer.start({ streamName: emulator.streamName, client: emulator.connection });
  t.teardown(() => producer.close({ deadlineMs: 0 }));
  const before = emulator.connections();
  for (let i = 0; i < 50; i++) await producer.put(`card-${i}`, 'x');
  t.equal(producer.metrics().kinesisRecords, 50, 'one call each');
  t.ok(emulator.connections() - before <= 1, `${emulator.connections() - before} connections`);
});

t.test('with AWS_ENDPOINT_URL alone, an emulator that speaks HTTP/1.1 only stores the records', async (t) => {
  const emulator = await startEmulator(1);
  t.teardown(() => emulator.close());
  const { endpoint, ...client } = emulator.connection;
  process.env['AWS_ENDPOINT_URL'] = endpoint;
  t.teardown(() => delete process.env['AWS_ENDPOINT_URL']);
  const producer = await KinesisProducer.start({ streamName: emulator.streamName, client });
  t.teardown(() => producer.close({ deadlineMs: 0 }));
  for (const text of ['through the SDK', 'past its middleware']) {
    t.match(await producer.put('k', text), { durable: 'stream' });
  }
});

t.test('start reports bad credentials and a missing stream', async (t) => {
  const emulator = await startEmulator(1);
  t.teardown(() => emulator.close());
  await t.rejects(KinesisProducer.start({ streamName: 'no-such-stream', client: emulator.connection }), {
    code: 'STREAM_NOT_FOUND',
    retryable: false,
    message: /Stream no-such-stream cannot be read: ResourceNotFoundException.*Create the stream/,
  });
  const nobody = { ...emulator.connection, endpoint: 'http://127.0.0.1:9' };
  await t.rejects(KinesisProducer.start({ streamName: 'x', client: nobody, retryMaxMs: 50 }), {
    code: 'STREAM_UNAVAILABLE',
    retryable: true,
  });
});

t.test('a closed producer leaves nothing running, nor does one that was never closed', async (t) => {
  const emulator = await startEmulator(1);
  t.teardown(() => emulator.close());
  const program = fileURLToPath(new URL('./one-put.js', import.meta.url));
  for (const end of ['close', 'forget']) {
    const argv = [program, String(emulator.port), emulator.streamName, end];
    const { stdout } = await promisify(execFile)(process.execPath, argv, { timeout: 30_000 });
    t.match(stdout, 'end of program', end);
  }
});
