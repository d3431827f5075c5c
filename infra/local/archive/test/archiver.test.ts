import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { PutRecordCommand } from '@aws-sdk/client-kinesis';
import { STREAMS } from '@swipegate/contract';
import { readArchive } from '@swipegate/lambdas/stores/archive/read-archive';
import { MemoryObjectStore } from '@swipegate/lambdas/stores/archive/test/memory-archive';
import { startS3Stub } from '@swipegate/lambdas/stores/archive/test/s3-stub';
import type { KinesisStreamEvent } from 'aws-lambda';
import { aggregate } from 'kinesis-producer-lite/aggregate';
import { pino } from 'pino';
import t from 'tap';
import { startTestCloud } from '../../../testing/test-cloud.js';
import { startChild } from '../../processes/child.js';
import { CheckpointFile } from '../../sources/event-source/checkpoints.js';
import { Archiver } from '../archiver.js';
import { DeliveryStream } from '../delivery-stream.js';

const logger = pino({ level: 'silent' });
const ARRIVED_MS = Date.parse('2026-11-25T08:59:59.900Z');

function event(texts: readonly string[], arrivedMs = ARRIVED_MS): KinesisStreamEvent {
  const data = aggregate(texts.map((text) => ({ partitionKey: 'k', data: text })));
  return {
    Records: [
      {
        kinesis: {
          kinesisSchemaVersion: '1.0',
          partitionKey: 'k',
          sequenceNumber: '1',
          data: Buffer.from(data).toString('base64'),
          approximateArrivalTimestamp: arrivedMs / 1_000,
        },
        eventSource: 'aws:kinesis',
        eventVersion: '1.0',
        eventID: 'shardId-000000000000:1',
        eventName: 'aws:kinesis:record',
        invokeIdentityArn: '',
        awsRegion: 'eu-central-1',
        eventSourceARN: '',
      },
    ],
  };
}

const linesOf = (store: MemoryObjectStore) =>
  Array.from(store.objects.values()).flatMap((bytes) => gunzipSync(bytes).toString().split('\n').slice(0, -1));

/** Resolves at the next write to the store. */
function nextPut(store: MemoryObjectStore): Promise<string> {
  return new Promise((resolve) => {
    const put = store.put.bind(store);
    store.put = async (key, bytes) => {
      await put(key, bytes);
      resolve(key);
    };
  });
}

t.test('a file has the name, folder and lines that Firehose would give it', async (t) => {
  const store = new MemoryObjectStore();
  const delivery = new DeliveryStream('swipes', { store, fileBytes: 1e6, fileMs: 1e6, logger });
  await delivery.take(event(['{"a":1}', '{"a":2}'], ARRIVED_MS + 200));
  await delivery.take(event(['{"a":3}']));
  t.equal(store.objects.size, 0, 'neither full nor due');
  await delivery.flush();
  const [key = ''] = store.objects.keys();
  t.match(key, /^swipes\/day=2026-11-25\/08\/swipegate-swipes-1-2026-11-25-08-59-59-[0-9a-f-]{36}\.gz$/);
  t.strictSame(linesOf(store), ['{"a":1}', '{"a":2}', '{"a":3}']);
  await delivery.flush();
  t.equal(store.objects.size, 1, 'no file without a record');
});

t.test('a file is written when it is full or due', async (t) => {
  const store = new MemoryObjectStore();
  const full = new DeliveryStream('swipes', { store, fileBytes: 16, fileMs: 1e6, logger });
  await full.take(event(['{"a":1}', '{"a":2}', '{"a":3}']));
  t.strictSame(linesOf(store), ['{"a":1}', '{"a":2}']);
  await full.flush();
  const due = new DeliveryStream('decisions', { store, fileBytes: 1e6, fileMs: 20, logger });
  const put = nextPut(store);
  await due.take(event(['{"b":1}']));
  t.match(await put, /^decisions\//);
});

t.test('while the store fails, files wait and then no records are accepted; none is lost or duplicated', async (t) => {
  const store = new MemoryObjectStore();
  store.failures = 9;
  const delivery = new DeliveryStream('swipes', { store, fileBytes: 1, fileMs: 1e6, logger });
  for (let i = 0; i < 4; i++) await delivery.take(event([`${i}`]));
  await t.rejects(delivery.take(event(['4'])), /the bucket is away/);
  await t.rejects(delivery.flush(), /the bucket is away/);
  store.failures = 0;
  await delivery.take(event(['4']));
  t.strictSame(linesOf(store), ['0', '1', '2', '3', '4']);
});

t.test('a failed write is retried automatically', async (t) => {
  const store = new MemoryObjectStore();
  store.failures = 2;
  const delivery = new DeliveryStream('swipes', { store, fileBytes: 1, fileMs: 10, logger });
  const put = nextPut(store);
  await delivery.take(event(['0']));
  await put;
  t.strictSame(linesOf(store), ['0']);
});

t.test('archives both emulated streams from the beginning, completely after drain and stop', async (t) => {
  const cloud = await startTestCloud();
  t.teardown(() => cloud.stop());
  const { kinesis } = cloud.clients;
  const put = (StreamName: string, from: number, ExplicitHashKey: string) =>
    kinesis.send(
      new PutRecordCommand({
        StreamName,
        PartitionKey: 'k',
        ExplicitHashKey,
        Data: aggregate([from, from + 1].map((n) => ({ partitionKey: 'k', data: JSON.stringify({ n }) }))),
      }),
    );
  const contents = async (kind: 'swipes' | 'decisions') => {
    const found: unknown[] = [];
    for await (const value of readArchive(store, kind)) found.push(value);
    return found.map((value) => JSON.stringify(value)).sort();
  };
  const store = new MemoryObjectStore();
  await put(STREAMS.swipes, 0, '0');
  const deaf = new MemoryObjectStore();
  deaf.failures = 99;
  const folder = t.testdir();
  const openCheckpoints = async () => ({
    swipes: await CheckpointFile.open(join(folder, 'swipes.json'), false),
    decisions: await CheckpointFile.open(join(folder, 'decisions.json'), false),
  });
  const archiver = await Archiver.start({ kinesis, store, logger, fileMs: 1e6, checkpoints: await openCheckpoints() });
  await put(STREAMS.swipes, 2, (2n ** 127n).toString());
  await put(STREAMS.decisions, 10, '0');
  await archiver.drain();
  t.strictSame(await contents('swipes'), ['{"n":0}', '{"n":1}', '{"n":2}', '{"n":3}']);
  t.strictSame(await contents('decisions'), ['{"n":10}', '{"n":11}']);
  const [key = ''] = store.objects.keys();
  t.match(key, new RegExp(`^(swipes|decisions)/day=${new Date().toISOString().slice(0, 7)}`));
  const before = store.objects.size;
  await archiver.stop();
  t.equal(store.objects.size, before, 'nothing is written twice');

  await put(STREAMS.decisions, 12, '0');
  // As if killed before the write: the checkpoints stay before the records that it has read.
  const killed = await Archiver.start({
    kinesis,
    store: deaf,
    logger,
    fileMs: 1e6,
    checkpoints: await openCheckpoints(),
  });
  await t.rejects(killed.drain());
  await t.rejects(killed.stop());
  const next = await Archiver.start({ kinesis, store, logger, fileMs: 1e6, checkpoints: await openCheckpoints() });
  await next.drain();
  await next.stop();
  t.strictSame(await contents('swipes'), ['{"n":0}', '{"n":1}', '{"n":2}', '{"n":3}'], 'no swipe is repeated');
  t.strictSame(
    await contents('decisions'),
    [10, 11, 12, 13].map((n) => JSON.stringify({ n })),
    'and none is missing',
  );
  await t.rejects(
    Archiver.start({ kinesis, store, logger }).then(async (second) => {
      store.failures = 99;
      await second.drain().finally(() => second.stop());
    }),
    /the bucket is away/,
  );
});

t.test('the process reports ready, drains and stops; it fails without S3', async (t) => {
  const cloud = await startTestCloud();
  t.teardown(() => cloud.stop());
  const store = new MemoryObjectStore();
  const stub = await startS3Stub(store, 'swipegate-archive');
  t.teardown(() => stub.close());
  const module = new URL('../main.js', import.meta.url);
  let answered: (message: unknown) => void = () => undefined;
  const child = await startChild({
    name: 'archiver',
    module,
    env: { ...cloud.env, AWS_ENDPOINT_URL_S3: stub.endpoint },
    onMessage: (message) => answered(message),
  });
  const drain = () =>
    new Promise<unknown>((resolve) => {
      answered = resolve;
      child.send({ type: 'drain' });
    });
  const put = (text: string) =>
    cloud.clients.kinesis.send(
      new PutRecordCommand({ StreamName: STREAMS.decisions, PartitionKey: 'k', Data: Buffer.from(text) }),
    );
  await put('{"n":1}');
  t.strictSame(await drain(), { type: 'drained' });
  t.strictSame(linesOf(store), ['{"n":1}']);
  await put('{"n":2}');
  store.failures = 99;
  t.match(await drain(), { type: 'drained', reason: /./ });
  store.failures = 0;
  t.match(await child.stop(), { code: 0 });
  t.strictSame(linesOf(store), ['{"n":1}', '{"n":2}']);
  await t.rejects(
    startChild({ name: 'archiver', module, env: { ...cloud.env, AWS_ENDPOINT_URL_S3: '' } }),
    /AWS_ENDPOINT_URL_S3 is missing/,
  );
});
