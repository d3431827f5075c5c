import { Holding } from './fair-share.js';

/** A key's use of the gateway. It outlives a re-read of the key. */
export class Account {
  readonly requests: Holding;
  /** Bytes of bodies, awaited decisions and unread answers. */
  readonly bytes: Holding;
  readonly eventStreams: Holding;
  /** Running queries of operators. */
  readonly queries: Holding;
  #windowBeganMs = Number.NEGATIVE_INFINITY;
  #inWindow = 0;

  constructor(tenant?: Account) {
    this.requests = new Holding(tenant?.requests);
    this.bytes = new Holding(tenant?.bytes);
    this.eventStreams = new Holding(tenant?.eventStreams);
    this.queries = new Holding(tenant?.queries);
  }

  /** Counts a request. @returns whether the key stays within its rate: a fixed window of one second */
  isWithinRate(maxPerSecond: number, nowMs: number): boolean {
    if (nowMs - this.#windowBeganMs >= WINDOW_MS) {
      this.#windowBeganMs = nowMs;
      this.#inWindow = 0;
    }
    this.#inWindow += 1;
    return this.#inWindow <= maxPerSecond;
  }
}

const WINDOW_MS = 1_000;
