import { setMaxListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { Decision } from '@swipegate/contract';
import { followDecisions } from './decision-feed.js';

export interface DecisionFeedsOptions {
  target: URL;
  keys: Readonly<Record<string, string>>;
  readerIds: ReadonlySet<string>;
  onDecision(decision: Decision): void;
}

const CHECK_MS = 20;
/** How long the streams may take to open, ms: there can be thousands, and the gateway may still be starting. */
const OPEN_PATIENCE_MS = 10_000;

/** Thrown when a decision stream does not open. */
export class DecisionFeedsError extends Error {
  override readonly name = 'DecisionFeedsError';
  readonly code = 'DECISION_FEEDS_CLOSED';
}

/** One event stream per reader of the site, however many virtual readers simulate it. */
export class DecisionFeeds {
  readonly #stopping = new AbortController();
  readonly #opened: Promise<void>;
  readonly #following: Promise<void>[];
  readonly #target: URL;
  #problem = 'no answer';

  constructor({ target, keys, readerIds, onDecision }: DecisionFeedsOptions) {
    const { signal } = this.#stopping;
    this.#target = target;
    // Each stream adds a listener; thousands of them are not a leak.
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
      const onProblem = (reason: string): void => {
        this.#problem = `reader ${readerId}: ${reason}`;
      };
      return followDecisions({ url, key: keys[readerId] ?? '', onDecision, onProblem, signal }, opened);
    });
    this.#opened = Promise.all(first).then(() => undefined);
  }

  /**
   * Resolves when every stream has opened once (from then on no decision is missed) or when the signal aborts.
   * @throws {DecisionFeedsError} DECISION_FEEDS_CLOSED when a stream does not open in time; all streams are then closed
   */
  async opened(signal: AbortSignal, patienceMs = OPEN_PATIENCE_MS): Promise<void> {
    const over = new AbortController();
    const patience = delay(patienceMs, undefined, { signal: AbortSignal.any([signal, over.signal]) }).then(
      () => 'late' as const,
      () => 'aborted' as const,
    );
    const outcome = await Promise.race([this.#opened, patience]);
    over.abort();
    if (outcome !== 'late') return;
    await this.close();
    throw new DecisionFeedsError(
      `The decision streams of the gateway at ${this.#target.origin} did not open (${this.#problem}): check that it is running and that the keys file is its own.`,
    );
  }

  /** Resolves when `isQuiet` returns true, or after `patienceMs`. */
  async quiet(isQuiet: () => boolean, patienceMs: number): Promise<void> {
    const deadlineMs = performance.now() + patienceMs;
    while (!isQuiet() && performance.now() < deadlineMs) await delay(CHECK_MS);
  }

  async close(): Promise<void> {
    this.#stopping.abort();
    await Promise.all(this.#following);
  }
}
