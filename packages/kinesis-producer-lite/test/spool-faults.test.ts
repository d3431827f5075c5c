// Own process: takes long.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { MergeShardsCommand, SplitShardCommand } from '@aws-sdk/client-kinesis';
import t, { type Test } from 'tap';
import { KinesisProducer } from '../producer.js';
import { connectionTo, type Emulator, startEmulator } from './emulator.js';
import { type Fault, startFaultProxy } from './fault-proxy.js';
import { Ledger } from './ledger.js';
import { seededRandom } from './random.js';

const NONE: Fault = { kind: 'none' };

async function newDirectory(t: Test): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'spool-faults-'));
  t.teardown(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

async function segments(directory: string): Promise<string[]> {
  return (await readdir(directory)).filter((name) => name.endsWith('.segment'));
}

/** A stream on which every call meets the fault until the test ends it. */
async function setUp(t: Test, shards: number, fault: Fault) {
  const directory = await newDirectory(t);
  const emulator = await startEmulator(shards);
  t.teardown(() => emulator.close());
  const outage = { on: false };
  const proxy = await startFaultProxy(emulator.port, () => (outage.on ? fault : NONE), seededRandom(3));
  t.teardown(() => proxy.close());
  const producer = await KinesisProducer.start({
    streamName: emulator.streamName,
    client: connectionTo(proxy.port),
    lingerMs: 1,
    maxRecordBytes: 2_000,
    maxBufferedBytes: 1024 * 1024,
    requestTimeoutMs: 500,
    retryBaseMs: 5,
    retryMaxMs: 50,
    recordTtlMs: 60_000,
    spool: { directory, afterMs: 100, segmentBytes: 64 * 1024 },
  });
  t.teardown(() => producer.close({ deadlineMs: 0 }));
  return { directory, emulator, outage, producer };
}

async function putFor(ms: number, ledger: Ledger, producer: KinesisProducer): Promise<void> {
  const random = seededRandom(ms);
  const until = performance.now() + ms;
  while (performance.now() < until) {
    for (let i = 0; i < 20; i++) await ledger.put(producer, `card-${Math.floor(random() * 60)}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

const outages: { name: string; fault: Fault; ms: number; duplicates: boolean }[] = [
  { name: 'throttled for 1 s', fault: { kind: 'throttle' }, ms: 1_000, duplicates: false },
  { name: 'a black hole for 1 s', fault: { kind: 'black-hole' }, ms: 1_000, duplicates: false },
  { name: 'reset for 1 s', fault: { kind: 'reset' }, ms: 1_000, duplicates: false },
  { name: 'answered too late for 1 s', fault: { kind: 'late' }, ms: 1_000, duplicates: true },
];

for (const { name, fault, ms, duplicates } of outages) {
  t.test(`${name}: records are acknowledged, and reach the stream afterwards, in order`, async (t) => {
    const { directory, emulator, outage, producer } = await setUp(t, 4, fault);
    const ledger = new Ledger();
    await putFor(100, ledger, producer);
    outage.on = true;
    await putFor(ms, ledger, producer);
    outage.on = false;
    await putFor(100, ledger, producer);
    await ledger.settled();
    await producer.flush();
    await producer.close();
    t.same(ledger.failed, []);
    ledger.check(t, await emulator.read(), { duplicates });
    const { spooled, bufferedBytes } = producer.metrics();
    t.ok(spooled > 100, `${spooled} went to disk`);
    t.equal(bufferedBytes, 0);
    t.same(await segments(directory), [], 'the disk is empty again');
  });
}

t.test('shards split and merge while their records are on disk', async (t) => {
  const { directory, emulator, outage, producer } = await setUp(t, 2, { kind: 'reset' });
  const ledger = new Ledger();
  await putFor(200, ledger, producer);
  outage.on = true;
  await putFor(500, ledger, producer);
  await splitFirst(emulator);
  await emulator.openShards(3);
  await putFor(200, ledger, producer);
  outage.on = false;
  await putFor(300, ledger, producer);
  outage.on = true;
  await putFor(300, ledger, producer);
  await mergeFirstTwo(emulator);
  await emulator.openShards(2);
  outage.on = false;
  await putFor(300, ledger, producer);
  await ledger.settled();
  await producer.flush();
  await producer.close();
  t.same(ledger.failed, []);
  // Records in the wrong shard after a reshard are stored again in the right one.
  ledger.check(t, await emulator.read(), { duplicates: true });
  t.ok(producer.metrics().retries.wrongShard > 0, 'the reshard was met');
  t.same(await segments(directory), []);
});

t.test('kill -9 during an outage, repeatedly: every acknowledged record arrives in order', async (t) => {
  const { directory, emulator, proxy, outage } = await killable(t);
  const acknowledged: number[] = [];
  let from = 0;
  for (let round = 0; round < 4; round++) {
    outage.on = round % 2 === 0;
    const child = startChild(proxy.port, emulator, directory, from, 100_000);
    const enough = acknowledged.length + 400 + round * 37;
    for await (const line of createInterface({ input: child.stdout ?? process.stdin })) {
      acknowledged.push(Number(line));
      if (acknowledged.length === enough) child.kill('SIGKILL');
    }
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    t.equal(child.signalCode, 'SIGKILL');
    from += 100_000;
  }
  outage.on = false;
  const last = startChild(proxy.port, emulator, directory, from, 50);
  for await (const line of createInterface({ input: last.stdout ?? process.stdin })) acknowledged.push(Number(line));
  if (last.exitCode === null) await once(last, 'exit');
  t.equal(last.exitCode, 0);

  const ledger = new Ledger();
  for (const n of acknowledged) {
    const key = `card-${n % 23}`;
    const texts = ledger.acknowledged.get(key) ?? [];
    ledger.acknowledged.set(key, texts);
    texts.push(`${n}:`.padEnd(200, '.'));
  }
  ledger.check(t, await emulator.read(), { duplicates: true });
  t.same(await segments(directory), []);
});

async function killable(t: Test) {
  const directory = await newDirectory(t);
  const emulator = await startEmulator(3);
  t.teardown(() => emulator.close());
  const outage = { on: false };
  const proxy = await startFaultProxy(
    emulator.port,
    () => (outage.on ? { kind: 'black-hole' } : NONE),
    seededRandom(1),
  );
  t.teardown(() => proxy.close());
  return { directory, emulator, proxy, outage };
}

function startChild(
  port: number,
  { streamName }: Emulator,
  directory: string,
  from: number,
  count: number,
): ChildProcess {
  const script = fileURLToPath(new URL('./putting-child.js', import.meta.url));
  return fork(script, [String(port), streamName, directory, String(from), String(count)], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
}

async function splitFirst(emulator: Emulator): Promise<void> {
  const shard = (await emulator.shards()).find((each) => each.SequenceNumberRange?.EndingSequenceNumber === undefined);
  const start = BigInt(shard?.HashKeyRange?.StartingHashKey ?? 0);
  const end = BigInt(shard?.HashKeyRange?.EndingHashKey ?? 0);
  await emulator.client.send(
    new SplitShardCommand({
      StreamName: emulator.streamName,
      ShardToSplit: shard?.ShardId,
      NewStartingHashKey: String((start + end) / 2n),
    }),
  );
}

async function mergeFirstTwo(emulator: Emulator): Promise<void> {
  const open = (await emulator.shards())
    .filter((each) => each.SequenceNumberRange?.EndingSequenceNumber === undefined)
    .sort((a, b) =>
      BigInt(a.HashKeyRange?.StartingHashKey ?? 0) < BigInt(b.HashKeyRange?.StartingHashKey ?? 0) ? -1 : 1,
    );
  await emulator.client.send(
    new MergeShardsCommand({
      StreamName: emulator.streamName,
      ShardToMerge: open[0]?.ShardId,
      AdjacentShardToMerge: open[1]?.ShardId,
    }),
  );
}
