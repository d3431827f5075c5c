/** What one shard takes in a second. */
export interface ShardRate {
  recordsPerSecond: number;
  bytesPerSecond: number;
}

/**
 * A shard of a provisioned stream takes 1,000 records and 1 MiB a second (Kinesis developer guide, "Quotas and limits", read
 * in November 2026). An on-demand stream grows with what it is offered, so holding records back would keep it small.
 */
export const PROVISIONED_SHARD: ShardRate = { recordsPerSecond: 1_000, bytesPerSecond: 1024 * 1024 };

/** How far ahead of its schedule a record may go, in ms: so that a late timer does not lower the rate. */
const TOLERANCE_MS = 20;

/** Spaces the records of a shard, so that the stream need not refuse any (GCRA, as ITU-T I.371 describes it). */
export class Pacer {
  readonly #msPerRecord: number;
  readonly #msPerByte: number;
  #freeAt = 0;

  constructor({ recordsPerSecond, bytesPerSecond }: ShardRate) {
    this.#msPerRecord = 1_000 / recordsPerSecond;
    this.#msPerByte = 1_000 / bytesPerSecond;
  }

  /** When the next record may go, ms of the monotonic clock. */
  get readyAt(): number {
    return this.#freeAt - TOLERANCE_MS;
  }

  sent(bytes: number, now: number): void {
    this.#freeAt = Math.max(this.#freeAt, now) + Math.max(this.#msPerRecord, bytes * this.#msPerByte);
  }
}
