/**
 * Compares the throughput of kinesis-producer-lite with that of plain PutRecords calls through the AWS SDK. Records have
 * 200 bytes; a plain call has 500 of them. Both take turns on one emulator (kinesalite, in its own process), and then on a
 * stand-in that stores nothing: over TLS, as on AWS, and the producer over plain HTTP as well.
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
import { inTurnsApart } from './measure/apart.js';
import { median, printJson, side } from './measure/figures.js';
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

/** The stand-in is faster than kinesalite: this many times the records, so that a round takes as long. */
const TLS_TIMES = 5;

const records = flatRecords(RECORDS, CARDS, RECORD_BYTES);

function connectionTo(endpoint: string): KinesisConnection {
  return {
    region: 'us-east-1',
    endpoint,
    credentials: { accessKeyId: 'bench', secretAccessKey: 'bench' },
  };
}

/** Stream of the stand-ins. */
const STREAM = 'swipes';

/** Servers that the sides share. */
interface Endpoints {
  /** kinesalite, in a process of its own. */
  emulator: string;
  /** Stand-ins that store nothing. The SDK speaks HTTP/2 with the first one, its default. */
  tlsSink: string;
  sink: string;
}

const ENDPOINTS = 'BENCHMARK_ENDPOINTS';

async function startServers(): Promise<{ endpoints: Endpoints; stop(): Promise<void> }> {
  const sink = (tls: boolean) =>
    startChild({
      name: tls ? 'tls-sink' : 'sink',
      module: new URL('./stand-ins/kinesis-sink-main.js', import.meta.url),
      args: [JSON.stringify({ tls, streams: { [STREAM]: SHARDS } })],
    });
  const kinesis = startChild({
    name: 'kinesis',
    module: new URL(import.meta.resolve('@swipegate/infra/local/emulators/kinesis')),
  });
  const children = await Promise.all([kinesis, sink(true), sink(false)]);
  const [emulator, tlsSink, plainSink] = children.map(({ ready }) => String(ready['endpoint']));
  return {
    endpoints: { emulator: emulator ?? '', tlsSink: tlsSink ?? '', sink: plainSink ?? '' },
    async stop() {
      await Promise.all(children.map((child) => child.kill()));
    },
  };
}

/** @param overHttp for the emulator, which has no HTTP/2 */
function clientOf(endpoint: string, overHttp = false): KinesisClient {
  return new KinesisClient({
    ...connectionTo(endpoint),
    ...(overHttp ? { requestHandler: new NodeHttpHandler({}) } : {}),
  });
}

let streams = 0;

/** A stream of the emulator that only one round of one side uses. */
async function newStream(client: KinesisClient): Promise<string> {
  streams += 1;
  const name = `stream-${process.pid}-${streams}`;
  await client.send(new CreateStreamCommand({ StreamName: name, ShardCount: SHARDS }));
  for (;;) {
    const summary = await client.send(new DescribeStreamSummaryCommand({ StreamName: name }));
    if (summary.StreamDescriptionSummary?.StreamStatus === 'ACTIVE') return name;
  }
}

/** Runs `work` on all records, `times` times. @returns records/s */
async function rate(work: () => Promise<void> | void, times = 1): Promise<number> {
  const start = performance.now();
  await work();
  return (times * RECORDS) / ((performance.now() - start) / 1_000);
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

/** Sends all records `times` times with a new producer. @returns records/s */
async function producerRate(streamName: string, client: KinesisConnection, times = 1): Promise<number> {
  const producer = await KinesisProducer.start({ streamName, client });
  const perSecond = await rate(async () => {
    for (let i = 0; i < times; i++) await throughProducer(producer);
  }, times);
  const { userRecords } = producer.metrics();
  if (userRecords !== times * RECORDS) throw new Error(`${userRecords} of ${times * RECORDS} records were stored`);
  await producer.close();
  return perSecond;
}

// The stand-in's certificate is self-signed.
process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
const given = process.env[ENDPOINTS];
const started = given === undefined ? await startServers() : undefined;
const { emulator, tlsSink, sink }: Endpoints = started?.endpoints ?? JSON.parse(given ?? '{}');
const [emulatorClient, tlsClient] = [clientOf(emulator, true), clientOf(tlsSink)];
try {
  const aggregated = side(async () => producerRate(await newStream(emulatorClient), connectionTo(emulator)));
  const plain = side(async () => {
    const name = await newStream(emulatorClient);
    return rate(() => throughPutRecords(emulatorClient, name));
  });
  const overTls = side(() => producerRate(STREAM, connectionTo(tlsSink), TLS_TIMES));
  const overHttp = side(() => producerRate(STREAM, connectionTo(sink), TLS_TIMES));
  const plainOverTls = side(() => rate(() => throughPutRecords(tlsClient, STREAM)));
  await inTurnsApart([aggregated, plain, overTls, overHttp, plainOverTls], rounds, {
    env: { [ENDPOINTS]: JSON.stringify({ emulator, tlsSink, sink }) },
  });
  console.log(`${RECORDS} records of ${RECORD_BYTES} B, ${CARDS} keys, ${SHARDS} shards, kinesalite over HTTP`);
  const ours = Math.round(median(aggregated.figures));
  const baseline = Math.round(median(plain.figures));
  console.log('\nStored and acknowledged');
  console.log(line('kinesis-producer-lite', aggregated.figures));
  console.log(line(`SDK, 500 per call, ${PLAIN_CALLS} in flight`, plain.figures));
  console.log(`  ratio ${(ours / baseline).toFixed(1)}`);
  const [tls, http] = [median(overTls.figures), median(overHttp.figures)];
  const tlsRatio = tls / median(plainOverTls.figures);
  console.log(`\nTo a stand-in that stores nothing, ${TLS_TIMES * RECORDS} records a round`);
  console.log(line('kinesis-producer-lite, TLS', overTls.figures));
  console.log(line('kinesis-producer-lite, HTTP', overHttp.figures));
  console.log(line('SDK, TLS (HTTP/2)', plainOverTls.figures));
  console.log(`  ratio over TLS ${tlsRatio.toFixed(1)}; TLS to HTTP ${(tls / http).toFixed(2)}`);
  if (json) {
    const overTlsToHttp = tls / http;
    printJson({ name: 'producer', unit: 'records/s', ours, baseline, ratio: ours / baseline, tlsRatio, overTlsToHttp });
  }
} finally {
  emulatorClient.destroy();
  tlsClient.destroy();
  await started?.stop();
}
