import { setMaxListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { Decision } from '../../gateway/contract/index.js';
import { followDecisions } from './decision-feed.js';

export interface DecisionFeedsOptions {
  target: URL;
  keys: Readonly<Record<string, string>>;
  readerIds: ReadonlySet<string>;
  onDecision(decision: Decision): void;
}

const CHECK_MS = 20;

/** One event stream for each reader of the site, however many virtual readers share its name. */
export class DecisionFeeds {
  readonly #stopping = new AbortController();
  readonly #opened: Promise<void>;
  readonly #following: Promise<void>[];

  constructor({ target, keys, readerIds, onDecision }: DecisionFeedsOptions) {
    const { signal } = this.#stopping;
    // One listener a stream, and thousands of streams are no leak.
    setMaxListeners(0, signal);
    const first: Promise<void>[] = [];
    this.#following = Array.from(readerIds, (readerId) => {
      let opened = (): void => undefined;
      first.push(
        new Promise((resolve) => {
          opened = resolve;
        }),
      );
      const url = new URL(`/v1/readers/${encodeURIComponent(readerId)}/decisions`, target);
      return followDecisions({ url, key: keys[readerId] ?? '', onDecision, signal }, opened);
    });
    this.#opened = Promise.all(first).then(() => undefined);
  }

  /** Resolves when every stream has stood once: from then on no decision is missed. Or when the signal aborts. */
  async opened(signal: AbortSignal): Promise<void> {
    const aborted = new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
    await Promise.race([this.#opened, aborted]);
  }

  /** Resolves when `isQuiet`, or after `patienceMs`. */
  async quiet(isQuiet: () => boolean, patienceMs: number): Promise<void> {
    const deadlineMs = performance.now() + patienceMs;
    while (!isQuiet() && performance.now() < deadlineMs) await delay(CHECK_MS);
  }

  async close(): Promise<void> {
    this.#stopping.abort();
    await Promise.all(this.#following);
  }
}
