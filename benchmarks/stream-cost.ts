/**
 * Capacity and cost of the `swipes` stream. Our encoder aggregates the gateway's records into full Kinesis records of
 * at most 50 KB, as under load. The baseline is one Kinesis record per swipe. Counted, not timed.
 *
 *     node benchmarks/dist/stream-cost.js [--json]
 */
import type { Swipe } from '@swipegate/contract';
import { Account } from '@swipegate/gateway/auth/account';
import { SWIPE_ITEMS } from '@swipegate/gateway/intake/item-kinds';
import { Rejection } from '@swipegate/gateway/intake/rejection';
import { printJson, printLines, round } from './measure/figures.js';
import { BENCHMARKS, readOptions } from './measure/options.js';
import { type KeyedRecord, SlabEncoder } from './stand-ins/slab-encoder.js';

const values = readOptions(BENCHMARKS['stream-cost']);
const SWIPES = 100_000;
const CARDS = 5_000;
const READERS = 24;
const BILLION = 1e9;
const KIB = 1_024;
const REQUIRED = 5_000;

/** Limits of a provisioned shard per second; partition keys count as bytes. */
const SHARD = { bytes: KIB * KIB, records: 1_000 };

/** List prices, US dollars, us-east-1, as of 2026-11: aws.amazon.com/kinesis/data-streams/pricing */
const PRICE = { shardHour: 0.015, putUnit: 0.014 / 1e6, onDemandGb: 0.08 };
/** A PUT payload unit is 25 KB of a record or part thereof; on demand, each record is rounded up to 1 KB. */
const PUT_UNIT_BYTES = 25 * KIB;
const ON_DEMAND_BYTES = KIB;

function swipeRecords(): KeyedRecord[] {
  const at = Date.UTC(2026, 10, 24, 8);
  return Array.from({ length: SWIPES }, (_, i): KeyedRecord => {
    const readerId = `hq-north-in-${(i % READERS) + 1}`;
    const principal = {
      keyId: `key-${readerId}`,
      tenantId: 'demo',
      role: 'reader' as const,
      readerIds: new Set([readerId]),
      endsMs: Number.POSITIVE_INFINITY,
      account: new Account(),
    };
    const posted: Swipe = {
      swipeId: `0193a1d2-7c1e-7000-8000-${i.toString(16).padStart(12, '0')}`,
      readerId,
      cardId: `card-${String((i * 7_919) % CARDS).padStart(5, '0')}`,
      readAt: new Date(at + i).toISOString(),
    };
    const swipe = SWIPE_ITEMS.read(posted, principal);
    if (swipe instanceof Rejection) throw new Error(`The swipe is not valid: ${swipe.field} ${swipe.reason}`);
    const ms = at + i + 60;
    const encoder = SWIPE_ITEMS.encoder(principal, ms);
    return { partitionKey: encoder.partitionKey(swipe), data: encoder.record(swipe) };
  });
}

/** Sizes of the Kinesis records: data and partition key. */
function plain(records: readonly KeyedRecord[]): number[] {
  return records.map(({ partitionKey, data }) => Buffer.byteLength(data) + Buffer.byteLength(partitionKey));
}

function aggregated(records: readonly KeyedRecord[]): number[] {
  const recordBytes: number[] = [];
  new SlabEncoder().encode(records, (aggregate, firstKey) => {
    recordBytes.push(aggregate.length + Buffer.byteLength(firstKey));
  });
  return recordBytes;
}

/** Figures of a stream that carries {@link SWIPES} swipes in these Kinesis records. */
function cost(recordBytes: readonly number[]) {
  const sum = (of: (bytes: number) => number) => recordBytes.reduce((total, bytes) => total + of(bytes), 0);
  const bytesPerSwipe = sum((bytes) => bytes) / SWIPES;
  const recordsPerSwipe = recordBytes.length / SWIPES;
  const perShardSecond = Math.min(SHARD.bytes / bytesPerSwipe, SHARD.records / recordsPerSwipe);
  const shardHours = BILLION / perShardSecond / 3_600;
  const putUnits = (sum((bytes) => Math.ceil(bytes / PUT_UNIT_BYTES)) / SWIPES) * BILLION;
  const onDemandBytes = (sum((bytes) => Math.ceil(bytes / ON_DEMAND_BYTES) * ON_DEMAND_BYTES) / SWIPES) * BILLION;
  return {
    bytesPer1000: bytesPerSwipe * 1_000,
    recordsPer1000: recordsPerSwipe * 1_000,
    perShardSecond,
    provisionedDollars: shardHours * PRICE.shardHour + putUnits * PRICE.putUnit,
    onDemandDollars: (onDemandBytes / KIB ** 3) * PRICE.onDemandGb,
  };
}

const records = swipeRecords();
const ours = cost(aggregated(records));
const baseline = cost(plain(records));
const ratio = ours.perShardSecond / baseline.perShardSecond;

function line(label: string, name: keyof typeof ours, unit = ''): string {
  const [a, b] = [ours[name], baseline[name]];
  const factor = a < b ? b / a : a / b;
  const cells = [a, b].map((figure) => `${unit}${round(figure)}`.padStart(13)).join('');
  return `  ${label.padEnd(34)}${cells}   ${factor.toFixed(1)} x`;
}

printLines(
  `stream-cost: ${SWIPES} swipes of ${CARDS} cards, ${round(Buffer.byteLength(records[0]?.data ?? ''))} B per record`,
  `  ${''.padEnd(34)}${'aggregated'.padStart(13)}${'plain'.padStart(13)}`,
  line('bytes per 1,000 swipes', 'bytesPer1000'),
  line('Kinesis records per 1,000 swipes', 'recordsPer1000'),
  line('swipes per shard-second', 'perShardSecond'),
  line('a billion swipes, provisioned', 'provisionedDollars', '$'),
  line('a billion swipes, on demand', 'onDemandDollars', '$'),
  `  required: ${REQUIRED.toLocaleString('en')} swipes per shard-second`,
  'A shard takes 1 MiB/s and 1,000 records/s. Provisioned: shard-hours at full',
  'use, and PUT payload units of 25 KB. On demand: GB in, each record rounded up',
  'to 1 KB, without the hourly charge per stream. List prices, us-east-1, 2026-11,',
  'from aws.amazon.com/kinesis/data-streams/pricing: $0.015 per shard-hour,',
  '$0.014 per million PUT payload units, $0.08 per GB in.',
);
if (values.json) {
  printJson({
    name: 'stream-cost',
    unit: 'swipes/shard-second',
    ours: ours.perShardSecond,
    baseline: baseline.perShardSecond,
    ratio,
    bytesPer1000: ours.bytesPer1000,
    provisionedDollarsPerBillion: ours.provisionedDollars,
    onDemandDollarsPerBillion: ours.onDemandDollars,
    plainProvisionedDollarsPerBillion: baseline.provisionedDollars,
    plainOnDemandDollarsPerBillion: baseline.onDemandDollars,
  });
}
