import { parentPort, workerData } from 'node:worker_threads';
import { type StressPartOptions, type StressPartResult, stressPart } from './stress-part.js';

/** A part of a stress in a thread of its own: it posts its result, and ends early when it is told anything. */
async function main(options: StressPartOptions): Promise<StressPartResult> {
  const stopping = new AbortController();
  parentPort?.once('message', () => stopping.abort());
  return stressPart(options, stopping.signal);
}

parentPort?.postMessage(await main(workerData));
parentPort?.close();
