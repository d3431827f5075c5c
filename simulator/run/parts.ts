import { Worker } from 'node:worker_threads';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { RunResult } from '../report/result/run-result.js';
import { Part } from './part.js';
import type { PartOptions } from './part-options.js';
import type { PartProgress } from './part-progress.js';
import type { FromPart, ToPart } from './part-thread.js';

/** A part of a run, wherever it is done. */
export interface RunningPart {
  readers: number;
  /** @param startEpochMs when the run proper begins, ms since the epoch */
  run(startEpochMs: number): Promise<RunResult>;
  /** Undefined before the first figures. */
  progress(): PartProgress | undefined;
  stop(): void;
  /** Ends what may be left of it. */
  close(): Promise<void>;
}

/** A part in this thread. */
export async function partHere(
  options: PartOptions,
  dynamodb: DynamoDBClient,
  signal: AbortSignal,
): Promise<RunningPart> {
  const part = await Part.prepare(options, dynamodb, signal);
  return {
    readers: part.readers,
    run: (startEpochMs) => part.run(startEpochMs - performance.timeOrigin),
    progress: () => part.progress(),
    stop: () => part.stop(),
    close: async () => undefined,
  };
}

/** A part in a thread of its own, which reaches the tables as the environment says. */
export async function partInThread(options: PartOptions): Promise<RunningPart> {
  const worker = new Worker(new URL('./part-thread.js', import.meta.url), { workerData: options });
  let progress: PartProgress | undefined;
  let done: (result: RunResult) => void = () => undefined;
  const result = new Promise<RunResult>((resolve, reject) => {
    done = resolve;
    worker.once('error', reject);
    worker.once('exit', (code) => reject(new Error(`A thread of the simulator ended with ${code}.`)));
  });
  // Who awaits it does so later; until then a rejection is not unhandled.
  result.catch(() => undefined);
  const ready = new Promise<number>((resolve, reject) => {
    result.catch(reject);
    worker.on('message', (message: FromPart) => {
      if (message.type === 'ready') resolve(message.readers);
      else if (message.type === 'progress') progress = message.progress;
      else done(message.result);
    });
  });
  const tell = (message: ToPart): void => worker.postMessage(message);
  let readers: number;
  try {
    readers = await ready;
  } catch (error) {
    await worker.terminate();
    throw error;
  }
  return {
    readers,
    run: (startEpochMs) => {
      tell({ type: 'run', startEpochMs });
      return result;
    },
    progress: () => progress,
    stop: () => tell({ type: 'stop' }),
    close: async () => {
      await worker.terminate();
    },
  };
}
