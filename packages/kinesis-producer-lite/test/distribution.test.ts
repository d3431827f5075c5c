import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import t from 'tap';
import type { KinesisProducerOptions, ProducerEvent } from '../api/options.js';
import type { PutReceipt, StreamReceipt } from '../api/receipts.js';
import { contains, hashKeyOf } from '../api/shard-map.js';
import { KinesisProducer } from '../producer.js';
import { connectionTo, startEmulator } from './emulator.js';
import { FakeStream } from './fake-stream.js';
import { startFaultProxy } from './fault-proxy.js';
import { seededRandom } from './random.js';
import { refused, ScriptedTransport, stored } from './scripted-transport.js';
import { startWith } from './start-with.js';

async function startOn(stream: FakeStream | ScriptedTransport, options: Partial<KinesisProducerOptions> = {}) {
  const events: ProducerEvent[] = [];
  const producer = await startWith(
    {
      streamName: 'fake',
      client: { region: 'us-east-1' },
      lingerMs: 0,
      retryBaseMs: 0,
      retryMaxMs: 1,
      onEvent: (event) => events.push(event),
      ...options,
    },
    () => stream,
  );
  t.teardown(() => producer.close({ deadlineMs: 0 }));
  return { producer, events };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

/** Places that may hold a record of the key. */
function placesOf(receipt: PutReceipt, key: string): StreamReceipt[] {
  const all = receipt.durable === 'parts' ? receipt.parts : [{ startingHashKey: '0', endingHashKey: '', receipt }];
  return all.flatMap(({ startingHashKey, endingHashKey, receipt: place }) => {
    const range = { start: BigInt(startingHashKey), end: endingHashKey === '' ? 2n ** 128n : BigInt(endingHashKey) };
    return place.durable === 'stream' && contains(range, hashKeyOf(key)) ? [place] : [];
  });
}

t.test('on a stream with AUTO each record is stored by itself, with a receipt of its own', async (t) => {
  const stream = new FakeStream(4, seededRandom(1));
  stream.distribution = 'AUTO';
  const { producer, events } = await startOn(stream);
  t.same(events, [{ type: 'distribution', distribution: 'AUTO' }]);
  t.equal(producer.ordered, false);
  const texts = Array.from({ length: 20_000 }, (_, i) => `text ${i}`);
  const receipts = await Promise.all(texts.map((text, i) => producer.put(`key-${i % 50}`, text)));
  const places = receipts.filter((receipt) => receipt.durable === 'stream');
  t.equal(places.length, texts.length);
  t.same(
    places.flatMap((place) => stream.delivered(place)),
    texts,
  );
  t.equal(stream.copies.size, texts.length, 'each is stored once');
  t.equal(producer.healthy, true);
  t.equal(producer.metrics().retries.wrongShard, 0);
  t.equal(producer.metrics().userRecords, texts.length);
  t.equal(producer.metrics().aggregationRatio, 1);
  t.equal(producer.bufferedBytes, 0);
});

t.test(
  'any mix of puts, changes of the strategy, splits and faults: all is stored exactly as acknowledged',
  async (t) => {
    const event = fc.constantFrom('put', 'put', 'put', 'put', 'put', 'auto', 'by key', 'split', 'turn', 'turn');
    const run = fc.record({
      seed: fc.nat(),
      shards: fc.integer({ min: 1, max: 5 }),
      maxRecordBytes: fc.constantFrom(200, 1_000, 51_200),
      maxCallRecords: fc.constantFrom(30, 500),
      faults: fc.record({
        record: fc.constantFrom(0, 0.3),
        call: fc.constantFrom(0, 0.3),
        answer: fc.constantFrom(0, 0.1),
      }),
      spools: fc.boolean(),
      events: fc.array(event, { maxLength: 40, size: 'max' }),
    });
    const folder = t.testdir();
    let runs = 0;
    await fc.assert(
      fc.asyncProperty(run, async ({ seed, shards, maxRecordBytes, maxCallRecords, faults, spools, events }) => {
        const stream = new FakeStream(shards, seededRandom(seed));
        stream.faults = faults;
        const { producer } = await startOn(stream, {
          maxRecordBytes,
          maxCallRecords,
          ...(spools && { spool: { directory: join(folder, `spool-${runs++}`), afterMs: 1 } }),
        });
        const puts: { key: string; text: string; receipt: Promise<PutReceipt> }[] = [];
        for (const name of events) {
          if (name === 'auto') stream.distribution = 'AUTO';
          else if (name === 'by key') stream.distribution = 'USER_PARTITION_KEY';
          else if (name === 'split') stream.split();
          else if (name === 'turn') await turn();
          else {
            for (let i = 0; i < 20; i++) {
              const [key, text] = [`key-${i % 7}`, `text ${puts.length}`];
              puts.push({ key, text, receipt: producer.put(key, text) });
            }
          }
        }
        const copies = async () => {
          for (const { key, text, receipt } of puts) {
            const settled = await receipt;
            // The spool tells no place.
            if (spools && JSON.stringify(settled).includes('"spool"')) continue;
            const places = placesOf(settled, key);
            if (!places.some((place) => stream.delivered(place).includes(text)))
              return `${text} is not where it should be`;
          }
          // Waits for writes to disk, too: a slab that the stream stored meanwhile holds its memory until then.
          await producer.close();
          const { copies } = stream;
          if (copies.size !== puts.length) return `${copies.size} of ${puts.length} are delivered`;
          return producer.bufferedBytes === 0 && producer.oldestAgeMs === 0 ? 'ok' : 'memory is still held';
        };
        const result = await copies();
        if (result !== 'ok') throw new Error(result);
      }),
      { numRuns: 60 },
    );
  },
);

t.test('a change to AUTO is noticed by what lands elsewhere, and nothing expires', async (t) => {
  const stream = new FakeStream(4, seededRandom(2));
  const { producer, events } = await startOn(stream);
  const put = (from: number) =>
    Promise.all(Array.from({ length: 500 }, (_, i) => producer.put(`key-${i}`, `text ${from + i}`)));
  await put(0);
  t.equal(producer.ordered, true);
  t.equal(stream.descriptions, 1, 'one call at the start');
  stream.distribution = 'AUTO';
  await put(500);
  while (producer.ordered) await put(1_000);
  t.ok(events.some((event) => event.type === 'distribution' && event.distribution === 'AUTO'));
  await put(2_000);
  t.notOk(events.some(({ type }) => type === 'failed'));
  t.ok(Array.from({ length: 500 }, (_, i) => stream.copies.has(`text ${500 + i}`)).every(Boolean));
  t.equal(producer.healthy, true);
});

t.test('requireOrder refuses a stream with AUTO at the start', async (t) => {
  const stream = new FakeStream(2, seededRandom(3));
  stream.distribution = 'AUTO';
  await t.rejects(startOn(stream, { requireOrder: true }), {
    code: 'STREAM_UNORDERED',
    retryable: false,
    message: /^Stream fake distributes records by AUTO.*UpdateStreamRecordDistributionStrategy/,
  });
  stream.distribution = 'USER_PARTITION_KEY';
  t.equal((await startOn(stream, { requireOrder: true })).producer.ordered, true);
});

t.test('a throttled DescribeStreamSummary is called again at the start', async (t) => {
  const transport = new ScriptedTransport();
  transport.describe = async () => {
    transport.descriptions += 1;
    if (transport.descriptions < 3) return { failure: { cause: 'throttled', message: 'by script' } };
    return { distribution: 'AUTO' };
  };
  await t.rejects(startOn(transport, { requireOrder: true }), { code: 'STREAM_UNORDERED' });
  t.equal(transport.descriptions, 3);
});

t.test('a strategy that cannot be read: healthy is false while nothing lands where it should', async (t) => {
  for (const spool of [false, true]) {
    const directory = await mkdtemp(join(tmpdir(), 'misplaced-'));
    t.teardown(() => rm(directory, { recursive: true, force: true }));
    const stream = new FakeStream(4, seededRandom(4));
    stream.isDescribable = false;
    const { producer, events } = await startOn(stream, spool ? { spool: { directory, afterMs: 1 } } : {});
    t.equal(producer.healthy, true);
    stream.distribution = 'AUTO';
    const puts = Array.from({ length: 200 }, (_, i) => producer.put(`key-${i}`, `text ${i}`));
    while (producer.healthy) {
      puts.push(producer.put(`key-${puts.length}`, `text ${puts.length}`));
      await turn();
    }
    t.match(
      events.filter(({ type }) => type === 'shard-map-failed').at(-1),
      { message: /still reports shard-\d as open\. Its record distribution strategy is unknown: AccessDenied/ },
      'the event says what is wrong',
    );
    if (spool) {
      await Promise.all(puts);
      t.ok(
        events.some(({ type }) => type === 'spooled'),
        'what landed elsewhere is safe on disk meanwhile',
      );
      t.equal(producer.healthy, false);
    }
    stream.isDescribable = true;
    await Promise.all(puts);
    await producer.flush();
    t.equal(producer.healthy, true, 'until the strategy can be read');
    t.equal(stream.copies.size, puts.length);
    await producer.close();
  }
});

t.test('defaultDistribution counts where the strategy cannot be read', async (t) => {
  const stream = new FakeStream(3, seededRandom(5));
  stream.isDescribable = false;
  stream.distribution = 'AUTO';
  const { producer } = await startOn(stream, { defaultDistribution: 'AUTO' });
  t.match(await Promise.all(Array.from({ length: 100 }, (_, i) => producer.put('k', `text ${i}`))), [
    { durable: 'stream' },
  ]);
  t.equal(stream.copies.size, 100);
});

t.test('a record that is always refused holds up no other on a stream with AUTO', async (t) => {
  const transport = new ScriptedTransport();
  transport.summary = { distribution: 'AUTO' };
  const { producer } = await startOn(transport, { recordTtlMs: 60_000 });
  const others = Array.from({ length: 40 }, (_, i) => producer.put('k', i === 0 ? 'bad' : `good ${i}`)).slice(1);
  let left = others.length;
  while (left > 0) {
    const { records, answer } = await transport.next();
    const isBad = records.some(({ texts }) => texts[0] === 'bad');
    answer(records.map(() => (isBad ? refused('internal') : stored())));
    if (!isBad) left -= records.length;
  }
  t.equal((await Promise.all(others)).length, 39);
});

t.test('memory is bounded on a stream with AUTO, however small the records are', async (t) => {
  const transport = new ScriptedTransport();
  transport.summary = { distribution: 'AUTO' };
  const { producer } = await startOn(transport, { maxBufferedBytes: 1_000_000 });
  let accepted = 0;
  t.throws(
    () => {
      for (; accepted < 100_000; accepted++) void producer.put('k', 'x');
    },
    { code: 'BUFFER_FULL' },
  );
  t.ok(accepted < 2_000, `${accepted} records`);
  t.ok(producer.bufferedBytes <= 1_000_000);
});

t.test('with the SDK, against an emulator that plays AUTO', async (t) => {
  const emulator = await startEmulator(4);
  t.teardown(() => emulator.close());
  const proxy = await startFaultProxy(emulator.port, () => ({ kind: 'partial', chance: 0.05 }), seededRandom(6));
  t.teardown(() => proxy.close());
  const events: ProducerEvent[] = [];
  const producer = await KinesisProducer.start({
    streamName: emulator.streamName,
    client: connectionTo(proxy.port),
    lingerMs: 1,
    retryBaseMs: 1,
    retryMaxMs: 10,
    onEvent: (event) => events.push(event),
  });
  t.teardown(() => producer.close({ deadlineMs: 0 }));
  const put = (from: number) =>
    Promise.all(Array.from({ length: 300 }, (_, i) => producer.put(`key-${i % 99}`, `text ${from + i}`)));
  await put(0);
  proxy.isAuto = true;
  await put(1_000);
  await put(2_000);
  t.equal(producer.ordered, false);
  proxy.isAuto = false;
  // The producer learns of this in a minute only. Until then it aggregates nothing, which suits both.
  t.match(await put(3_000), [{ durable: 'stream' }]);
  const delivered = await emulator.read();
  t.equal(new Set(delivered.map(({ text }) => text)).size, 1_200, 'the KCL delivers all');
  t.notOk(events.some(({ type }) => type === 'failed'));
  await t.rejects(
    async () => {
      proxy.isAuto = true;
      await KinesisProducer.start({
        streamName: emulator.streamName,
        client: connectionTo(proxy.port),
        requireOrder: true,
      });
    },
    { code: 'STREAM_UNORDERED' },
  );
});
