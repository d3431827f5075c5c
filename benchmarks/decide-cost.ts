/**
 * Counts what a decision costs in DynamoDB: capacity units per swipe, row by row as AWS charges them, in batches of
 * 100, 1,000 and 10,000. Measures no time. The baseline decides one swipe at a time, without batches or cache: it
 * reads card, presence, cardholder, reader, zone, schedule and access level. Then it writes the same rows as decide:
 * presence, conditionally, and the decision with its indexes.
 *
 *     node benchmarks/dist/decide-cost.js [--json]
 */

import { printJson, printLines } from './measure/figures.js';
import { BENCHMARKS, readOptions } from './measure/options.js';
import { CapacityMeter } from './stand-ins/capacity-meter.js';
import { decideAtSdkEdge } from './stand-ins/decide-at-sdk-edge.js';

const values = readOptions(BENCHMARKS['decide-cost']);
const BATCHES = [100, 1_000, 10_000];
const MAIN_BATCH = 1_000;
const SWIPES = 20_000;

/** US dollars per million request units, us-east-1, 2026-11: aws.amazon.com/dynamodb/pricing/on-demand */
const PRICE = { read: 0.125, write: 0.625 };
/** Card, presence, cardholder, reader, zone, schedule, access level: each below 4 KB. */
const BASELINE_READS = 7;

interface Cost {
  reads: number;
  writes: number;
  /** Write units per swipe, by table or index. */
  writesBy: Map<string, number>;
  dollars: number;
}

async function costOf(batch: number): Promise<Cost> {
  const decide = await decideAtSdkEdge();
  // Everyone enters and leaves once first, so that the rows have their usual content.
  for (let n = 0; n < 2; n++) await decide.invoke(decide.nextEvent(5_000));
  const meter = new CapacityMeter();
  decide.dynamodb.meter = meter;
  for (let n = 0; n < SWIPES / batch; n++) await decide.invoke(decide.nextEvent(batch));
  const reads = meter.readUnits / SWIPES;
  const writes = meter.writeUnits / SWIPES;
  const writesBy = new Map(Array.from(meter.writesBy, ([name, units]) => [name, units / SWIPES]));
  return { reads, writes, writesBy, dollars: dollars(reads, writes) };
}

function dollars(reads: number, writes: number): number {
  return reads * PRICE.read + writes * PRICE.write;
}

const costs = new Map<number, Cost>();
for (const batch of BATCHES) costs.set(batch, await costOf(batch));
const main = costs.get(MAIN_BATCH);
if (main === undefined) throw new Error('The main batch was not measured');
// The baseline makes the same writes as ours: the decision and presence, each with its indexes.
const baselineDollars = dollars(BASELINE_READS, main.writes);
const ratio = baselineDollars / main.dollars;

const line = (name: string, reads: string, writes: string, price: string) =>
  `  ${name.padEnd(26)}${reads.padStart(10)}${writes.padStart(10)}${price.padStart(20)}`;
printLines(
  'decide-cost: DynamoDB units per swipe, and dollars per million decisions, on demand',
  line('', 'reads', 'writes', '$ per million'),
  ...Array.from(costs, ([batch, cost]) =>
    line(
      `batches of ${batch.toLocaleString('en')}`,
      cost.reads.toFixed(2),
      cost.writes.toFixed(2),
      cost.dollars.toFixed(2),
    ),
  ),
  line('one at a time, no cache', BASELINE_READS.toFixed(2), main.writes.toFixed(2), baselineDollars.toFixed(2)),
  `  ratio ${ratio.toFixed(2)}, one at a time over batches of ${MAIN_BATCH.toLocaleString('en')}`,
  `Where the writes go (batches of ${MAIN_BATCH.toLocaleString('en')})`,
  ...Array.from(main.writesBy, ([name, units]) => line(name.replace('swipegate-', ''), '', units.toFixed(2), '')),
  `List prices of us-east-1 as of 2026-11, aws.amazon.com/dynamodb/pricing/on-demand:`,
  `$${PRICE.write} per million write request units, $${PRICE.read} per million read request units.`,
);
if (values.json) {
  printJson({
    name: 'decide-cost',
    unit: '$/million decisions',
    ours: main.dollars,
    baseline: baselineDollars,
    ratio,
    readsPerSwipe: main.reads,
    writesPerSwipe: main.writes,
  });
}
