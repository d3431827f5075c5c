/**
 * Compares the throughput of kinesis-producer-lite with that of plain PutRecords calls through the AWS SDK. Records have
 * 200 bytes; a plain call has 500 of them. Both take turns on one emulator (kinesalite, in its own process).
 *
 *     node benchmarks/dist/producer.js [--json] [--records=60000] [--rounds=3]
 */
import {
  CreateStreamCommand,
  DescribeStreamSummaryCommand,
  KinesisClient,
  PutRecordsCommand,
} from '@aws-sdk/client-kinesis';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { startChild } from '@swipegate/infra/local/processes/child';
import { type KinesisConnection, KinesisProducer, ProducerError } from 'kinesis-producer-lite';
import { inTurns, median, printJson, side } from './measure/figures.js';
import { BENCHMARKS, readOptions } from './measure/options.js';
import { flatRecords } from './stand-ins/slab-encoder.js';

const { records: RECORDS, rounds, json } = readOptions(BENCHMARKS.producer);
const SHARDS = 4;
const CARDS = 5_000;
const RECORD_BYTES = 200;
/** Maximum of a PutRecords call. */
const CALL_RECORDS = 500;
/**
 * Plain calls in flight. They do not keep the order of records. A caller that needs the order could have only one record
 * per shard in flight.
 */
const PLAIN_CALLS = 8;

const records = flatRecords(RECORDS, CARDS, RECORD_BYTES);

async function startEmulator() {
  const child = await startChild({
    name: 'kinesis',
    module: new URL(import.meta.resolve('@swipegate/infra/local/emulators/kinesis')),
  });
  const connection: KinesisConnection = {
    region: 'us-east-1',
    endpoint: String(child.ready['endpoint']),
    credentials: { accessKeyId: 'bench', secretAccessKey: 'bench' },
  };
  const client = new KinesisClient({ ...connection, requestHandler: new NodeHttpHandler({}) });
  return {
    connection,
    client,
    async newStream(name: string) {
      await client.send(new CreateStreamCommand({ StreamName: name, ShardCount: SHARDS }));
      for (;;) {
        const summary = await client.send(new DescribeStreamSummaryCommand({ StreamName: name }));
        if (summary.StreamDescriptionSummary?.StreamStatus === 'ACTIVE') return;
      }
    },
    async stop() {
      client.destroy();
      await child.kill();
    },
  };
}

/** Runs `work` on all records. @returns records/s */
async function rate(work: () => Promise<void> | void): Promise<number> {
  const start = performance.now();
  await work();
  return RECORDS / ((performance.now() - start) / 1_000);
}

async function throughProducer(producer: KinesisProducer): Promise<void> {
  const waiting = new Set<Promise<unknown>>();
  for (const { partitionKey, data } of records) {
    for (;;) {
      try {
        waiting.add(producer.put(partitionKey, data));
        break;
      } catch (error) {
        if (!(error instanceof ProducerError) || error.code !== 'BUFFER_FULL') throw error;
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
  }
  await Promise.all(waiting);
}

async function throughPutRecords(client: KinesisClient, streamName: string): Promise<void> {
  let next = 0;
  const sender = async () => {
    while (next < RECORDS) {
      const from = next;
      next += CALL_RECORDS;
      const entries = records
        .slice(from, next)
        .map(({ partitionKey, data }) => ({ PartitionKey: partitionKey, Data: Buffer.from(data) }));
      const output = await client.send(new PutRecordsCommand({ StreamName: streamName, Records: entries }));
      if (output.FailedRecordCount !== 0) throw new Error('a record was refused');
    }
  };
  await Promise.all(Array.from({ length: PLAIN_CALLS }, sender));
}

function line(name: string, figures: readonly number[]): string {
  const rounds = figures.map((figure) => `${Math.round(figure / 1_000)}k`).join(' ');
  const middle = Math.round(median(figures)).toLocaleString('en');
  return `  ${name.padEnd(29)}${middle.padStart(11)} records/s  (${rounds})`;
}

const emulator = await startEmulator();
try {
  let streams = 0;
  let aggregationRatio = 0;
  const newStream = async () => {
    streams += 1;
    await emulator.newStream(`stream-${streams}`);
    return `stream-${streams}`;
  };
  const aggregated = side(async () => {
    const producer = await KinesisProducer.start({ streamName: await newStream(), client: emulator.connection });
    const perSecond = await rate(() => throughProducer(producer));
    const { userRecords, ...metrics } = producer.metrics();
    if (userRecords !== RECORDS) throw new Error(`${userRecords} of ${RECORDS} records were stored`);
    aggregationRatio = metrics.aggregationRatio;
    await producer.close();
    return perSecond;
  });
  const plain = side(async () => {
    const name = await newStream();
    return rate(() => throughPutRecords(emulator.client, name));
  });
  await inTurns([aggregated, plain], rounds);
  console.log(`${RECORDS} records of ${RECORD_BYTES} B, ${CARDS} keys, ${SHARDS} shards, kinesalite over HTTP;`);
  console.log(`${Math.round(aggregationRatio)} records per Kinesis record when aggregated`);
  const ours = Math.round(median(aggregated.figures));
  const baseline = Math.round(median(plain.figures));
  console.log('\nStored and acknowledged');
  console.log(line('kinesis-producer-lite', aggregated.figures));
  console.log(line(`SDK, 500 per call, ${PLAIN_CALLS} in flight`, plain.figures));
  console.log(`  ratio ${(ours / baseline).toFixed(1)}`);
  if (json) printJson({ name: 'producer', unit: 'records/s', ours, baseline, ratio: ours / baseline });
} finally {
  await emulator.stop();
}
