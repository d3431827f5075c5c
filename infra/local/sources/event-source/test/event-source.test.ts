import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  CreateStreamCommand,
  type KinesisClient,
  PutRecordCommand,
  SplitShardCommand,
  waitUntilStreamExists,
} from '@aws-sdk/client-kinesis';
import type { KinesisStreamEvent } from 'aws-lambda';
import { pino } from 'pino';
import t from 'tap';
import { decideMapping } from '../../../../resources.js';
import { startTestCloud } from '../../../../testing/test-cloud.js';
import { startChild } from '../../../processes/child.js';
import type { FunctionHandler } from '../../local-function.js';
import { CheckpointFile, type Checkpoints } from '../checkpoints.js';
import { EventSource } from '../event-source.js';
import { appendToFile, type GivenUp } from '../failures.js';

const logger = pino({ level: 'silent' });
/** Mapping whose stream is created for each test. */
const mapping = { ...decideMapping, maximumRetryAttempts: 2 };
/** Hash keys in the first and the second of two shards. */
const SHARDS = ['0', (2n ** 127n).toString()];

async function put(kinesis: KinesisClient, text: string, shard = 0, stream = mapping.stream): Promise<void> {
  await kinesis.send(
    new PutRecordCommand({
      StreamName: stream,
      PartitionKey: 'key',
      ExplicitHashKey: SHARDS[shard] ?? '0',
      Data: Buffer.from(text),
    }),
  );
}

async function isActive(client: KinesisClient): Promise<void> {
  await waitUntilStreamExists({ client, maxWaitTime: 10, minDelay: 0.05 }, { StreamName: mapping.stream });
}

const textOf = (record: KinesisStreamEvent['Records'][number]) => Buffer.from(record.kinesis.data, 'base64').toString();

/** Handler that records what it receives and fails at chosen texts. */
function recorder(fails: (text: string, tries: number) => 'throw' | 'report' | undefined = () => undefined) {
  const seen: string[] = [];
  const done: string[] = [];
  const tries = new Map<string, number>();
  const events: KinesisStreamEvent[] = [];
  const handler: FunctionHandler<KinesisStreamEvent> = async (event) => {
    events.push(event);
    for (const record of event.Records) {
      const text = textOf(record);
      seen.push(text);
      tries.set(text, (tries.get(text) ?? 0) + 1);
      const how = fails(text, tries.get(text) ?? 0);
      if (how === 'throw') throw new Error('as asked');
      if (how === 'report') return { batchItemFailures: [{ itemIdentifier: record.kinesis.sequenceNumber }] };
      done.push(text);
    }
    return { batchItemFailures: [] };
  };
  return { handler, seen, done, events };
}

t.test('against the emulator', async (t) => {
  const cloud = await startTestCloud();
  t.teardown(() => cloud.stop());
  const givenUp: GivenUp[] = [];
  let tests = 0;
  t.beforeEach(async () => {
    const { kinesis } = cloud.clients;
    mapping.stream = `stream-${++tests}`;
    await kinesis.send(new CreateStreamCommand({ StreamName: mapping.stream, ShardCount: SHARDS.length }));
    await isActive(kinesis);
    givenUp.length = 0;
  });
  const start = (handler: FunctionHandler<KinesisStreamEvent>, more: { checkpoints?: Checkpoints } = {}) =>
    EventSource.start({
      kinesis: cloud.clients.kinesis,
      mapping,
      handler,
      logger,
      onFailure: async (records) => {
        givenUp.push(records);
      },
      ...more,
    });

  t.test('delivers every record as a Lambda event, in order within a shard', async (t) => {
    const { handler, done, events } = recorder();
    const source = await start(handler);
    for (let i = 0; i < 30; i++) await put(cloud.clients.kinesis, `${i % 2} ${i}`, i % 2);
    const stats = await source.drain();
    await source.stop();
    for (const shard of ['0', '1']) {
      const numbers = done.filter((text) => text.startsWith(shard)).map((text) => Number(text.slice(2)));
      t.same(
        numbers,
        numbers.toSorted((a, b) => a - b),
      );
      t.equal(numbers.length, 15);
    }
    t.match(stats, { records: 30, failedInvocations: 0, discardedRecords: 0 });
    t.match(events[0]?.Records[0], {
      eventID: /^shardId-\d{12}:\d+$/,
      eventSource: 'aws:kinesis',
      eventSourceARN: /:stream\/stream-1$/,
      awsRegion: 'eu-central-1',
      kinesis: { partitionKey: 'key', approximateArrivalTimestamp: Number, sequenceNumber: /^\d+$/ },
    });
  });

  t.test('drain waits for a batch in flight', async (t) => {
    let release = (): void => undefined;
    const begun = new Promise<void>((resolve) => {
      release = resolve;
    });
    let entered = (): void => undefined;
    const inside = new Promise<void>((resolve) => {
      entered = resolve;
    });
    let finished = false;
    const source = await start(async () => {
      entered();
      await begun;
      finished = true;
    });
    await put(cloud.clients.kinesis, 'slow');
    await inside;
    const drained = source.drain().then(() => t.ok(finished, 'done before drained'));
    release();
    await drained;
    await source.stop();
  });

  t.test('after a reported failure only records from the lowest failed one are delivered again', async (t) => {
    const { handler, seen, done } = recorder((text, tries) => (text === 'c' && tries === 1 ? 'report' : undefined));
    for (const text of 'abcde') await put(cloud.clients.kinesis, text);
    const source = await start(handler);
    await source.drain();
    await source.stop();
    t.equal(seen.join(''), 'abccde');
    t.equal(done.join(''), 'abcde');
  });

  t.test('a poison record is given up alone; the others are processed', async (t) => {
    for (const how of ['throw', 'report'] as const) {
      const { handler, done } = recorder((text) => (text === 'poison' ? how : undefined));
      for (const text of ['a', 'b', 'poison', 'c', 'd'])
        await put(cloud.clients.kinesis, text, how === 'throw' ? 0 : 1);
      const source = await start(handler);
      const stats = await source.drain();
      await source.stop();
      t.same(Array.from(new Set(done)).sort(), ['a', 'b', 'c', 'd']);
      t.ok(stats.discardedRecords >= 1);
      for (const { records } of givenUp)
        t.same(
          records.map(({ Data }) => Buffer.from(Data ?? []).toString()),
          ['poison'],
        );
    }
  });

  t.test('a function that times out counts as failed', async (t) => {
    let calls = 0;
    const source = await EventSource.start({
      kinesis: cloud.clients.kinesis,
      mapping: { ...mapping, functionTimeoutMs: 50 },
      handler: async (_, context) => {
        t.ok(context.getRemainingTimeInMillis() <= 50);
        calls += 1;
        if (calls === 1) await new Promise(() => undefined);
      },
      onFailure: async () => undefined,
      logger,
    });
    await put(cloud.clients.kinesis, 'a');
    t.match(await source.drain(), { failedInvocations: 1, invocations: 2, records: 1 });
    await source.stop();
  });

  t.test('after a reshard the parent shard is read before its children', async (t) => {
    const { kinesis } = cloud.clients;
    const { handler, done } = recorder();
    for (let i = 0; i < 5; i++) await put(kinesis, `parent ${i}`);
    await kinesis.send(
      new SplitShardCommand({
        StreamName: mapping.stream,
        ShardToSplit: 'shardId-000000000000',
        NewStartingHashKey: (2n ** 126n).toString(),
      }),
    );
    await isActive(kinesis);
    for (let i = 0; i < 5; i++) await put(kinesis, `child ${i}`);
    const source = await start(handler);
    await source.drain();
    await source.stop();
    t.same(
      done,
      ['parent', 'child'].flatMap((name) => [0, 1, 2, 3, 4].map((i) => `${name} ${i}`)),
    );
  });

  t.test('starts after its checkpoint and does not deliver processed records again', async (t) => {
    const name = join(t.testdir(), 'checkpoints.json');
    const file = await CheckpointFile.open(name);
    const first = recorder();
    await put(cloud.clients.kinesis, 'a');
    const before = await start(first.handler, { checkpoints: file.current });
    await before.drain();
    await before.stop();
    await file.close();
    await put(cloud.clients.kinesis, 'b');
    const second = recorder();
    const again = await CheckpointFile.open(name);
    const after = await start(second.handler, { checkpoints: again.current });
    await after.drain();
    await after.stop();
    await again.close();
    t.same([first.done, second.done], [['a'], ['b']]);
  });

  t.test('records that were given up are written to a file in Lambda’s format', async (t) => {
    const file = join(t.testdir(), 'failed.jsonl');
    const { handler } = recorder(() => 'throw');
    await put(cloud.clients.kinesis, 'poison');
    const source = await EventSource.start({
      kinesis: cloud.clients.kinesis,
      mapping,
      handler,
      onFailure: appendToFile(file),
      logger,
    });
    await source.drain();
    await source.stop();
    t.match(JSON.parse(await readFile(file, 'utf8')), {
      requestContext: { condition: 'RetryAttemptsExhausted', approximateInvokeCount: 3 },
      KinesisBatchInfo: { batchSize: 1, shardId: 'shardId-000000000000', startSequenceNumber: /^\d+$/ },
      records: [{ partitionKey: 'key', data: Buffer.from('poison').toString('base64') }],
    });
  });

  t.test('the process reports ready, drains and stops; it fails for a module without a handler', async (t) => {
    const entry = new URL('../main.js', import.meta.url);
    const file = join(t.testdir(), 'failed.jsonl');
    const messages: unknown[] = [];
    let notify = (): void => undefined;
    const message = new Promise<void>((resolve) => {
      notify = resolve;
    });
    const child = await startChild({
      name: 'decide',
      module: entry,
      args: [new URL('./counting-handler.js', import.meta.url).href, file, `${file}.checkpoints`],
      env: cloud.env,
      onMessage: (received) => {
        messages.push(received);
        notify();
      },
    });
    await put(cloud.clients.kinesis, 'a', 0, decideMapping.stream);
    child.send({ type: 'drain' });
    await message;
    t.match(messages, [{ type: 'drained', stats: { records: 1 } }]);
    t.match(await child.stop(), { code: 0 });
    await t.rejects(
      startChild({
        name: 'decide',
        module: entry,
        args: [new URL('../kinesis-event.js', import.meta.url).href, file, `${file}.checkpoints`],
        env: cloud.env,
      }),
      /does not export a function named handler/,
    );
  });
});

t.test('a checkpoint file is written soon after a change, and a broken one starts without progress', async (t) => {
  const folder = t.testdir({ 'broken.json': '{"last":' });
  const name = join(folder, 'a.json');
  const file = await CheckpointFile.open(name);
  file.current.set('shard-0', '7');
  file.current.finish('shard-1');
  for (;;) {
    const { current } = await CheckpointFile.open(name);
    if (current.isFinished('shard-1') && current.get('shard-0') === '7') break;
  }
  await file.close();
  const byHand = await CheckpointFile.open(name, false);
  byHand.current.set('shard-0', '8');
  await byHand.save(file.current.text);
  t.equal((await CheckpointFile.open(name)).current.get('shard-0'), '7', 'saved as of an earlier moment');
  const broken = await CheckpointFile.open(join(folder, 'broken.json'));
  t.equal(broken.current.get('shard-0'), undefined);
});
