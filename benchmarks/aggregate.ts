/**
 * CPU time of the KPL's aggregated format: kinesis-producer-lite against aws-kinesis-agg, the official package, on the
 * same records of 200 bytes in the same groups of 50 KB, turn by turn in one thread.
 *
 * Encoder: AggregateEncoder as the producer uses it (slabs used again, remembered key slots, those of one call finished
 * together), not the convenience aggregate(). Decoder: from the base64 of a Lambda's event, as decide reads it, checksums verified;
 * once without and once with a look at each record's partition key, which ours makes a string when it is asked for. The official
 * one knows one aggregate at a time. Node has the options that it has in the gateway and in decide.
 *
 *     node benchmarks/dist/aggregate.js [--json] [--records=50000] [--rounds=7]
 */
import { createHash } from 'node:crypto';
import { gatewayNodeOptions } from '@swipegate/infra/resources';
import { Base64Memory } from '@swipegate/lambdas/decide/records/base64-memory';
import { deaggregateSync, aggregate as officialAggregate } from 'aws-kinesis-agg';
import { deaggregateAll, type KinesisRecord, type UserRecord } from 'kinesis-producer-lite/deaggregate';
import { median, printJson, row } from './measure/figures.js';
import { withNodeOptions } from './measure/node-options.js';
import { readOptions } from './measure/options.js';
import { type KeyedRecord, SLABS, SlabEncoder } from './stand-ins/slab-encoder.js';

await withNodeOptions(gatewayNodeOptions);

const values = readOptions({ records: 50_000, rounds: 7 });
const RECORDS = values.records;
const CARDS = 5_000;
const RECORD_BYTES = 200;
/** Passes a turn: ours is short against the clock's and the garbage collector's grain. */
const PASSES = 10;
/** Rounds that are not counted: until all is compiled, and the young generation has its size. */
const WARM_UP = 3;
/** Encoder and decoder alike: to be reached, and aimed at. */
const [REACH, AIM] = [5, 20];

/** Made before any clock starts. Through JSON, so that the strings are flat as a request's are, and not V8's ropes. */
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

/** What a Lambda is given at once. */
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

/** @param countOf how many records there are in those of one aggregate */
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

/** The MD5 that the format demands, of one aggregate after the other. */
function digestOnly(): number {
  let count = 0;
  for (const block of blocks) count += createHash('md5').update(block).digest().length > 0 ? 1 : 0;
  return count;
}

/** The same for whoever reads it out of a Lambda's event. */
function base64AndDigestOnly(): number {
  let count = 0;
  for (const { base64 } of aggregates) {
    count += createHash('md5').update(Buffer.from(base64, 'base64')).digest().length > 0 ? 1 : 0;
  }
  return count;
}

/** Records a second of CPU time, garbage collection included. `expected` is what each pass must come to. */
async function rate(
  expected: number,
  passes: number,
  pass: (turn: number) => number | Promise<number>,
): Promise<number> {
  const before = process.cpuUsage();
  for (let turn = 0; turn < passes; turn++) {
    const got = await pass(turn);
    if (got !== expected) throw new Error(`A pass came to ${got}, not ${expected}`);
  }
  const { user, system } = process.cpuUsage(before);
  return (RECORDS * passes) / ((user + system) / 1e6);
}

/** The official encoder puts Buffers into the records it is given, so each pass needs records of its own. */
function freshInput(): KeyedRecord[][] {
  return groups.map((group) => group.map((record) => ({ ...record })));
}

const bytes = encodeOurs();
type Side = 'encode' | 'encodeOfficial' | 'decode' | 'decodeWithKeys' | 'decodeOfficial' | 'digest' | 'base64AndDigest';
const figures: Record<Side, number[]> = {
  encode: [],
  encodeOfficial: [],
  decode: [],
  decodeWithKeys: [],
  decodeOfficial: [],
  digest: [],
  base64AndDigest: [],
};
// Ours before the official ones, so that nobody pays for collecting the garbage that those leave but those.
for (let round = -WARM_UP; round < values.rounds; round++) {
  const encode = await rate(bytes, PASSES, encodeOurs);
  const decode = await rate(RECORDS, PASSES, () => decodeOurs(ofLength));
  const decodeWithKeys = await rate(RECORDS, PASSES, () => decodeOurs(withKeys));
  const inputs = Array.from({ length: PASSES }, freshInput);
  const encodeOfficial = await rate(bytes, PASSES, (turn) => encodeOfficially(inputs[turn] ?? []));
  inputs.length = 0;
  const decodeOfficial = await rate(RECORDS, PASSES, decodeOfficially);
  const digest = await rate(aggregates.length, PASSES, digestOnly);
  const base64AndDigest = await rate(aggregates.length, PASSES, base64AndDigestOnly);
  if (round < 0) continue;
  figures.encode.push(encode);
  figures.encodeOfficial.push(encodeOfficial);
  figures.decode.push(decode);
  figures.decodeWithKeys.push(decodeWithKeys);
  figures.decodeOfficial.push(decodeOfficial);
  figures.digest.push(digest);
  figures.base64AndDigest.push(base64AndDigest);
}

const ours = median(figures.encode);
const baseline = median(figures.encodeOfficial);
const ratio = ours / baseline;
const decoderRatio = median(figures.decode) / median(figures.decodeOfficial);
const digest = median(figures.digest);
const goal = `(to reach: ${REACH}; aim: ${AIM})`;
process.stdout.write(
  [
    `aggregate: ${RECORDS} records of ${RECORD_BYTES} B, ${CARDS} keys, ${groups.length} aggregates of 50 KB,`,
    `${values.rounds} rounds; records a second of CPU time, one thread`,
    `Encoder: AggregateEncoder, slabs used again, key slots kept, ${SLABS} sealed together`,
    row('ours', figures.encode, 'records/s'),
    row('aws-kinesis-agg', figures.encodeOfficial, 'records/s'),
    `  ratio ${ratio.toFixed(2)} ${goal}`,
    `Decoder: from base64, ${SLABS} aggregates an event, checksums verified`,
    row('ours', figures.decode, 'records/s'),
    row('ours, keys read', figures.decodeWithKeys, 'records/s'),
    row('aws-kinesis-agg', figures.decodeOfficial, 'records/s'),
    `  ratio ${decoderRatio.toFixed(2)} ${goal}`,
    'What the format demands, alone, by Node’s own means and one after the other',
    row('MD5', figures.digest, 'records/s'),
    row('base64 and MD5', figures.base64AndDigest, 'records/s'),
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
    md5Only: digest,
  });
