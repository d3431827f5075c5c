import { type Agent, request } from 'node:http';

/** One request of an open loop that was answered or failed. */
export interface Answer {
  /** When it came, ms after the start. */
  atMs: number;
  /** From the moment at which it should have been sent, ms: a generator that lags does not flatter the server. */
  latencyMs: number;
  /** HTTP status; 0 when the connection failed. */
  status: number;
  hasRetryAfter: boolean;
}

export interface OpenLoop {
  url: URL;
  perSecond: number;
  seconds: number;
  agent: Agent;
  /** Requests under way at once; what would be more is not sent, and counted. */
  maxUnderWay: number;
  next(): { headers: Record<string, string>; body: string };
}

export interface OpenLoopResult {
  answers: Answer[];
  sent: number;
  /** Due while `maxUnderWay` were under way. */
  notSent: number;
}

const TICK_MS = 5;

/**
 * Sends requests on a fixed schedule, however slowly they are answered, as a crowd of readers does that does not know of
 * each other. Resolves when all have been answered or have failed.
 */
export function openLoop(options: OpenLoop): Promise<OpenLoopResult> {
  const { perSecond, seconds, maxUnderWay } = options;
  const result: OpenLoopResult = { answers: [], sent: 0, notSent: 0 };
  const total = Math.round(perSecond * seconds);
  const startedAt = performance.now();
  let due = 0;
  let underWay = 0;

  return new Promise((resolve) => {
    const end = () => {
      if (due < total || underWay > 0) return;
      clearInterval(ticker);
      resolve(result);
    };
    const tick = () => {
      const now = performance.now() - startedAt;
      const until = Math.min(total, Math.floor((now / 1_000) * perSecond));
      for (; due < until; due++) {
        if (underWay >= maxUnderWay) {
          result.notSent += 1;
          continue;
        }
        underWay += 1;
        result.sent += 1;
        const dueMs = (due / perSecond) * 1_000;
        post(options, (status, hasRetryAfter) => {
          underWay -= 1;
          const atMs = performance.now() - startedAt;
          result.answers.push({ atMs, latencyMs: atMs - dueMs, status, hasRetryAfter });
          end();
        });
      }
      end();
    };
    const ticker = setInterval(tick, TICK_MS);
  });
}

function post({ url, agent, next }: OpenLoop, done: (status: number, hasRetryAfter: boolean) => void): void {
  const { headers, body } = next();
  const length = Buffer.byteLength(body);
  const sending = request(url, { method: 'POST', agent, headers: { ...headers, 'content-length': length } });
  let status = 0;
  let hasRetryAfter = false;
  sending.once('response', (response) => {
    status = response.statusCode ?? 0;
    hasRetryAfter = response.headers['retry-after'] !== undefined;
    response.resume();
  });
  sending.once('error', () => {
    status = 0;
  });
  // Comes once, after the answer's last byte or after the error.
  sending.once('close', () => done(status, hasRetryAfter));
  sending.end(body);
}
