import autocannon from 'autocannon';
import type { Site } from '../../gateway/contract/index.js';
import { SwipeBodies } from './swipe-bodies.js';

export interface StressOptions {
  target: URL;
  site: Site;
  /** API key by reader. */
  keys: Readonly<Record<string, string>>;
  connections: number;
  seconds: number;
  /** Swipes a request. */
  batch: number;
}

export interface StressResult {
  /** Every request got a 2xx. */
  ok: boolean;
  requestsPerSecond: number;
  swipesPerSecond: number;
  /** From request to answer: a closed loop's, which are too good. */
  latencyMs: { p50: number; p90: number; p99: number; p999: number; max: number };
  statuses: Record<string, number>;
  /** Connections that failed, and answers that did not come in time. */
  errors: number;
}

const TIMEOUT_S = 30;

export class StressError extends Error {
  override readonly name = 'StressError';
  readonly code = 'STRESS_NO_READER';
}

/**
 * Posts valid swipes on each connection as fast as they are answered. Every connection is a reader with a key of its own; every
 * body has swipeIds that no other has.
 *
 * @throws {StressError} when no reader has a key
 */
export async function stress({
  target,
  site,
  keys,
  connections,
  seconds,
  batch,
}: StressOptions): Promise<StressResult> {
  const readers = site.readers.filter(({ readerId }) => keys[readerId] !== undefined);
  if (readers.length === 0) throw new StressError('No reader of the site has a key: give files of one site.');
  const bodies = new SwipeBodies(site.cards.map(({ cardId }) => cardId));
  let next = 0;
  const result = await autocannon({
    url: target.href,
    connections,
    duration: seconds,
    timeout: TIMEOUT_S,
    setupClient(client) {
      const reader = readers[next++ % readers.length];
      if (reader === undefined) return;
      client.setRequests([
        {
          method: 'POST',
          path: '/v1/swipes',
          headers: { authorization: `Bearer ${keys[reader.readerId]}`, 'content-type': 'application/json' },
          setupRequest: (request) => ({ ...request, body: bodies.next(reader.readerId, batch) }),
        },
      ]);
    },
  });
  const { latency, errors, timeouts, non2xx } = result;
  const statuses = Object.entries(result.statusCodeStats ?? {}).map(([status, { count }]): [string, number] => [
    status,
    count ?? 0,
  ]);
  const answered = statuses.reduce((sum, [, n]) => sum + n, 0);
  return {
    ok: non2xx === 0 && errors + timeouts === 0 && answered > 0,
    requestsPerSecond: answered / result.duration,
    swipesPerSecond: (answered * batch) / result.duration,
    latencyMs: { p50: latency.p50, p90: latency.p90, p99: latency.p99, p999: latency.p99_9, max: latency.max },
    statuses: Object.fromEntries(statuses),
    errors: errors + timeouts,
  };
}
