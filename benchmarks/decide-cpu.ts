/**
 * CPU time of the decision Lambda: batches of aggregated Kinesis records, decided by the handler as it runs on AWS, with
 * DynamoDB and Kinesis stubbed at the SDK's edge: `send` answers from memory before the SDK's first own step. So all of
 * our code is in the figures (base64, de-aggregation, reading rows, rules, writing rows, the records of the decisions), and
 * nothing of the SDK's serialisation, signing and HTTP. Swipes of 50,000 people at the demo's doors.
 *
 * Baseline: the same records de-aggregated and parsed as JSON, and nothing else.
 *
 *     node dist/benchmarks/decide-cpu.js [--json] [--rounds=7]
 */
import { parseArgs } from 'node:util';
import type { KinesisStreamEvent } from 'aws-lambda';
import { deaggregate } from 'kinesis-producer-lite/deaggregate';
import { answeredDecide } from './parts/answered-decide.js';
import { BusySite, NOW_MS } from './parts/busy-site.js';
import { median, printJson, row } from './parts/figures.js';
import { readOnly } from './parts/memory-tables.js';

const { values } = parseArgs({
  options: { json: { type: 'boolean', default: false }, rounds: { type: 'string', default: '7' } },
});
const SWIPES_PER_TURN = 20_000;
const BATCHES = [100, 1_000, 10_000];
const TO_REACH = 50_000;

const site = new BusySite();
let published = 0;
const handler = answeredDecide({
  answer: readOnly(site.rows),
  onPut: (records) => {
    published += records.length;
  },
  nowMs: NOW_MS,
});

async function decideAll(events: readonly KinesisStreamEvent[]): Promise<void> {
  for (const event of events) {
    const before = published;
    const { batchItemFailures } = await handler(event);
    if (batchItemFailures.length > 0 || published === before) throw new Error('A batch was not decided');
  }
}

function parseAll(events: readonly KinesisStreamEvent[]): void {
  let count = 0;
  for (const { Records } of events) {
    for (const { kinesis } of Records) {
      for (const { data } of deaggregate(Buffer.from(kinesis.data, 'base64'), kinesis.partitionKey)) {
        const { swipeId } = JSON.parse(Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString());
        if (typeof swipeId === 'string') count += 1;
      }
    }
  }
  if (count !== SWIPES_PER_TURN) throw new Error(`${count} swipes were parsed`);
}

/** Swipes a second of CPU time, garbage collection included. */
async function rate(work: () => void | Promise<void>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return SWIPES_PER_TURN / ((user + system) / 1e6);
}

const sizes = BATCHES.map((size) => ({
  size,
  events: Array.from({ length: SWIPES_PER_TURN / size }, () => site.batch(size)),
  ours: [] as number[],
  parsed: [] as number[],
}));
// Round 0 warms everything up and is not counted.
for (let round = 0; round <= Number(values.rounds); round++) {
  for (const { events, ours, parsed } of sizes) {
    const decided = await rate(() => decideAll(events));
    const read = await rate(() => parseAll(events));
    if (round === 0) continue;
    ours.push(decided);
    parsed.push(read);
  }
}

const figures = sizes.map(({ size, ours, parsed }) => ({ size, ours: median(ours), baseline: median(parsed) }));
const worst = figures.reduce((a, b) => (a.ours < b.ours ? a : b));
process.stdout.write(
  [
    `decide-cpu: ${SWIPES_PER_TURN} swipes a turn, ${values.rounds} rounds; swipes a second of CPU time`,
    ...sizes.flatMap(({ size, ours, parsed }) => [
      `Batches of ${size.toLocaleString('en')}`,
      row('decide', ours, 'swipes/s'),
      row('parsed only', parsed, 'swipes/s'),
    ]),
    `  to reach: ${TO_REACH.toLocaleString('en')}`,
    '',
  ].join('\n'),
);
if (values.json) {
  printJson({
    name: 'decide-cpu',
    unit: 'swipes/CPU s',
    ours: worst.ours,
    baseline: worst.baseline,
    ratio: worst.ours / worst.baseline,
    toReach: TO_REACH,
    byBatch: Object.fromEntries(figures.map(({ size, ours }) => [size, Math.round(ours)])),
  });
}
