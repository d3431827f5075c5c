/**
 * How many records of 200 bytes a second reach Kinesis: kinesis-producer-lite against plain PutRecords calls of 500
 * through the AWS SDK, on the same emulator (kinesalite, in a process of its own), turn by turn; and the bare encoder
 * against aws-kinesis-agg, the official one.
 *
 *     node dist/benchmarks/producer.js [--json] [--records=60000] [--rounds=3]
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import {
  CreateStreamCommand,
  DescribeStreamSummaryCommand,
  KinesisClient,
  PutRecordsCommand,
} from '@aws-sdk/client-kinesis';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { aggregate as officialAggregate } from 'aws-kinesis-agg';
import { aggregate, deaggregate, type KinesisConnection, KinesisProducer, ProducerError } from 'kinesis-producer-lite';

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    records: { type: 'string', default: '60000' },
    rounds: { type: 'string', default: '3' },
  },
});
const RECORDS = Number(values.records);
const ROUNDS = Number(values.rounds);
const SHARDS = 4;
const CARDS = 5_000;
const RECORD_BYTES = 200;
/** PutRecords takes no more. */
const CALL_RECORDS = 500;
/** Plain calls in flight. They keep no order: a caller who needs it could have but one record a shard in flight. */
const PLAIN_CALLS = 8;

interface BenchRecord {
  partitionKey: string;
  data: string;
}

const cards = Array.from({ length: CARDS }, (_, i) => `card-${String(i).padStart(6, '0')}`);

/** Made before any clock starts. Through JSON, so that the strings are flat as a request's are, and not V8's ropes. */
const records: readonly BenchRecord[] = JSON.parse(
  JSON.stringify(
    Array.from({ length: RECORDS }, (_, i) => ({
      partitionKey: cards[(i * 7_919) % CARDS],
      data: `{"n":${i},"filler":"`.padEnd(RECORD_BYTES, 'x'),
    })),
  ),
);

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  return typeof address === 'object' && address ? address.port : 0;
}

interface Emulator {
  connection: KinesisConnection;
  client: KinesisClient;
  newStream(name: string): Promise<void>;
  stop(): void;
}

async function startEmulator(): Promise<Emulator> {
  const port = await freePort();
  const cli = fileURLToPath(import.meta.resolve('kinesalite/cli.js'));
  const flags = ['--port', String(port), '--createStreamMs', '0', '--shardLimit', '1000'];
  const child = fork(cli, flags, { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
  if (child.stdout) await once(child.stdout, 'data');
  const connection: KinesisConnection = {
    region: 'us-east-1',
    endpoint: `http://127.0.0.1:${port}`,
    credentials: { accessKeyId: 'bench', secretAccessKey: 'bench' },
  };
  const client = new KinesisClient({ ...connection, requestHandler: new NodeHttpHandler({}) });
  return {
    connection,
    client,
    async newStream(name) {
      await client.send(new CreateStreamCommand({ StreamName: name, ShardCount: SHARDS }));
      for (;;) {
        const summary = await client.send(new DescribeStreamSummaryCommand({ StreamName: name }));
        if (summary.StreamDescriptionSummary?.StreamStatus === 'ACTIVE') return;
      }
    },
    stop() {
      client.destroy();
      child.kill();
    },
  };
}

/** Times `work` on all records, and returns records a second. */
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

/** What fits into the 50 KB of one aggregate. */
const PER_AGGREGATE = 220;

const chunks = Array.from({ length: Math.ceil(RECORDS / PER_AGGREGATE) }, (_, i) =>
  records.slice(i * PER_AGGREGATE, (i + 1) * PER_AGGREGATE),
);

function encodeOfficially(chunk: readonly BenchRecord[]): Promise<void> {
  const input = chunk.map(({ partitionKey, data }) => ({ partitionKey, data: Buffer.from(data) }));
  return new Promise((resolve, reject) => {
    officialAggregate(input, (_encoded, done) => done(), resolve, reject);
  });
}

function median(figures: readonly number[]): number {
  return figures.toSorted((a, b) => a - b)[figures.length >> 1] ?? 0;
}

function line(name: string, figures: readonly number[]): string {
  const rounds = figures.map((figure) => `${Math.round(figure / 1_000)}k`).join(' ');
  const middle = Math.round(median(figures)).toLocaleString('en');
  return `  ${name.padEnd(29)}${middle.padStart(11)} records/s  (${rounds})`;
}

const emulator = await startEmulator();
try {
  const producerRates: number[] = [];
  const plainRates: number[] = [];
  const encoderRates: number[] = [];
  const officialRates: number[] = [];
  // Round 0 warms both sides up and is not counted.
  for (let round = 0; round <= ROUNDS; round++) {
    await emulator.newStream(`producer-${round}`);
    const producer = await KinesisProducer.start({
      streamName: `producer-${round}`,
      client: emulator.connection,
    });
    const producerRate = await rate(() => throughProducer(producer));
    const { userRecords, aggregationRatio } = producer.metrics();
    if (userRecords !== RECORDS) throw new Error(`${userRecords} of ${RECORDS} records were stored`);
    await producer.close();

    await emulator.newStream(`plain-${round}`);
    const plainRate = await rate(() => throughPutRecords(emulator.client, `plain-${round}`));

    const encoderRate = await rate(() => {
      for (const chunk of chunks) aggregate(chunk);
    });
    const officialRate = await rate(async () => {
      for (const chunk of chunks) await encodeOfficially(chunk);
    });

    if (round === 0) {
      for (const chunk of chunks) {
        if (deaggregate(aggregate(chunk), '').length !== chunk.length) throw new Error('the encoder loses records');
      }
      console.log(`${RECORDS} records of ${RECORD_BYTES} B, ${CARDS} keys, ${SHARDS} shards, kinesalite over HTTP;`);
      console.log(`${Math.round(aggregationRatio)} records to a Kinesis record when aggregated`);
      continue;
    }
    producerRates.push(producerRate);
    plainRates.push(plainRate);
    encoderRates.push(encoderRate);
    officialRates.push(officialRate);
  }
  const ours = Math.round(median(producerRates));
  const baseline = Math.round(median(plainRates));
  console.log('\nStored and acknowledged');
  console.log(line('kinesis-producer-lite', producerRates));
  console.log(line(`SDK, 500 a call, ${PLAIN_CALLS} in flight`, plainRates));
  console.log(`  ratio ${(ours / baseline).toFixed(1)}`);
  console.log('\nEncoded only, one thread');
  console.log(line('kinesis-producer-lite', encoderRates));
  console.log(line('aws-kinesis-agg', officialRates));
  console.log(`  ratio ${(median(encoderRates) / median(officialRates)).toFixed(1)}`);
  if (values.json) {
    const ratio = Number((ours / baseline).toFixed(2));
    console.log(JSON.stringify({ name: 'producer', unit: 'records/s', ours, baseline, ratio }));
  }
} finally {
  emulator.stop();
}
