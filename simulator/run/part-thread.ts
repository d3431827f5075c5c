import { parentPort, workerData } from 'node:worker_threads';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { RunResult } from '../report/result/run-result.js';
import { Part } from './part.js';
import type { PartOptions } from './part-options.js';
import type { PartProgress } from './part-progress.js';

/** What the thread of a part is told. */
export type ToPart = { type: 'run'; startEpochMs: number } | { type: 'stop' };

/** What it tells. */
export type FromPart =
  | { type: 'ready'; readers: number }
  | { type: 'progress'; progress: PartProgress }
  | { type: 'result'; result: RunResult };

const PROGRESS_MS = 500;

/** A part in a thread of its own; an error ends the thread, and reaches who started it. */
async function main(options: PartOptions): Promise<void> {
  const dynamodb = new DynamoDBClient({});
  const giveUp = new AbortController();
  const part = await Part.prepare(options, dynamodb, giveUp.signal);
  const tell = (message: FromPart): void => parentPort?.postMessage(message);
  let finish: () => void = () => undefined;
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });
  parentPort?.on('message', (message: ToPart) => {
    if (message.type === 'stop') {
      part.stop();
      return;
    }
    const progress = setInterval(() => tell({ type: 'progress', progress: part.progress() }), PROGRESS_MS);
    // Each thread has a clock of its own that began when it did.
    void part.run(message.startEpochMs - performance.timeOrigin).then(
      (result) => {
        clearInterval(progress);
        tell({ type: 'result', result });
        finish();
      },
      (error: unknown) => {
        // Thrown from here, it is an uncaught error of the thread, which its owner hears of.
        setImmediate(() => {
          throw error;
        });
      },
    );
  });
  tell({ type: 'ready', readers: part.readers });
  await finished;
  dynamodb.destroy();
  parentPort?.close();
}

await main(workerData);
