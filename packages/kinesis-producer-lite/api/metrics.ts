import type { RetryCause } from './errors.js';

/** Counters since the start and current gauges. "Stored" means acknowledged by Kinesis. */
export interface ProducerMetrics {
  /** User records accepted by `put`. */
  accepted: number;
  /** User records stored, including those from the spool. */
  userRecords: number;
  spooled: number;
  kinesisRecords: number;
  /** Payload bytes of the Kinesis records stored. */
  bytes: number;
  /** PutRecords calls, answered or failed. */
  calls: number;
  /** Kinesis records sent again, by cause. */
  retries: Record<RetryCause, number>;
  /** User records whose promise was rejected. */
  failed: number;
  /** User records per stored Kinesis record; 0 before the first. */
  aggregationRatio: number;
  callLatency: CallLatency;
  bufferedBytes: number;
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
  readonly callLatency = new LatencyHistogram();

  stored(userRecords: number, bytes: number): void {
    this.#userRecords += userRecords;
    this.#kinesisRecords += 1;
    this.#bytes += bytes;
  }

  snapshot(state: Pick<ProducerMetrics, 'bufferedBytes' | 'spooledBytes' | 'oldestAgeMs'>): ProducerMetrics {
    const callLatency = this.callLatency.snapshot();
    return {
      accepted: this.accepted,
      userRecords: this.#userRecords,
      spooled: this.spooled,
      kinesisRecords: this.#kinesisRecords,
      bytes: this.#bytes,
      calls: callLatency.count,
      retries: { ...this.retries },
      failed: this.failed,
      aggregationRatio: this.#kinesisRecords === 0 ? 0 : this.#userRecords / this.#kinesisRecords,
      callLatency,
      ...state,
    };
  }
}

export interface ShardMetrics {
  shardId: string;
  /** Payload bytes stored since the producer first saw the shard. */
  bytes: number;
  /** Latency of the calls with a record for this shard, answered or failed. */
  callLatency: CallLatency;
  /** Consecutive failures; 0 while records are stored. */
  attempt: number;
  /** Age of the oldest unacknowledged record, in ms. */
  oldestAgeMs: number;
  /** Kinesis records on disk. */
  spooledKinesisRecords: number;
}

/** Upper bounds of the call latency buckets, in ms. One more bucket counts all above. */
export const LATENCY_BOUNDS_MS: readonly number[] = [5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000];

export interface CallLatency {
  count: number;
  sumMs: number;
  maxMs: number;
  /** Calls per bucket of LATENCY_BOUNDS_MS plus one for those above; not cumulative. */
  buckets: number[];
}

export class LatencyHistogram {
  #count = 0;
  #sumMs = 0;
  #maxMs = 0;
  readonly #buckets: number[] = new Array(LATENCY_BOUNDS_MS.length + 1).fill(0);

  record(latencyMs: number): void {
    this.#count += 1;
    this.#sumMs += latencyMs;
    this.#maxMs = Math.max(this.#maxMs, latencyMs);
    const bucket = LATENCY_BOUNDS_MS.findIndex((bound) => latencyMs <= bound);
    const index = bucket < 0 ? LATENCY_BOUNDS_MS.length : bucket;
    this.#buckets[index] = (this.#buckets[index] ?? 0) + 1;
  }

  snapshot(): CallLatency {
    return { count: this.#count, sumMs: this.#sumMs, maxMs: this.#maxMs, buckets: [...this.#buckets] };
  }
}
