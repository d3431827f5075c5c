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
  const run = async (startEpochMs: number): Promise<void> => {
    const progress = setInterval(() => send({ type: 'progress', progress: worker.progress() }), PROGRESS_MS);
    // performance.now() counts from the start of each thread.
    const result = await worker.run(startEpochMs - performance.timeOrigin);
    clearInterval(progress);
    send({ type: 'result', result });
    dynamodb.destroy();
    parentPort?.close();
  };
  parentPort?.on('message', (message: ToLoadWorker) => {
    if (message.type === 'stop') worker.stop();
    // Node throws an unhandled rejection as an uncaught error, which emits `error` on the owner's Worker.
    else void run(message.startEpochMs);
  });
  send({ type: 'ready', readers: worker.readers });
}

await main(workerData);
