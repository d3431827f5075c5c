import { Worker } from 'node:worker_threads';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { RunResult } from '../report/result/run-result.js';
import { Part } from './part.js';
import type { PartOptions } from './part-options.js';
import type { PartProgress } from './part-progress.js';
import type { FromPart, ToPart } from './part-thread.js';

/** Handle of a part, in this thread or another. */
export interface RunningPart {
  readers: number;
  /** @param startEpochMs end of the warm-up, ms since the epoch */
  run(startEpochMs: number): Promise<RunResult>;
  /** Undefined before the first report. */
  progress(): PartProgress | undefined;
  stop(): void;
  /** Terminates the part's thread, if it has one. */
  close(): Promise<void>;
}

/** Runs a part in this thread. */
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

/** Runs a part in a worker thread, which creates its DynamoDB client from the environment. */
export async function partInThread(options: PartOptions): Promise<RunningPart> {
  const worker = new Worker(new URL('./part-thread.js', import.meta.url), { workerData: options });
  let progress: PartProgress | undefined;
  let done: (result: RunResult) => void = () => undefined;
  const result = new Promise<RunResult>((resolve, reject) => {
    done = resolve;
    worker.once('error', reject);
    worker.once('exit', (code) => reject(new Error(`A simulator thread exited with code ${code}.`)));
  });
  // The caller awaits the result later. Without this, an earlier rejection would be unhandled.
  result.catch(() => undefined);
  const ready = new Promise<number>((resolve, reject) => {
    result.catch(reject);
    worker.on('message', (message: FromPart) => {
      if (message.type === 'ready') resolve(message.readers);
      else if (message.type === 'progress') progress = message.progress;
      else done(message.result);
    });
  });
  const send = (message: ToPart): void => worker.postMessage(message);
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
      send({ type: 'run', startEpochMs });
      return result;
    },
    progress: () => progress,
    stop: () => send({ type: 'stop' }),
    close: async () => {
      await worker.terminate();
    },
  };
}
