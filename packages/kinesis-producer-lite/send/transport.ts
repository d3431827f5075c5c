import type { Shard } from '../api/shard-map.js';
import type { RetryCause } from './retry.js';

/** One Kinesis record of a call. */
export interface CallRecord {
  /** The slab's memory, shared with the worker. */
  memory: ArrayBufferLike;
  start: number;
  end: number;
  /** True for an aggregate that still lacks its digest, false for a plain record. */
  aggregated: boolean;
  partitionKey: string;
  explicitHashKey: string | undefined;
}

export type StreamMode = 'PROVISIONED' | 'ON_DEMAND';

export type Outcome =
  | { stored: true; shardId: string; sequenceNumber: string }
  | { stored: false; cause: RetryCause; message: string };

/** The operations of Kinesis that the producer needs. */
export interface Transport {
  /** One PutRecords call: one outcome per record, in the same order. Rejects only if the worker itself fails. */
  putRecords(records: CallRecord[]): Promise<Outcome[]>;
  /** All shards of ListShards, open and closed. */
  listShards(): Promise<Shard[]>;
  /** Capacity mode of the stream; undefined if unknown. */
  streamMode(): Promise<StreamMode | undefined>;
  /** Ends all calls and threads. */
  close(): Promise<void>;
}
