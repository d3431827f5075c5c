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
/** How long streams may take to open, ms: for thousands, and for a gateway that is just starting. */
const OPEN_PATIENCE_MS = 10_000;

/** The gateway does not let the readers follow their decisions. */
export class DecisionFeedsError extends Error {
  override readonly name = 'DecisionFeedsError';
  readonly code = 'DECISION_FEEDS_CLOSED';
}

/** One event stream for each reader of the site, however many virtual readers share its name. */
export class DecisionFeeds {
  readonly #stopping = new AbortController();
  readonly #opened: Promise<void>;
  readonly #following: Promise<void>[];
  readonly #target: URL;
  #problem = 'no answer';

  constructor({ target, keys, readerIds, onDecision }: DecisionFeedsOptions) {
    const { signal } = this.#stopping;
    this.#target = target;
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
      const onProblem = (reason: string): void => {
        this.#problem = `reader ${readerId}: ${reason}`;
      };
      return followDecisions({ url, key: keys[readerId] ?? '', onDecision, onProblem, signal }, opened);
    });
    this.#opened = Promise.all(first).then(() => undefined);
  }

  /**
   * Resolves when every stream has stood once: from then on no decision is missed. Or when the signal aborts.
   * @throws {DecisionFeedsError} when one does not open; nothing is followed then
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
      `The gateway at ${this.#target.origin} does not let its readers follow their decisions (${this.#problem}): is it running, and are these its keys?`,
    );
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
