import autocannon from 'autocannon';
import { Latency } from '../report/result/latency.js';
import type { LatencyResult } from '../report/result/run-result.js';
import { SwipeBodies } from './swipe-bodies.js';

/** What one thread does of a stress; it can be cloned into another thread. */
export interface StressPartOptions {
  target: string;
  /** One a connection: who posts there, and with which key. */
  posts: readonly { readerId: string; key: string }[];
  cardIds: readonly string[];
  seconds: number;
  /** Swipes a request. */
  batch: number;
}

export interface StressPartResult {
  /** Measured, s. */
  seconds: number;
  /** Answers by HTTP status. */
  statuses: Record<string, number>;
  /** Connections that failed, and answers that did not come in time. */
  errors: number;
  /** From request to answer. */
  latency: LatencyResult;
}

const TIMEOUT_S = 30;

/** Posts on each connection as fast as it is answered, in this thread, until the time is over or somebody has enough. */
export function stressPart(
  { target, posts, cardIds, seconds, batch }: StressPartOptions,
  signal: AbortSignal,
): Promise<StressPartResult> {
  const bodies = new SwipeBodies(cardIds);
  const latency = new Latency();
  let next = 0;
  return new Promise((resolve, reject) => {
    const instance = autocannon(
      {
        url: target,
        connections: posts.length,
        duration: seconds,
        timeout: TIMEOUT_S,
        setupClient(client) {
          const post = posts[next++ % posts.length];
          if (post === undefined) return;
          client.setRequests([
            {
              method: 'POST',
              path: '/v1/swipes',
              headers: { authorization: `Bearer ${post.key}`, 'content-type': 'application/json' },
              setupRequest: (request) => ({ ...request, body: bodies.next(post.readerId, batch) }),
            },
          ]);
        },
      },
      (error: unknown, result) => {
        signal.removeEventListener('abort', stop);
        if (error) reject(error);
        else resolve({ ...figuresOf(result), latency: latency.result() });
      },
    );
    // Its own histogram has whole ms, of which a gateway on the same machine needs one or two.
    instance.on('response', (_client, _status, _bytes, ms) => latency.record(ms));
    const stop = (): void => instance.stop();
    signal.addEventListener('abort', stop);
    if (signal.aborted) stop();
  });
}

function figuresOf({ duration, errors, statusCodeStats = {} }: autocannon.Result): Omit<StressPartResult, 'latency'> {
  const statuses = Object.entries(statusCodeStats).map(([status, { count = 0 }]): [string, number] => [status, count]);
  return { seconds: duration, statuses: Object.fromEntries(statuses), errors };
}
