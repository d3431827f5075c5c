import type { Decision } from '@swipegate/contract';
import type { Logger } from 'pino';
import type { AwaitedDecision, DecisionHub } from './decision-hub.js';

export interface DecisionFallbackOptions {
  hub: Pick<DecisionHub, 'overdue' | 'publishAll'>;
  readDecisions(awaited: readonly AwaitedDecision[]): Promise<Decision[]>;
  /** Whether the table may hold decisions that the tail has not delivered yet. */
  isTailBehind(): boolean;
  logger: Pick<Logger, 'warn'>;
  /** How long a request waits for the tail before the table is read, ms. Default 300. */
  afterMs?: number;
  /** Interval between reads of the table, ms. Default 250. */
  everyMs?: number;
}

/** DynamoDB's limit of keys per BatchGetItem call. */
const AWAITED_PER_READ = 100;

/** While the tail is behind, reads from the table, at a bounded rate, the decisions that requests await. */
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
