import { Agent } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { Decision, Reader, Swipe } from '../../gateway/contract/index.js';
import { postSwipe } from './post-swipe.js';

export interface VirtualReaderOptions {
  reader: Reader;
  key: string;
  target: URL;
  /** How long a swipe is tried again before it is given up, ms. */
  patienceMs: number;
  /** [0, 1) */
  random(): number;
}

/** How a swipe ended, as its reader knows it. */
export type Posted =
  | { kind: 'decided'; decision: Decision; retries: number }
  | { kind: 'accepted'; retries: number }
  | { kind: 'refused' | 'unanswered'; reason: string; retries: number };

/** Seconds that a person stands before a closed door. */
const WAIT_SECONDS = 5;
const TIMEOUT_MS = 10_000;
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 2_000;
/** Connections at once: a reader posts the next swipe though the one before is unanswered. */
const MAX_SOCKETS = 8;

/** One card reader: its own key and connections. At a door that lets in it waits for the decision; going out is not held. */
export class VirtualReader {
  readonly reader: Reader;
  readonly #options: VirtualReaderOptions;
  readonly #url: URL;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: MAX_SOCKETS });

  constructor(options: VirtualReaderOptions) {
    this.reader = options.reader;
    this.#options = options;
    this.#url = new URL('/v1/swipes', options.target);
  }

  get waitsForDecision(): boolean {
    return this.reader.direction !== 'out';
  }

  /** Posts a swipe until it is answered: the same swipeId each time, with full-jitter backoff. Never rejects. */
  async post(swipe: Swipe): Promise<Posted> {
    const { key, patienceMs, random } = this.#options;
    const deadlineMs = performance.now() + patienceMs;
    for (let retries = 0; ; retries++) {
      const answer = await postSwipe(swipe, {
        url: this.#url,
        key,
        agent: this.#agent,
        waitSeconds: this.waitsForDecision ? WAIT_SECONDS : undefined,
        timeoutMs: TIMEOUT_MS,
      });
      if (answer.kind !== 'again') return { ...answer, retries };
      const pauseMs = Math.max(answer.waitMs, random() * Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** retries));
      if (performance.now() + pauseMs >= deadlineMs) return { kind: 'unanswered', reason: answer.reason, retries };
      await delay(pauseMs);
    }
  }

  close(): void {
    this.#agent.destroy();
  }
}
