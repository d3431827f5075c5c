import { parentPort, workerData } from 'node:worker_threads';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { RunResult } from '../report/result/run-result.js';
import { Part } from './part.js';
import type { PartOptions } from './part-options.js';
import type { PartProgress } from './part-progress.js';

/** Messages to a part's thread. */
export type ToPart = { type: 'run'; startEpochMs: number } | { type: 'stop' };

/** Messages from a part's thread. */
export type FromPart =
  | { type: 'ready'; readers: number }
  | { type: 'progress'; progress: PartProgress }
  | { type: 'result'; result: RunResult };

const PROGRESS_MS = 500;

/** Runs one part in this thread. An error ends the thread and reaches the thread's owner. */
async function main(options: PartOptions): Promise<void> {
  const dynamodb = new DynamoDBClient({});
  const giveUp = new AbortController();
  const part = await Part.prepare(options, dynamodb, giveUp.signal);
  const send = (message: FromPart): void => parentPort?.postMessage(message);
  let finish: () => void = () => undefined;
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });
  parentPort?.on('message', (message: ToPart) => {
    if (message.type === 'stop') {
      part.stop();
      return;
    }
    const progress = setInterval(() => send({ type: 'progress', progress: part.progress() }), PROGRESS_MS);
    // performance.now() counts from the start of each thread.
    void part.run(message.startEpochMs - performance.timeOrigin).then(
      (result) => {
        clearInterval(progress);
        send({ type: 'result', result });
        finish();
      },
      (error: unknown) => {
        // Rethrow outside the promise: an uncaught error emits `error` on the owner's Worker.
        setImmediate(() => {
          throw error;
        });
      },
    );
  });
  send({ type: 'ready', readers: part.readers });
  await finished;
  dynamodb.destroy();
  parentPort?.close();
}

await main(workerData);
