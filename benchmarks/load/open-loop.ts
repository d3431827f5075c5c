import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { connect, type Socket } from 'node:net';

/** An answered or failed request. */
export interface Answer {
  /** Time of the answer, ms after the start. */
  atMs: number;
  /** Time from when the request was due, ms: from when it was sent, a lagging generator would flatter the server. */
  latencyMs: number;
  /** HTTP status; 0 if the connection failed. */
  status: number;
  hasRetryAfter: boolean;
}

export interface OpenLoop {
  url: URL;
  perSecond: number;
  seconds: number;
  agent: Agent;
  /** Maximum number of requests in flight. Further ones are counted but not sent. */
  maxUnderWay: number;
  next(): { headers: Record<string, string>; body: string };
}

export interface OpenLoopResult {
  answers: Answer[];
  sent: number;
  /** Requests that were due while `maxUnderWay` were in flight. */
  notSent: number;
}

const TICK_MS = 5;
/**
 * Connections opened at once. Well below the backlog of a socket: when it is full, the kernel delays clients for
 * seconds.
 */
const STEP = 100;

/** Sends on a fixed schedule regardless of the answers, like independent readers. Resolves after the last answer. */
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
  // Emitted once, after the last byte of the answer or after the error.
  sending.once('close', () => done(status, hasRetryAfter));
  sending.end(body);
}

/** An agent whose first connections are open before they are needed, like those of readers. */
export class ReadyAgent extends Agent {
  readonly #open: Socket[] = [];

  constructor(max: number) {
    super({ keepAlive: true, maxSockets: max, maxFreeSockets: max });
  }

  /** Opens `count` connections, a few at a time. */
  async open(url: URL, count: number): Promise<void> {
    while (this.#open.length < count) {
      const step = Array.from({ length: Math.min(STEP, count - this.#open.length) }, () =>
        connect({ host: url.hostname, port: Number(url.port), noDelay: true }),
      );
      await Promise.all(step.map((socket) => once(socket, 'connect')));
      this.#open.push(...step);
    }
  }

  override createConnection(...args: Parameters<Agent['createConnection']>): ReturnType<Agent['createConnection']> {
    return this.#open.pop() ?? super.createConnection(...args);
  }

  override destroy(): void {
    for (const socket of this.#open.splice(0)) socket.destroy();
    super.destroy();
  }
}
