import { parentPort, workerData } from 'node:worker_threads';
import autocannon from 'autocannon';
import { Latency } from '../report/result/latency.js';
import type { LatencyResult } from '../report/result/run-result.js';
import { SwipeIds } from '../verify/swipe-ids.js';

/** Options of one thread, which are its `workerData`. */
export interface StressThreadOptions {
  target: string;
  /** Reader and API key of each connection. */
  posts: readonly { readerId: string; key: string }[];
  cardIds: readonly string[];
  seconds: number;
  /** Swipes per request. */
  batch: number;
}

/** Figures of one thread, which it posts at the end. */
export interface StressThreadResult {
  seconds: number;
  /** Answers with 2xx, and with another status. */
  succeeded: number;
  failed: number;
  statuses: Record<string, number>;
  /** Failed connections and requests without an answer in time. */
  errors: number;
  /** From request to answer. */
  latency: LatencyResult;
}

const TIMEOUT_S = 30;

const { target, posts, cardIds, seconds, batch }: StressThreadOptions = workerData;
const ids = new SwipeIds();
const latency = new Latency();
let clients = 0;

/** Valid body of POST /v1/swipes with new swipeIds: an object, or an array if a request has several swipes. */
function bodyOf(readerId: string): string {
  const readAt = new Date().toISOString();
  const swipe = (): string => {
    const cardId = cardIds[ids.made % cardIds.length];
    // Identifiers need no escapes.
    return `{"swipeId":"${ids.next()}","readerId":"${readerId}","cardId":"${cardId}","readAt":"${readAt}"}`;
  };
  return batch === 1 ? swipe() : `[${Array.from({ length: batch }, swipe).join()}]`;
}

// Posts on each connection as fast as it is answered, until the time is over or any message arrives.
const instance = autocannon(
  {
    url: target,
    connections: posts.length,
    duration: seconds,
    timeout: TIMEOUT_S,
    setupClient(client) {
      const post = posts[clients++ % posts.length];
      if (post === undefined) return;
      client.setRequests([
        {
          method: 'POST',
          path: '/v1/swipes',
          headers: { authorization: `Bearer ${post.key}`, 'content-type': 'application/json' },
          setupRequest: (request) => ({ ...request, body: bodyOf(post.readerId) }),
        },
      ]);
    },
  },
  (error: unknown, { duration, errors, non2xx, '2xx': succeeded, statusCodeStats = {} }) => {
    // An uncaught error emits `error` on the owner's Worker.
    if (error) throw error;
    const counts = Object.entries(statusCodeStats).map(([status, { count = 0 }]) => [status, count]);
    const result: StressThreadResult = {
      seconds: duration,
      succeeded,
      failed: non2xx,
      statuses: Object.fromEntries(counts),
      errors,
      latency: latency.result(),
    };
    parentPort?.postMessage(result);
    parentPort?.close();
  },
);
// autocannon's histogram has whole ms; a gateway on the same machine answers in one or two.
instance.on('response', (_client, _status, _bytes, ms) => latency.record(ms));
parentPort?.once('message', () => instance.stop());
