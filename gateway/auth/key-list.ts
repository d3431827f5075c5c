import { setTimeout as delay } from 'node:timers/promises';
import type { FastifyBaseLogger } from 'fastify';
import { HashFilter } from './hash-filter.js';

/** 100,000 keys take about 3,800 RCU a reading, so hourly readings cost 0.35 dollars a month. */
const EVERY_MS = 3_600_000;
const RETRY_MS = 60_000;
/** Pause after the first failed reading, doubled up to {@link RETRY_MS}: without a list, real keys wait behind made-up ones. */
const FIRST_RETRY_MS = 1_000;
/** Spreads the readings of several gateways, and those of a table of 100,000 keys over 10 seconds. */
const [JITTER, PAGE_PAUSE_MS] = [0.1, 50];

/**
 * Tells keys that probably exist from those that certainly did not at the last reading, without a look-up. A key that
 * is not listed may be new.
 */
export class KeyList {
  #listed = new HashFilter();
  /** Set while the list is being read. */
  #next: HashFilter | undefined;
  #wasRead = false;
  readonly #stopping = new AbortController();

  has(keyHash: string): boolean {
    return this.#listed.has(keyHash) || this.#next?.has(keyHash) === true;
  }

  /** Adds a key that was looked up. */
  add(keyHash: string): void {
    this.#listed.add(keyHash);
    this.#next?.add(keyHash);
  }

  /** Replaces the list. Rejects as `pages` does; the list then keeps what it has. A first reading adds to it at once. */
  async read(pages: AsyncIterable<string[]>): Promise<void> {
    const next = this.#wasRead ? new HashFilter() : this.#listed;
    this.#next = next;
    try {
      for await (const keyHashes of pages) {
        for (const keyHash of keyHashes) next.add(keyHash);
        await delay(PAGE_PAUSE_MS, undefined, { ref: false, signal: this.#stopping.signal });
      }
      this.#listed = next;
      this.#wasRead = true;
    } finally {
      this.#next = undefined;
    }
  }

  /** Reads the list now and every hour, until {@link stop}. Never rejects: without a list, keys are looked up. */
  async keep(hashes: () => AsyncIterable<string[]>, logger: FastifyBaseLogger): Promise<void> {
    const { signal } = this.#stopping;
    let retryMs = FIRST_RETRY_MS;
    while (!signal.aborted) {
      let pauseMs = EVERY_MS;
      try {
        await this.read(hashes());
      } catch (error) {
        if (signal.aborted) return;
        pauseMs = this.#wasRead ? RETRY_MS : retryMs;
        retryMs = Math.min(2 * retryMs, RETRY_MS);
        logger.warn({ err: error, pauseMs }, 'the list of API keys could not be read; it is read again after a pause');
      }
      const jitter = 1 + JITTER * (2 * Math.random() - 1);
      await delay(pauseMs * jitter, undefined, { ref: false, signal }).catch(() => undefined);
    }
  }

  stop(): void {
    this.#stopping.abort();
  }
}
