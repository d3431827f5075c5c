import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { LiveView } from '../report/lines/live.js';
import { isOk } from '../report/result/is-ok.js';
import { mergeResults } from '../report/result/merge.js';
import type { RunResult } from '../report/result/run-result.js';
import { judgeThreshold } from '../scenarios/thresholds.js';
import { ratePlan } from '../schedule/rate-plan.js';
import { LiveProgress } from './live-progress.js';
import type { PartOptions } from './part-options.js';
import { partHere, partInThread, type RunningPart } from './parts.js';

export interface RunOptions extends Omit<PartOptions, 'part'> {
  /** Threads that share the people and readers. 1 runs everything in this thread. */
  threads: number;
  /** Index of this simulator, from 0, among `of` simulators. */
  shard: { index: number; of: number };
  /** Expressions that the result must meet. */
  thresholds: readonly string[];
  /** Client of this thread; other threads create theirs from the environment. */
  dynamodb: DynamoDBClient;
  /** Stops new swipes; the run then checks the accepted ones. */
  signal: AbortSignal;
  onProgress(view: LiveView): void;
}

const PROGRESS_MS = 1_000;
/** From all parts being ready to the first arrival: each thread must receive a message first. */
const GRACE_MS = 50;

/**
 * Runs virtual readers until the schedule ends or the signal aborts, then checks every accepted swipe against its decision.
 * An abort before all parts are ready gives a result without swipes, which is not ok.
 */
export async function run(options: RunOptions): Promise<RunResult> {
  const { threads, shard, thresholds, dynamodb, signal, onProgress, ...shared } = options;
  const partOf = (i: number): PartOptions => ({
    ...shared,
    part: { index: shard.index * threads + i, of: shard.of * threads },
  });
  const parts =
    threads === 1
      ? [await partHere(partOf(0), dynamodb, signal)]
      : await allOrNone(Array.from({ length: threads }, (_, i) => partInThread(partOf(i))));
  try {
    const results = await runTogether(parts, options);
    return wholeOf(results, shard, thresholds);
  } finally {
    await Promise.all(parts.map((part) => part.close()));
  }
}

/** Waits for all parts. If any fails, closes the others and throws the first error. */
async function allOrNone(starting: readonly Promise<RunningPart>[]): Promise<RunningPart[]> {
  const outcomes = await Promise.allSettled(starting);
  const parts = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
  const failed = outcomes.find(({ status }) => status === 'rejected');
  if (failed?.status !== 'rejected') return parts;
  await Promise.all(parts.map((part) => part.close()));
  throw failed.reason;
}

async function runTogether(parts: readonly RunningPart[], options: RunOptions): Promise<RunResult[]> {
  const { scenario, rate, shard, warmUpMs, durationMs, signal, onProgress } = options;
  const rateAt = ratePlan(rate / shard.of, scenario.profile, { warmUpMs, durationMs });
  const live = new LiveProgress({
    scenario: scenario.name,
    readers: parts.reduce((sum, part) => sum + part.readers, 0),
    warmUpMs,
    durationMs,
    rateAt,
  });
  const startEpochMs = performance.timeOrigin + performance.now() + warmUpMs + GRACE_MS;
  const show = (): void => {
    const known = parts.flatMap((part) => part.progress() ?? []);
    onProgress(live.view(performance.timeOrigin + performance.now() - startEpochMs, known));
  };
  const stop = (): void => {
    for (const part of parts) part.stop();
  };
  const running = Promise.all(parts.map((part) => part.run(startEpochMs)));
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop, { once: true });
  const progress = setInterval(show, PROGRESS_MS);
  try {
    show();
    return await running;
  } finally {
    clearInterval(progress);
    signal.removeEventListener('abort', stop);
  }
}

/** Merges the threads' results. With several simulators, the merged result is marked as a shard again. */
function wholeOf(results: readonly RunResult[], shard: RunOptions['shard'], thresholds: readonly string[]): RunResult {
  const threads = results.map((result, i) => ({ ...result, shard: `${i + 1}/${results.length}` }));
  const { shard: _ofThreads, ...whole } = mergeResults(threads, judgeThreshold);
  const result: RunResult = shard.of === 1 ? whole : { ...whole, shard: `${shard.index + 1}/${shard.of}` };
  result.invalidBecause = Array.from(new Set(results.flatMap(({ invalidBecause }) => invalidBecause)));
  result.thresholds = thresholds.map((expression) => judgeThreshold(expression, result));
  result.ok = isOk(result);
  return result;
}
