import type { RetryCause } from '../send/retry.js';
import { type CallLatency, LatencyHistogram } from './latency-histogram.js';

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

/** One shard's part. */
export interface ShardMetrics {
  shardId: string;
  /** Payload bytes stored in it since the producer came to know it. */
  bytes: number;
  /** Of the calls that carried a record of this shard, until they were answered or failed. */
  callLatency: CallLatency;
  /** Failures in a row; 0 while records go through. */
  attempt: number;
  /** How long its oldest record has waited for its acknowledgement, in ms. */
  oldestAgeMs: number;
  /** Kinesis records on disk. */
  spooledKinesisRecords: number;
}
