// Own process: takes long.
import t from 'tap';
import type { ProducerMetrics } from '../api/metrics.js';
import { KinesisProducer } from '../producer.js';
import { connectionTo, startEmulator } from './emulator.js';
import { type Fault, startFaultProxy } from './fault-proxy.js';
import { Ledger } from './ledger.js';
import { seededRandom } from './random.js';

const NONE: Fault = { kind: 'none' };

interface Run {
  faults: (random: () => number) => Fault;
  /** Least number of faults of each kind; with fewer the test would prove nothing. */
  expect: (metrics: ProducerMetrics) => boolean;
  duplicates: boolean;
}

const runs: Record<string, Run> = {
  'a tenth of all entries throttled': {
    faults: () => ({ kind: 'partial', chance: 0.1 }),
    expect: ({ retries }) => retries.throttled > 10,
    duplicates: false,
  },
  'whole calls throttled': {
    faults: (random) => (random() < 0.3 ? { kind: 'throttle' } : NONE),
    expect: ({ retries }) => retries.throttled > 10,
    duplicates: false,
  },
  'internal failures': {
    faults: (random) => (random() < 0.3 ? { kind: 'error500' } : NONE),
    expect: ({ retries }) => retries.internal > 10,
    duplicates: false,
  },
  'connections reset': {
    faults: (random) => (random() < 0.3 ? { kind: 'reset' } : NONE),
    expect: ({ retries }) => retries.connection > 10,
    duplicates: false,
  },
  'stored, but answered too late': {
    faults: (random) => (random() < 0.1 ? { kind: 'late' } : NONE),
    expect: ({ retries }) => retries.timeout > 2,
    duplicates: true,
  },
  'all of it at once': {
    faults: (random) => {
      const roll = random();
      if (roll < 0.05) return { kind: 'late' };
      if (roll < 0.15) return { kind: 'reset' };
      if (roll < 0.25) return { kind: 'error500' };
      if (roll < 0.35) return { kind: 'throttle' };
      return { kind: 'partial', chance: 0.1 };
    },
    expect: ({ retries }) => Object.values(retries).filter((count) => count > 0).length >= 4,
    duplicates: true,
  },
};

for (const [name, run] of Object.entries(runs)) {
  t.test(name, async (t) => {
    const random = seededRandom(20_261_124);
    const emulator = await startEmulator(4);
    t.teardown(() => emulator.close());
    const proxy = await startFaultProxy(emulator.port, () => run.faults(random), random);
    t.teardown(() => proxy.close());
    const producer = await KinesisProducer.start({
      streamName: emulator.streamName,
      client: connectionTo(proxy.port),
      lingerMs: 1,
      maxRecordBytes: 2_000,
      requestTimeoutMs: 400,
      retryBaseMs: 2,
      retryMaxMs: 20,
    });
    t.teardown(() => producer.close({ deadlineMs: 0 }));
    const ledger = new Ledger();
    for (let i = 0; i < 4_000; i++) {
      await ledger.put(producer, `card-${Math.floor(random() * 60)}`);
      if (i % 40 === 39) await new Promise((resolve) => setImmediate(resolve));
    }
    await ledger.settled();

    t.same(ledger.failed, [], 'every put is acknowledged');
    ledger.check(t, await emulator.read(), { duplicates: run.duplicates });
    const metrics = producer.metrics();
    t.ok(run.expect(metrics), `the fault did happen: ${JSON.stringify(metrics.retries)}`);
    // A record that Kinesis has acknowledged is never sent again.
    if (!run.duplicates) t.equal(proxy.restored, 0, 'only failed records are sent again');
    t.equal(metrics.userRecords, 4_000);
    t.equal(metrics.bufferedBytes, 0);
  });
}

t.test('an outage: the buffer fills, and afterwards everything arrives in order', async (t) => {
  const random = seededRandom(7);
  const emulator = await startEmulator(2);
  t.teardown(() => emulator.close());
  let down = true;
  const proxy = await startFaultProxy(emulator.port, () => (down ? { kind: 'reset' } : NONE), random);
  t.teardown(() => proxy.close());
  const producer = await KinesisProducer.start({
    streamName: emulator.streamName,
    client: connectionTo(proxy.port),
    maxRecordBytes: 4_096,
    maxBufferedBytes: 256 * 1024,
    retryBaseMs: 2,
    retryMaxMs: 20,
  });
  t.teardown(() => producer.close({ deadlineMs: 0 }));
  const ledger = new Ledger();
  const filler = async () => {
    for (let i = 0; i < 4_000; i++) await ledger.put(producer, `card-${i % 9}`);
  };
  const filling = filler();
  while (producer.healthy || producer.bufferedBytes < 250 * 1024) await new Promise((resolve) => setImmediate(resolve));
  t.ok(producer.bufferedBytes <= 256 * 1024, 'memory is bounded');
  t.throws(() => producer.put('k', 'x'.repeat(4_000)), { code: 'BUFFER_FULL' });
  down = false;
  await filling;
  await ledger.settled();
  t.ok(producer.healthy);
  t.same(ledger.failed, []);
  ledger.check(t, await emulator.read(), { duplicates: false });
});
