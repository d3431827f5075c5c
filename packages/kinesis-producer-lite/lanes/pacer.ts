import type { ShardRate } from '../api/options.js';

/** How far ahead of schedule a record may go, in ms, so that late timers do not lower the rate. */
const TOLERANCE_MS = 20;

/** Spaces the records of a shard to avoid throttling (GCRA, ITU-T I.371). */
export class Pacer {
  readonly #msPerRecord: number;
  readonly #msPerByte: number;
  #freeAt = 0;

  constructor({ recordsPerSecond, bytesPerSecond }: ShardRate) {
    this.#msPerRecord = 1_000 / recordsPerSecond;
    this.#msPerByte = 1_000 / bytesPerSecond;
  }

  /** When the next record may go, in ms of the monotonic clock. */
  get readyAt(): number {
    return this.#freeAt - TOLERANCE_MS;
  }

  sent(bytes: number, now: number, records = 1): void {
    this.#freeAt = Math.max(this.#freeAt, now) + Math.max(records * this.#msPerRecord, bytes * this.#msPerByte);
  }
}
