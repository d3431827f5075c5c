import type { Reader } from '@swipegate/contract';

/** A door that passes one person at a time. */
export class Turnstile {
  readonly reader: Reader;
  readonly #paceMs: number;
  #freeMs = 0;

  /** @param paceMs time between two people, ms; 0 is unlimited */
  constructor(reader: Reader, paceMs: number) {
    this.reader = reader;
    this.#paceMs = paceMs;
  }

  /** When it is free for the next person, ms of performance.now(). */
  get freeMs(): number {
    return this.#freeMs;
  }

  /** Adds a person to the queue. @returns the time of their turn, ms */
  queue(nowMs: number): number {
    const turnMs = Math.max(nowMs, this.#freeMs);
    this.#freeMs = turnMs + this.#paceMs;
    return turnMs;
  }
}
