import { Worker } from 'node:worker_threads';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { LiveView } from '../report/lines/live.js';
import { mergeResults } from '../report/result/merge.js';
import { isOk, type RunResult } from '../report/result/run-result.js';
import type { DeviceTraffic } from '../scenarios/scenario.js';
import { judgeThreshold } from '../scenarios/thresholds.js';
import { ratePlan } from '../schedule/rate-plan.js';
import { type DeviceRun, DeviceWorker } from './device-worker.js';
import { LiveProgress } from './live-progress.js';
import { LoadWorker } from './load-worker.js';
import type { FromLoadWorker, LoadWorkerOptions, LoadWorkerProgress, ToLoadWorker } from './load-worker-messages.js';

export interface RunOptions extends Omit<LoadWorkerOptions, 'worker'> {
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
  /** Virtual devices, which replace the readers. Default: none. */
  devices?: { run: DeviceRun; traffic: DeviceTraffic } | undefined;
}

const PROGRESS_MS = 1_000;
/** Time before the first arrival once all workers are ready, ms: each thread must receive a message first. */
const GRACE_MS = 50;

/**
 * Runs virtual readers until the schedule ends or the signal aborts, then checks every accepted swipe against its decision.
 * An abort before all workers are ready gives a result without swipes, which is not ok.
 */
export async function run(options: RunOptions): Promise<RunResult> {
  const { threads, shard, thresholds, dynamodb, signal, onProgress, devices, ...shared } = options;
  const optionsOf = (i: number): LoadWorkerOptions => ({
    ...shared,
    worker: { index: shard.index * threads + i, of: shard.of * threads },
  });
  const workers =
    devices !== undefined
      ? [inThisThread(await DeviceWorker.prepare(optionsOf(0), devices, dynamodb))]
      : threads === 1
        ? [inThisThread(await LoadWorker.prepare(optionsOf(0), dynamodb, signal))]
        : await allOrNone(Array.from({ length: threads }, (_, i) => startInThread(optionsOf(i))));
  try {
    return wholeOf(await runTogether(workers, options), shard, thresholds);
  } finally {
    await Promise.all(workers.map((worker) => worker.close()));
  }
}

/** Waits for all workers. If any fails, closes the others and throws the first error. */
async function allOrNone(starting: readonly Promise<RunningWorker>[]): Promise<RunningWorker[]> {
  const outcomes = await Promise.allSettled(starting);
  const workers = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
  const failed = outcomes.find(({ status }) => status === 'rejected');
  if (failed?.status !== 'rejected') return workers;
  await Promise.all(workers.map((worker) => worker.close()));
  throw failed.reason;
}

async function runTogether(workers: readonly RunningWorker[], options: RunOptions): Promise<RunResult[]> {
  const { scenario, rate, shard, warmUpMs, durationMs, signal, onProgress } = options;
  const rateAt = ratePlan(rate / shard.of, scenario.profile, { warmUpMs, durationMs });
  const readers = workers.reduce((sum, worker) => sum + worker.readers, 0);
  const live = new LiveProgress({ scenario: scenario.name, readers, warmUpMs, durationMs, rateAt });
  const startEpochMs = performance.timeOrigin + performance.now() + warmUpMs + GRACE_MS;
  const show = (): void => {
    const known = workers.flatMap((worker) => worker.progress() ?? []);
    onProgress(live.view(performance.timeOrigin + performance.now() - startEpochMs, known));
  };
  const stop = (): void => {
    for (const worker of workers) worker.stop();
  };
  const running = Promise.all(workers.map((worker) => worker.run(startEpochMs)));
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

interface RunningWorker {
  readers: number;
  /** @param startEpochMs end of the warm-up, ms since the epoch */
  run(startEpochMs: number): Promise<RunResult>;
  /** Undefined before the first report. */
  progress(): LoadWorkerProgress | undefined;
  stop(): void;
  close(): Promise<void>;
}

function inThisThread(worker: Pick<LoadWorker, 'readers' | 'run' | 'progress' | 'stop'>): RunningWorker {
  return {
    readers: worker.readers,
    run: (startEpochMs) => worker.run(startEpochMs - performance.timeOrigin),
    progress: () => worker.progress(),
    stop: () => worker.stop(),
    close: async () => undefined,
  };
}

/** Runs a load worker in a thread of its own, which creates its DynamoDB client from the environment. */
async function startInThread(options: LoadWorkerOptions): Promise<RunningWorker> {
  const thread = new Worker(new URL('./load-worker-thread.js', import.meta.url), { workerData: options });
  let progress: LoadWorkerProgress | undefined;
  let done: (result: RunResult) => void = () => undefined;
  const result = new Promise<RunResult>((resolve, reject) => {
    done = resolve;
    thread.once('error', reject);
    thread.once('exit', (code) => reject(new Error(`A simulator thread exited with code ${code}.`)));
  });
  // The caller awaits the result later. Without this, an earlier rejection would be unhandled.
  result.catch(() => undefined);
  const ready = new Promise<number>((resolve, reject) => {
    result.catch(reject);
    thread.on('message', (message: FromLoadWorker) => {
      if (message.type === 'ready') resolve(message.readers);
      else if (message.type === 'progress') progress = message.progress;
      else done(message.result);
    });
  });
  const send = (message: ToLoadWorker): void => thread.postMessage(message);
  const readers = await ready.catch(async (error: unknown) => {
    await thread.terminate();
    throw error;
  });
  return {
    readers,
    run: (startEpochMs) => {
      send({ type: 'run', startEpochMs });
      return result;
    },
    progress: () => progress,
    stop: () => send({ type: 'stop' }),
    close: async () => {
      await thread.terminate();
    },
  };
}
