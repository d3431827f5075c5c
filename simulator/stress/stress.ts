import { Worker } from 'node:worker_threads';
import type { Site } from '@swipegate/contract';
import { sumOfLatencies } from '../report/result/latency.js';
import { addCounts } from '../report/result/merge.js';
import type { StressThreadOptions, StressThreadResult } from './stress-thread.js';

interface StressOptions {
  target: URL;
  site: Site;
  keys: Readonly<Record<string, string>>;
  connections: number;
  seconds: number;
  /** Swipes per request. */
  batch: number;
  /** Threads that share the connections. */
  workers: number;
  /** Stops early; the result then has the figures so far. */
  signal: AbortSignal;
}

export interface StressResult {
  ok: boolean;
  requestsPerSecond: number;
  /** Swipes in requests that were answered with 2xx. */
  swipesPerSecond: number;
  /** From request to answer, in a closed loop, which looks too good. Null if nothing was answered. */
  latencyMs: Record<'p50' | 'p90' | 'p99' | 'p999' | 'max', number | null>;
  /** Answers by HTTP status. */
  statuses: Record<string, number>;
  /** Failed connections and requests without an answer in time. */
  errors: number;
}

class StressError extends Error {
  override readonly name = 'StressError';
  readonly code: 'STRESS_NO_READER' | 'STRESS_NO_CARD' | 'STRESS_THREAD_ENDED';

  constructor(code: StressError['code'], message: string) {
    super(message);
    this.code = code;
  }
}

/**
 * Posts valid swipes on each connection, each as soon as the last is answered. Connections share the site's readers.
 * @throws {StressError} STRESS_NO_READER when no reader has a key, STRESS_NO_CARD when the site has no cards
 */
export async function stress(options: StressOptions): Promise<StressResult> {
  const { target, site, keys, connections, seconds, batch, workers, signal } = options;
  const readers = site.readers.flatMap(({ readerId }) => {
    const key = keys[readerId];
    return key === undefined ? [] : [{ readerId, key }];
  });
  if (readers.length === 0) {
    throw new StressError('STRESS_NO_READER', 'No reader of the site has a key: use files of the same site.');
  }
  const cardIds = site.cards.map(({ cardId }) => cardId);
  if (cardIds.length === 0) {
    throw new StressError('STRESS_NO_CARD', 'The site has no cards: use the file of a site that has some.');
  }
  const posts = Array.from({ length: connections }, (_, i) => readers[i % readers.length] ?? []).flat();
  const threads = Math.min(workers, connections);
  const shares = Array.from({ length: threads }, (_, thread) => posts.filter((_, i) => i % threads === thread));
  const shared = { target: target.href, cardIds, seconds, batch };
  const results = await Promise.all(shares.map((posts) => runThread({ ...shared, posts }, signal)));
  // Threads run side by side: their rates add up.
  const total = (of: (result: StressThreadResult) => number) => results.reduce((sum, result) => sum + of(result), 0);
  const errors = total((result) => result.errors);
  const { p50, p90, p99, p999, max } = sumOfLatencies(results.map(({ latency }) => latency));
  return {
    ok: errors === 0 && total(({ failed }) => failed) === 0 && total(({ succeeded }) => succeeded) > 0,
    requestsPerSecond: total(({ succeeded, failed, seconds }) => (succeeded + failed) / seconds),
    swipesPerSecond: batch * total(({ succeeded, seconds }) => succeeded / seconds),
    latencyMs: { p50, p90, p99, p999, max },
    statuses: addCounts(results.map(({ statuses }) => statuses)),
    errors,
  };
}

function runThread(options: StressThreadOptions, signal: AbortSignal): Promise<StressThreadResult> {
  const thread = new Worker(new URL('./stress-thread.js', import.meta.url), { workerData: options });
  const stop = (): void => thread.postMessage('stop');
  signal.addEventListener('abort', stop);
  if (signal.aborted) stop();
  return new Promise<StressThreadResult>((resolve, reject) => {
    thread.once('message', resolve);
    thread.once('error', reject);
    thread.once('exit', (code) =>
      reject(new StressError('STRESS_THREAD_ENDED', `A thread exited with code ${code} and without a result.`)),
    );
  }).finally(() => signal.removeEventListener('abort', stop));
}
