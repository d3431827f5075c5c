import type { Logger } from 'pino';
import { pause, type Tail } from './tail.js';

const RETRY_MS = 1_000;

/**
 * Starts a tail. If the service does not answer, the start is repeated until it does. Meanwhile the tail is unhealthy,
 * and the gateway takes swipes into its spool.
 * @throws the error of the first start if AWS refused the request, such as for a stream that does not exist
 */
export async function startRetried(start: (signal?: AbortSignal) => Promise<Tail>, logger: Logger): Promise<Tail> {
  try {
    return await start();
  } catch (error) {
    if (isRefusal(error)) throw error;
    logger.warn({ err: error }, 'the decisions stream cannot be reached; retrying');
    return new RetriedTail(start, logger);
  }
}

/** The service asks for fewer requests. The SDK gives these the fault `client`. */
const THROTTLING: ReadonlySet<string> = new Set([
  'LimitExceededException',
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'SlowDown',
  'Throttling',
  'ThrottlingException',
  'TooManyRequestsException',
]);

/** Whether AWS refused the request. In an outage there is no answer, or one with the fault `server`. */
function isRefusal(error: unknown): boolean {
  return error instanceof Error && '$fault' in error && error.$fault === 'client' && !THROTTLING.has(error.name);
}

class RetriedTail implements Tail {
  readonly #start: (signal: AbortSignal) => Promise<Tail>;
  readonly #logger: Logger;
  readonly #stopping = new AbortController();
  readonly #trying: Promise<void>;
  #tail: Tail | undefined;

  constructor(start: (signal: AbortSignal) => Promise<Tail>, logger: Logger) {
    this.#start = start;
    this.#logger = logger;
    this.#trying = this.#try();
  }

  get healthy(): boolean {
    return this.#tail?.healthy ?? false;
  }

  get behindMs(): number {
    return this.#tail?.behindMs ?? Number.POSITIVE_INFINITY;
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#trying;
    await this.#tail?.stop();
  }

  async #try(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted && this.#tail === undefined) {
      await pause(RETRY_MS, signal);
      if (signal.aborted) return;
      try {
        this.#tail = await this.#start(signal);
        this.#logger.info('the decisions stream can be read');
      } catch (error) {
        this.#logger.debug({ err: error }, 'the decisions stream cannot be reached; retrying');
      }
    }
  }
}
