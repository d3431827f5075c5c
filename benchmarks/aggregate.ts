/**
 * CPU time of the KPL's aggregated format: kinesis-producer-lite against aws-kinesis-agg, the official package. Both
 * take the same records of 200 bytes in the same groups of 50 KB. Node runs with the options of the gateway and decide.
 *
 * Encoder: AggregateEncoder as the producer uses it, with reused slabs and key slots. Decoder: from the base64 of a
 * Lambda event, checksums verified; with and without reading each partition key, which our decoder converts to a string
 * on access. The official decoder takes one aggregate at a time.
 *
 *     node benchmarks/dist/aggregate.js [--json] [--records=50000] [--rounds=7]
 */
import { createHash } from 'node:crypto';
import { gatewayNodeOptions } from '@swipegate/infra/resources';
import { Base64Memory } from '@swipegate/lambdas/decide/records/records';
import { deaggregateSync, aggregate as officialAggregate } from 'aws-kinesis-agg';
import { deaggregateAll, type KinesisRecord, type UserRecord } from 'kinesis-producer-lite/deaggregate';
import { inTurnsApart } from './measure/apart.js';
import { cpuSeconds, median, printJson, printLines, row, side } from './measure/figures.js';
import { BENCHMARKS, readOptions, withNodeOptions } from './measure/options.js';
import { flatRecords, type KeyedRecord, SLABS, SlabEncoder } from './stand-ins/slab-encoder.js';

await withNodeOptions(gatewayNodeOptions);

const { records: RECORDS, rounds, json } = readOptions(BENCHMARKS.aggregate);
const CARDS = 5_000;
const RECORD_BYTES = 200;
/** Passes per turn: one pass of ours is too short for the resolution of the clock and the garbage collector. */
const PASSES = 10;
/** Uncounted rounds, until everything is compiled and the young generation has its final size. */
const WARM_UP = 3;
/** Required ratio and target ratio, for encoder and decoder. */
const [REACH, AIM] = [5, 20];

const records = flatRecords(RECORDS, CARDS, RECORD_BYTES);
const encoder = new SlabEncoder();
const groups: KeyedRecord[][] = [];
const aggregates: { base64: string; partitionKey: string }[] = [];
let taken = 0;
encoder.encode(records, (aggregate, partitionKey, count) => {
  groups.push(records.slice(taken, taken + count));
  aggregates.push({ base64: aggregate.toString('base64'), partitionKey });
  taken += count;
});

/** Aggregates grouped into Lambda events. */
const events = Array.from({ length: Math.ceil(aggregates.length / SLABS) }, (_, i) =>
  aggregates.slice(i * SLABS, (i + 1) * SLABS),
);

function encodeOurs(): number {
  let bytes = 0;
  encoder.encode(records, (aggregate) => {
    bytes += aggregate.length;
  });
  return bytes;
}

async function encodeOfficially(input: KeyedRecord[][]): Promise<number> {
  let bytes = 0;
  for (const group of input) {
    await new Promise<void>((resolve, reject) => {
      const each = ({ data }: { data: Buffer }, done: () => void) => {
        bytes += data.length;
        done();
      };
      officialAggregate(group, each, resolve, reject);
    });
  }
  return bytes;
}

const memory = new Base64Memory();

/** @param countOf counts the records of one aggregate */
function decodeOurs(countOf: (users: readonly UserRecord[]) => number): number {
  let count = 0;
  for (const event of events) {
    for (const users of deaggregateAll(delivered(event))) count += countOf(users);
  }
  return count;
}

function withKeys(users: readonly UserRecord[]): number {
  let count = 0;
  for (const { partitionKey } of users) count += partitionKey === '' ? 0 : 1;
  return count;
}

function delivered(event: readonly { base64: string; partitionKey: string }[]): KinesisRecord[] {
  const bytes = memory.decode(event.map(({ base64 }) => base64));
  return bytes.map((data, i) => ({ data, partitionKey: event[i]?.partitionKey ?? '' }));
}

function decodeOfficially(): number {
  let count = 0;
  for (const { base64, partitionKey } of aggregates) {
    const payload = {
      data: base64,
      partitionKey,
      sequenceNumber: '1',
      approximateArrivalTimestamp: 0,
      kinesisSchemaVersion: '1.0',
    };
    deaggregateSync(payload, true, (error, userRecords) => {
      if (error) throw error;
      count += userRecords?.length ?? 0;
    });
  }
  return count;
}

const blocks = aggregates.map(({ base64 }) => Buffer.from(base64, 'base64'));

/** Only the MD5 that the format requires. */
function digestOnly(): number {
  let count = 0;
  for (const block of blocks) count += createHash('md5').update(block).digest().length > 0 ? 1 : 0;
  return count;
}

/** Only base64 decoding and MD5, as for a Lambda event. */
function base64AndDigestOnly(): number {
  let count = 0;
  for (const { base64 } of aggregates) {
    count += createHash('md5').update(Buffer.from(base64, 'base64')).digest().length > 0 ? 1 : 0;
  }
  return count;
}

/** Records per second of CPU time. @param expected required result of each pass */
async function rate(expected: number, pass: (turn: number) => number | Promise<number>): Promise<number> {
  const seconds = await cpuSeconds(async () => {
    for (let turn = 0; turn < PASSES; turn++) {
      const got = await pass(turn);
      if (got !== expected) throw new Error(`A pass returned ${got} instead of ${expected}`);
    }
  });
  return (RECORDS * PASSES) / seconds;
}

const bytes = encodeOurs();
const encode = side(() => rate(bytes, encodeOurs));
const decode = side(() => rate(RECORDS, () => decodeOurs(({ length }) => length)));
const decodeWithKeys = side(() => rate(RECORDS, () => decodeOurs(withKeys)));
const encodeOfficial = side(() => {
  // The official encoder replaces data in its input with Buffers, so each pass needs fresh records.
  const inputs = Array.from({ length: PASSES }, () => groups.map((group) => group.map((record) => ({ ...record }))));
  return rate(bytes, (turn) => encodeOfficially(inputs[turn] ?? []));
});
const decodeOfficial = side(() => rate(RECORDS, decodeOfficially));
const digest = side(() => rate(aggregates.length, digestOnly));
const base64AndDigest = side(() => rate(aggregates.length, base64AndDigestOnly));
const sides = [encode, decode, decodeWithKeys, encodeOfficial, decodeOfficial, digest, base64AndDigest];
await inTurnsApart(sides, rounds, { warmUp: WARM_UP });

const ours = median(encode.figures);
const baseline = median(encodeOfficial.figures);
const ratio = ours / baseline;
const decoderRatio = median(decode.figures) / median(decodeOfficial.figures);
const goal = `(required: ${REACH}; target: ${AIM})`;
printLines(
  `aggregate: ${RECORDS} records of ${RECORD_BYTES} B, ${CARDS} keys, ${groups.length} aggregates of 50 KB,`,
  `${rounds} rounds; records per second of CPU time, one thread`,
  `Encoder: AggregateEncoder, reused slabs and key slots, ${SLABS} sealed together`,
  row('ours', encode.figures, 'records/s'),
  row('aws-kinesis-agg', encodeOfficial.figures, 'records/s'),
  `  ratio ${ratio.toFixed(2)} ${goal}`,
  `Decoder: from base64, ${SLABS} aggregates per event, checksums verified`,
  row('ours', decode.figures, 'records/s'),
  row('ours, keys read', decodeWithKeys.figures, 'records/s'),
  row('aws-kinesis-agg', decodeOfficial.figures, 'records/s'),
  `  ratio ${decoderRatio.toFixed(2)} ${goal}`,
  'Minimum work of the format, with Node’s own functions, one after the other',
  row('MD5', digest.figures, 'records/s'),
  row('base64 and MD5', base64AndDigest.figures, 'records/s'),
);
const md5Only = median(digest.figures);
if (json) printJson({ name: 'aggregate', unit: 'records/CPU s', ours, baseline, ratio, decoderRatio, md5Only });
