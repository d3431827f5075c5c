import { parentPort, workerData } from 'node:worker_threads';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { LoadWorker } from './load-worker.js';
import type { FromLoadWorker, LoadWorkerOptions, ToLoadWorker } from './load-worker-messages.js';

const PROGRESS_MS = 500;

/** Runs one load worker in this thread. An error ends the thread and reaches the thread's owner. */
async function main(options: LoadWorkerOptions): Promise<void> {
  const dynamodb = new DynamoDBClient({});
  const giveUp = new AbortController();
  const worker = await LoadWorker.prepare(options, dynamodb, giveUp.signal);
  const send = (message: FromLoadWorker): void => parentPort?.postMessage(message);
  let finish: () => void = () => undefined;
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });
  parentPort?.on('message', (message: ToLoadWorker) => {
    if (message.type === 'stop') {
      worker.stop();
      return;
    }
    const progress = setInterval(() => send({ type: 'progress', progress: worker.progress() }), PROGRESS_MS);
    // performance.now() counts from the start of each thread.
    void worker.run(message.startEpochMs - performance.timeOrigin).then(
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
  send({ type: 'ready', readers: worker.readers });
  await finished;
  dynamodb.destroy();
  parentPort?.close();
}

await main(workerData);
