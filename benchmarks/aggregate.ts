/**
 * CPU time of the KPL's aggregated format: kinesis-producer-lite against aws-kinesis-agg, the official package, on
 * the same records of 200 bytes in the same groups of 50 KB, in turns in one thread.
 *
 * Encoder: AggregateEncoder as the producer uses it (reused slabs, remembered key slots, the aggregates of one call
 * finished together), not the convenience function aggregate(). Decoder: from the base64 of a Lambda event, as decide
 * reads it, with checksums verified; measured with and without reading each partition key, which our decoder converts
 * to a string on access. The official decoder takes one aggregate at a time. Node runs with the options of the
 * gateway and decide.
 *
 *     node benchmarks/dist/aggregate.js [--json] [--records=50000] [--rounds=7]
 */
import { createHash } from 'node:crypto';
import { gatewayNodeOptions } from '@swipegate/infra/resources';
import { Base64Memory } from '@swipegate/lambdas/decide/records/records';
import { deaggregateSync, aggregate as officialAggregate } from 'aws-kinesis-agg';
import { deaggregateAll, type KinesisRecord, type UserRecord } from 'kinesis-producer-lite/deaggregate';
import { inTurns, median, printJson, row, side } from './measure/figures.js';
import { readOptions, withNodeOptions } from './measure/options.js';
import { type KeyedRecord, SLABS, SlabEncoder } from './stand-ins/slab-encoder.js';

await withNodeOptions(gatewayNodeOptions);

const values = readOptions({ records: 50_000, rounds: 7 });
const RECORDS = values.records;
const CARDS = 5_000;
const RECORD_BYTES = 200;
/** Passes per turn: one pass of ours is too short for the resolution of the clock and the garbage collector. */
const PASSES = 10;
/** Uncounted rounds, until everything is compiled and the young generation has its final size. */
const WARM_UP = 3;
/** Required ratio and target ratio, for encoder and decoder. */
const [REACH, AIM] = [5, 20];

/**
 * Created before the clock starts. The JSON round trip makes flat strings, like those of a request, instead of V8
 * ropes.
 */
const records: readonly KeyedRecord[] = JSON.parse(
  JSON.stringify(
    Array.from({ length: RECORDS }, (_, i) => ({
      partitionKey: `demo/card-${String((i * 7_919) % CARDS).padStart(5, '0')}`,
      data: `{"n":${i},"filler":"`.padEnd(RECORD_BYTES - 2, 'x').concat('"}'),
    })),
  ),
);

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

function ofLength({ length }: readonly UserRecord[]): number {
  return length;
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

/** Only the MD5 that the format requires, one aggregate after the other. */
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

/** Records per second of CPU time, including garbage collection. `expected` is the required result of each pass. */
async function rate(
  expected: number,
  passes: number,
  pass: (turn: number) => number | Promise<number>,
): Promise<number> {
  const before = process.cpuUsage();
  for (let turn = 0; turn < passes; turn++) {
    const got = await pass(turn);
    if (got !== expected) throw new Error(`A pass returned ${got} instead of ${expected}`);
  }
  const { user, system } = process.cpuUsage(before);
  return (RECORDS * passes) / ((user + system) / 1e6);
}

/** The official encoder replaces data in its input with Buffers, so each pass needs fresh records. */
function freshInput(): KeyedRecord[][] {
  return groups.map((group) => group.map((record) => ({ ...record })));
}

const bytes = encodeOurs();
const encode = side(() => rate(bytes, PASSES, encodeOurs));
const decode = side(() => rate(RECORDS, PASSES, () => decodeOurs(ofLength)));
const decodeWithKeys = side(() => rate(RECORDS, PASSES, () => decodeOurs(withKeys)));
const encodeOfficial = side(() => {
  const inputs = Array.from({ length: PASSES }, freshInput);
  return rate(bytes, PASSES, (turn) => encodeOfficially(inputs[turn] ?? []));
});
const decodeOfficial = side(() => rate(RECORDS, PASSES, decodeOfficially));
const digest = side(() => rate(aggregates.length, PASSES, digestOnly));
const base64AndDigest = side(() => rate(aggregates.length, PASSES, base64AndDigestOnly));
// Ours runs first, so it does not pay for the garbage of the official package.
const sides = [encode, decode, decodeWithKeys, encodeOfficial, decodeOfficial, digest, base64AndDigest];
await inTurns(sides, values.rounds, WARM_UP);

const ours = median(encode.figures);
const baseline = median(encodeOfficial.figures);
const ratio = ours / baseline;
const decoderRatio = median(decode.figures) / median(decodeOfficial.figures);
const goal = `(required: ${REACH}; target: ${AIM})`;
process.stdout.write(
  [
    `aggregate: ${RECORDS} records of ${RECORD_BYTES} B, ${CARDS} keys, ${groups.length} aggregates of 50 KB,`,
    `${values.rounds} rounds; records per second of CPU time, one thread`,
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
    '',
  ].join('\n'),
);
if (values.json)
  printJson({
    name: 'aggregate',
    unit: 'records/CPU s',
    ours,
    baseline,
    ratio,
    decoderRatio,
    md5Only: median(digest.figures),
  });
