/**
 * CPU time per swipe of the whole decide function: de-aggregation, validation, rules, rows built and read, decisions
 * published. Stand-ins answer for DynamoDB and Kinesis from memory, before the SDK serialises anything. Node runs
 * with its options on AWS. The baseline is the minimum of any consumer: de-aggregate the same records and parse them.
 *
 *     node benchmarks/dist/decide-cpu.js [--json] [--swipes=60000] [--rounds=5]
 */

import { jsonIn } from '@swipegate/contract';
import { decideNodeOptions } from '@swipegate/infra/resources';
import type { KinesisStreamEvent } from 'aws-lambda';
import { deaggregate } from 'kinesis-producer-lite/deaggregate';
import { inTurnsApart } from './measure/apart.js';
import { cpuSeconds, median, printJson, printLines, round, row, side } from './measure/figures.js';
import { BENCHMARKS, readOptions, withNodeOptions } from './measure/options.js';
import { decideAtSdkEdge } from './stand-ins/decide-at-sdk-edge.js';

await withNodeOptions(decideNodeOptions);

const values = readOptions(BENCHMARKS['decide-cpu']);
const SWIPES = values.swipes;
const BATCHES = [100, 1_000, 10_000];
/** Batch size of the JSON line: that of Lambda under load. */
const MAIN_BATCH = 1_000;
const REQUIRED = 50_000;

const decide = await decideAtSdkEdge();

function parseOnly(event: KinesisStreamEvent): number {
  let swipes = 0;
  for (const { kinesis } of event.Records) {
    for (const { data } of deaggregate(Buffer.from(kinesis.data, 'base64'), kinesis.partitionKey)) {
      if (typeof jsonIn(data) === 'object') swipes += 1;
    }
  }
  return swipes;
}

function eventsOf(batch: number): KinesisStreamEvent[] {
  return Array.from({ length: Math.ceil(SWIPES / batch) }, () => decide.nextEvent(batch));
}

/** Decides events in batches of this size. @returns swipes/s of CPU time */
async function decideRate(batch: number): Promise<number> {
  const events = eventsOf(batch);
  const seconds = await cpuSeconds(async () => {
    for (const event of events) await decide.invoke(event);
  });
  return (events.length * batch) / seconds;
}

async function parseRate(batch: number): Promise<number> {
  const events = eventsOf(batch);
  let parsed = 0;
  const seconds = await cpuSeconds(async () => {
    for (const event of events) parsed += parseOnly(event);
  });
  if (parsed !== events.length * batch) throw new Error(`${parsed} swipes were parsed, not ${events.length * batch}`);
  return parsed / seconds;
}

const decided = new Map(BATCHES.map((batch) => [batch, side(() => decideRate(batch))]));
const onlyParsed = side(() => parseRate(MAIN_BATCH));
await inTurnsApart([...decided.values(), onlyParsed], values.rounds);

const ours = median(decided.get(MAIN_BATCH)?.figures ?? []);
const baseline = median(onlyParsed.figures);
printLines(
  `decide-cpu: ${SWIPES} swipes per turn, ${values.rounds} turns; swipes per second of CPU time`,
  ...Array.from(decided, ([batch, { figures }]) => row(`batches of ${round(batch)}`, figures, 'swipes/s')),
  row('only parsed', onlyParsed.figures, 'swipes/s'),
  `  ratio ${(ours / baseline).toFixed(2)}; required: ${REQUIRED.toLocaleString('en')} swipes/s per core in batches of ${round(MAIN_BATCH)}`,
);
if (values.json) printJson({ name: 'decide-cpu', unit: 'swipes/CPU s', ours, baseline, ratio: ours / baseline });
