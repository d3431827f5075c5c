import type { Shard } from '../lanes/shard-map.js';
import type { RetryCause } from './retry.js';

/** One Kinesis record of a call. */
export interface CallRecord {
  /** The slab's memory, shared with whoever sends it. */
  memory: ArrayBufferLike;
  start: number;
  end: number;
  /** Whether the bytes are an aggregate that still lacks its digest, or a plain record. */
  aggregated: boolean;
  partitionKey: string;
  explicitHashKey: string | undefined;
}

export type StreamMode = 'PROVISIONED' | 'ON_DEMAND';

export type Outcome =
  | { stored: true; shardId: string; sequenceNumber: string }
  | { stored: false; cause: RetryCause; message: string };

/** All that the producer needs of Kinesis. */
export interface Transport {
  /** One PutRecords call: an outcome for each record, in the order given. Rejects only if the sender itself broke. */
  putRecords(records: CallRecord[]): Promise<Outcome[]>;
  /** Every shard that ListShards tells of, closed ones included. */
  listShards(): Promise<Shard[]>;
  /** How the stream's capacity is set; undefined where that is not told. */
  streamMode(): Promise<StreamMode | undefined>;
  /** Ends all calls and threads. */
  close(): Promise<void>;
}
