import type { Decision } from '@swipegate/contract';
import type { Logger } from 'pino';
import type { Awaited, DecisionHub } from './decision-hub.js';

export interface DecisionFallbackOptions {
  hub: Pick<DecisionHub, 'overdue' | 'publishAll'>;
  /** Reads those decisions of the table that are there. */
  readDecisions(awaited: readonly Awaited[]): Promise<Decision[]>;
  /** Whether decisions may be in the table that the tail has not brought. */
  isTailBehind(): boolean;
  logger: Pick<Logger, 'warn'>;
  /** How long a request waits for the tail before it is asked after, ms. Default 300. */
  afterMs?: number;
  /** From one read of the table to the next, ms. Default 250. */
  everyMs?: number;
}

/** DynamoDB's limit of keys a call. */
const AWAITED_PER_READ = 100;

/**
 * Asks the table for the decisions that requests wait for while the tail is behind: one read for all of them, at a bounded
 * rate. While the tail is well it reads nothing.
 */
export class DecisionFallback {
  readonly #options: DecisionFallbackOptions;
  readonly #timer: NodeJS.Timeout;
  #reading = false;
  #failing = false;

  constructor(options: DecisionFallbackOptions) {
    this.#options = options;
    this.#timer = setInterval(() => void this.#read(), options.everyMs ?? 250);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  async #read(): Promise<void> {
    const { hub, readDecisions, isTailBehind, logger, afterMs = 300 } = this.#options;
    if (this.#reading || !isTailBehind()) return;
    const awaited = hub.overdue(afterMs, AWAITED_PER_READ);
    if (awaited.length === 0) return;
    this.#reading = true;
    try {
      hub.publishAll(await readDecisions(awaited));
      this.#failing = false;
    } catch (error) {
      if (!this.#failing)
        logger.warn({ err: error }, 'decisions can be read neither from the stream nor from the table');
      this.#failing = true;
    } finally {
      this.#reading = false;
    }
  }
}
