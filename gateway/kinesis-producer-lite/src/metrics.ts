import type { RetryCause } from './retry.js';

/** Upper bounds of the call latency buckets, in ms; the last bucket is open. */
export const LATENCY_BOUNDS_MS: readonly number[] = [5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000];

export interface CallLatency {
  count: number;
  sumMs: number;
  maxMs: number;
  /** Calls per bucket of LATENCY_BOUNDS_MS, and one more for those above; not cumulative. */
  buckets: number[];
}

/** Counters since the start, and the state of the moment. Stored means acknowledged by Kinesis, nothing less. */
export interface ProducerMetrics {
  /** User records that `put` took. */
  accepted: number;
  /** User records stored, also from disk. */
  userRecords: number;
  /** User records that went to disk. */
  spooled: number;
  /** Kinesis records stored. */
  kinesisRecords: number;
  /** Payload bytes of the Kinesis records stored. */
  bytes: number;
  /** PutRecords calls answered or failed. */
  calls: number;
  /** Kinesis records sent again, by cause. */
  retries: Record<RetryCause, number>;
  /** User records whose promise was rejected. */
  failed: number;
  /** User records per Kinesis record stored; 0 before the first. */
  aggregationRatio: number;
  callLatency: CallLatency;
  bufferedBytes: number;
  /** Bytes of the files on disk. */
  spooledBytes: number;
  oldestAgeMs: number;
}

export class Meter {
  accepted = 0;
  spooled = 0;
  failed = 0;
  readonly retries: Record<RetryCause, number> = {
    throttled: 0,
    internal: 0,
    timeout: 0,
    connection: 0,
    credentials: 0,
    wrongShard: 0,
    other: 0,
  };
  #userRecords = 0;
  #kinesisRecords = 0;
  #bytes = 0;
  #calls = 0;
  #latencySumMs = 0;
  #latencyMaxMs = 0;
  readonly #buckets: number[] = new Array(LATENCY_BOUNDS_MS.length + 1).fill(0);

  called(latencyMs: number): void {
    this.#calls += 1;
    this.#latencySumMs += latencyMs;
    this.#latencyMaxMs = Math.max(this.#latencyMaxMs, latencyMs);
    const bucket = LATENCY_BOUNDS_MS.findIndex((bound) => latencyMs <= bound);
    const index = bucket < 0 ? LATENCY_BOUNDS_MS.length : bucket;
    this.#buckets[index] = (this.#buckets[index] ?? 0) + 1;
  }

  stored(userRecords: number, bytes: number): void {
    this.#userRecords += userRecords;
    this.#kinesisRecords += 1;
    this.#bytes += bytes;
  }

  snapshot(state: Pick<ProducerMetrics, 'bufferedBytes' | 'spooledBytes' | 'oldestAgeMs'>): ProducerMetrics {
    return {
      accepted: this.accepted,
      userRecords: this.#userRecords,
      spooled: this.spooled,
      kinesisRecords: this.#kinesisRecords,
      bytes: this.#bytes,
      calls: this.#calls,
      retries: { ...this.retries },
      failed: this.failed,
      aggregationRatio: this.#kinesisRecords === 0 ? 0 : this.#userRecords / this.#kinesisRecords,
      callLatency: {
        count: this.#calls,
        sumMs: this.#latencySumMs,
        maxMs: this.#latencyMaxMs,
        buckets: [...this.#buckets],
      },
      ...state,
    };
  }
}
