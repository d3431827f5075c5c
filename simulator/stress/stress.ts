import { Worker } from 'node:worker_threads';
import type { Site } from '@swipegate/contract';
import { sumOfLatencies } from '../report/result/latency-result.js';
import { type StressPartOptions, type StressPartResult, stressPart } from './stress-part.js';

export interface StressOptions {
  target: URL;
  site: Site;
  /** API key by reader. */
  keys: Readonly<Record<string, string>>;
  connections: number;
  seconds: number;
  /** Swipes a request. */
  batch: number;
  /** Threads that share the connections; one posts from the caller's. */
  workers: number;
  /** Ends it early; what was measured so far is the result. */
  signal: AbortSignal;
}

export interface StressResult {
  /** Every request got a 2xx. */
  ok: boolean;
  requestsPerSecond: number;
  /** Of requests with a 2xx. */
  swipesPerSecond: number;
  /** From request to answer: a closed loop's, which are too good. Null where nothing was answered. */
  latencyMs: Record<'p50' | 'p90' | 'p99' | 'p999' | 'max', number | null>;
  statuses: Record<string, number>;
  /** Connections that failed, and answers that did not come in time. */
  errors: number;
}

export class StressError extends Error {
  override readonly name = 'StressError';
  readonly code: 'STRESS_NO_READER' | 'STRESS_NO_CARD' | 'STRESS_THREAD_ENDED';

  constructor(code: StressError['code'], message: string) {
    super(message);
    this.code = code;
  }
}

/**
 * Posts valid swipes on each connection as fast as they are answered. Every connection is a reader with a key of its own, as
 * long as there are as many; every body has swipeIds that no other has.
 *
 * @throws {StressError} when no reader has a key, or there is no card
 */
export async function stress({ connections, workers, signal, ...options }: StressOptions): Promise<StressResult> {
  const { site, keys, target, seconds, batch } = options;
  const readers = site.readers.flatMap(({ readerId }) => {
    const key = keys[readerId];
    return key === undefined ? [] : [{ readerId, key }];
  });
  if (readers.length === 0) {
    throw new StressError('STRESS_NO_READER', 'No reader of the site has a key: give files of one site.');
  }
  const cardIds = site.cards.map(({ cardId }) => cardId);
  if (cardIds.length === 0) {
    throw new StressError('STRESS_NO_CARD', 'The site has no cards: give the file of one that has some.');
  }
  const posts = Array.from({ length: Math.ceil(connections / readers.length) }, () => readers)
    .flat()
    .slice(0, connections);
  const threads = Math.min(workers, posts.length);
  const shares = Array.from({ length: threads }, (_, thread) => posts.filter((_, i) => i % threads === thread));
  const each = shares.map((share) => ({ target: target.href, posts: share, cardIds, seconds, batch }));
  const [only] = each;
  const parts =
    only !== undefined && each.length === 1
      ? [await stressPart(only, signal)]
      : await Promise.all(each.map((part) => inThread(part, signal)));
  return sumOf(parts, batch);
}

function inThread(options: StressPartOptions, signal: AbortSignal): Promise<StressPartResult> {
  const worker = new Worker(new URL('./stress-thread.js', import.meta.url), { workerData: options });
  const stop = (): void => worker.postMessage('stop');
  signal.addEventListener('abort', stop);
  if (signal.aborted) stop();
  return new Promise<StressPartResult>((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', (code) =>
      reject(new StressError('STRESS_THREAD_ENDED', `A thread ended with ${code}, and without a result.`)),
    );
  }).finally(() => signal.removeEventListener('abort', stop));
}

/** Threads work side by side: their rates add up. */
function sumOf(parts: readonly StressPartResult[], batch: number): StressResult {
  const statuses = new Map<string, number>();
  for (const [status, n] of parts.flatMap((part) => Object.entries(part.statuses))) {
    statuses.set(status, (statuses.get(status) ?? 0) + n);
  }
  const errors = parts.reduce((sum, part) => sum + part.errors, 0);
  const { p50, p90, p99, p999, max } = sumOfLatencies(parts.map(({ latency }) => latency));
  const answers = Array.from(statuses);
  return {
    ok: errors === 0 && answers.length > 0 && answers.every(([status]) => isSuccess(status)),
    requestsPerSecond: rateOf(parts, () => true),
    swipesPerSecond: batch * rateOf(parts, isSuccess),
    latencyMs: { p50, p90, p99, p999, max },
    statuses: Object.fromEntries(answers.sort(([a], [b]) => (a < b ? -1 : 1))),
    errors,
  };
}

function rateOf(parts: readonly StressPartResult[], counts: (status: string) => boolean): number {
  return parts.reduce((sum, { statuses, seconds }) => {
    const answered = Object.entries(statuses).reduce((n, [status, more]) => n + (counts(status) ? more : 0), 0);
    return sum + answered / seconds;
  }, 0);
}

function isSuccess(status: string): boolean {
  return status.startsWith('2');
}
