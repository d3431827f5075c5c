import { MergeShardsCommand, SplitShardCommand } from '@aws-sdk/client-kinesis';
import t from 'tap';
import { KinesisProducer } from '../producer.js';
import { type Emulator, startEmulator } from './emulator.js';
import { Ledger } from './ledger.js';
import { seededRandom } from './random.js';

async function startProducer(emulator: Emulator): Promise<KinesisProducer> {
  return KinesisProducer.start({
    streamName: emulator.streamName,
    client: emulator.connection,
    lingerMs: 2,
    maxRecordBytes: 4_000,
    retryBaseMs: 2,
    retryMaxMs: 20,
  });
}

/** Puts records without pause until stopped. */
function stream(producer: KinesisProducer, ledger: Ledger, random: () => number): { stop(): Promise<void> } {
  let running = true;
  const run = async () => {
    while (running) {
      for (let i = 0; i < 50; i++) await ledger.put(producer, `card-${Math.floor(random() * 200)}`);
      // Keeps several calls' worth of records waiting, as under load.
      while (running && producer.bufferedBytes > 200_000) await new Promise((resolve) => setImmediate(resolve));
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  const done = run();
  return {
    async stop() {
      running = false;
      await done;
    },
  };
}

t.test('records arrive exactly once, in order per key, on four shards', async (t) => {
  const emulator = await startEmulator(4);
  t.teardown(() => emulator.close());
  const producer = await startProducer(emulator);
  t.teardown(() => producer.close({ deadlineMs: 0 }));
  const ledger = new Ledger();
  const random = seededRandom(1);
  for (let i = 0; i < 20_000; i++) {
    await ledger.put(producer, `card-${Math.floor(random() * 500)}`, 40 + Math.floor(random() * 300));
    if (i % 500 === 499) await new Promise((resolve) => setImmediate(resolve));
  }
  await ledger.settled();
  t.same(ledger.failed, []);
  const stored = await emulator.read();
  ledger.check(t, stored, { duplicates: false });
  t.equal(stored.length, 20_000);
  t.equal(new Set(stored.map(({ shardId }) => shardId)).size, 4, 'all shards take part');
  t.ok(producer.metrics().aggregationRatio > 5);
});

t.test('shards split and merge during puts: nothing is lost, order is kept', async (t) => {
  const emulator = await startEmulator(4);
  t.teardown(() => emulator.close());
  const producer = await startProducer(emulator);
  t.teardown(() => producer.close({ deadlineMs: 0 }));
  const ledger = new Ledger();
  const running = stream(producer, ledger, seededRandom(2));

  const open = async () => {
    const shards = await emulator.shards();
    return shards
      .filter((shard) => shard.SequenceNumberRange?.EndingSequenceNumber === undefined)
      .sort((a, b) =>
        BigInt(a.HashKeyRange?.StartingHashKey ?? 0) < BigInt(b.HashKeyRange?.StartingHashKey ?? 0) ? -1 : 1,
      );
  };
  const moreAcknowledged = async () => {
    const before = producer.metrics().userRecords;
    while (producer.metrics().userRecords < before + 3_000) await new Promise((resolve) => setImmediate(resolve));
  };
  for (let round = 0; round < 3; round++) {
    await moreAcknowledged();
    const [first, second] = await open();
    const start = BigInt(second?.HashKeyRange?.StartingHashKey ?? 0);
    const end = BigInt(second?.HashKeyRange?.EndingHashKey ?? 0);
    await emulator.client.send(
      new SplitShardCommand({
        StreamName: emulator.streamName,
        ShardToSplit: second?.ShardId,
        NewStartingHashKey: String((start + end) / 2n),
      }),
    );
    await emulator.openShards(5);
    await moreAcknowledged();
    const [left, right] = await open();
    t.not(right?.ShardId, first?.ShardId, 'the split happened');
    await emulator.client.send(
      new MergeShardsCommand({
        StreamName: emulator.streamName,
        ShardToMerge: left?.ShardId,
        AdjacentShardToMerge: right?.ShardId,
      }),
    );
    await emulator.openShards(4);
  }
  await moreAcknowledged();
  await running.stop();
  await ledger.settled();

  t.same(ledger.failed, []);
  const { retries } = producer.metrics();
  t.ok(retries.wrongShard >= 6, `the producer was surprised each time: ${retries.wrongShard}`);
  // A KCL consumer drops aggregates with a record outside the shard's range. It sees every record exactly once.
  ledger.check(t, await emulator.read(), { duplicates: false });
  // Other consumers see some records twice, but never a record before an older one of the same key.
  ledger.check(t, await emulator.read({ all: true }), { duplicates: true });
});
