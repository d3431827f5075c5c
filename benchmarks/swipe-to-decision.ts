/**
 * Measures how long people wait at the door, with the whole local cloud at 500 swipes/s for 20 s. The wait starts when
 * a card is due to be shown and ends when its reader knows the decision. The simulator measures its p99. The budget is
 * 250 ms: within that time a door feels immediate.
 *
 *     node benchmarks/dist/swipe-to-decision.js [--json] [--rate=500] [--seconds=20]
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { printJson, printLines } from './measure/figures.js';
import { BENCHMARKS, forwardSignals, readOptions } from './measure/options.js';

const BUDGET_MS = 250;
const values = readOptions(BENCHMARKS['swipe-to-decision']);

const start = fileURLToPath(new URL(import.meta.resolve('@swipegate/infra/local/start/start')));
const args = [start, '--json', '--rate', String(values.rate), '--duration', `${values.seconds}s`];
const child = spawn(process.execPath, args, {
  env: { ...process.env, PORT: '0' },
  stdio: ['ignore', 'pipe', 'inherit'],
});
forwardSignals(child);
let output = '';
child.stdout.on('data', (chunk: Buffer) => {
  output += chunk.toString();
});
const [code] = await once(child, 'close');
const report: unknown = JSON.parse(output.trim().split('\n').at(-1) ?? 'null');

function figure(name: string): number {
  const value: unknown = typeof report === 'object' && report !== null ? Reflect.get(report, name) : undefined;
  if (typeof value !== 'number') throw new Error(`The report of the run lacks ${name}`);
  return value;
}

const ours = figure('decisionP99Ms');
const ratio = BUDGET_MS / ours;
printLines(
  `swipe-to-decision at ${values.rate} swipes/s for ${values.seconds} s, whole local cloud`,
  `  accepted ${figure('accepted')}, decided ${figure('decided')}, lost ${figure('lost')}, exit code ${code}`,
  `  acknowledged   p50 ${figure('ackP50Ms').toFixed(0)} ms   p99 ${figure('ackP99Ms').toFixed(0)} ms`,
  `  decided        p50 ${figure('decisionP50Ms').toFixed(0)} ms   p99 ${ours.toFixed(0)} ms`,
  `  budget         ${BUDGET_MS} ms; budget / p99: ${ratio.toFixed(2)} (at least 1 is within budget)`,
);
if (values.json) printJson({ name: 'swipe-to-decision', unit: 'ms', ours, baseline: BUDGET_MS, ratio });
process.exit(code === 0 && ratio >= 1 ? 0 : 1);
