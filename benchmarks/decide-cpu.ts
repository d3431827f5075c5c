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
import { cpuSeconds, median, printJson, printLines, round, row } from './measure/figures.js';
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

const figures = new Map(BATCHES.map((batch) => [batch, { ours: [] as number[], baseline: [] as number[] }]));
// Round 0 warms everything up and is not counted.
for (let turn = 0; turn <= values.rounds; turn++) {
  for (const [batch, { ours, baseline }] of figures) {
    const events = Array.from({ length: Math.ceil(SWIPES / batch) }, () => decide.nextEvent(batch));
    const swipes = events.length * batch;
    const decideSeconds = await cpuSeconds(async () => {
      for (const event of events) await decide.invoke(event);
    });
    let parsed = 0;
    const parseSeconds = await cpuSeconds(async () => {
      for (const event of events) parsed += parseOnly(event);
    });
    if (parsed !== swipes) throw new Error(`${parsed} swipes were parsed, not ${swipes}`);
    if (turn === 0) continue;
    ours.push(swipes / decideSeconds);
    baseline.push(swipes / parseSeconds);
  }
}

const main = figures.get(MAIN_BATCH);
const ours = median(main?.ours ?? []);
const baseline = median(main?.baseline ?? []);
printLines(
  `decide-cpu: ${SWIPES} swipes per turn, ${values.rounds} turns; swipes per second of CPU time`,
  ...Array.from(figures, ([batch, figure]) => row(`batches of ${round(batch)}`, figure.ours, 'swipes/s')),
  row('only parsed', main?.baseline ?? [], 'swipes/s'),
  `  ratio ${(ours / baseline).toFixed(2)}; required: ${REQUIRED.toLocaleString('en')} swipes/s per core in batches of ${round(MAIN_BATCH)}`,
);
if (values.json) printJson({ name: 'decide-cpu', unit: 'swipes/CPU s', ours, baseline, ratio: ours / baseline });
