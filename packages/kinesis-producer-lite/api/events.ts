import type { RetryCause } from '../send/retry.js';
import type { ProducerErrorCode } from './errors.js';

/** What an observer is told. Nothing is emitted for a record that goes through at the first attempt. */
export type ProducerEvent =
  | {
      type: 'retry';
      shardId: string;
      cause: RetryCause;
      message: string;
      /** 1 for the first failure in a row of this shard. */
      attempt: number;
      delayMs: number;
      userRecords: number;
    }
  | { type: 'failed'; code: ProducerErrorCode; message: string; userRecords: number }
  | { type: 'spooled'; shardId: string; userRecords: number }
  | { type: 'spool-failed'; message: string; userRecords: number }
  | { type: 'spool-recovered'; entries: number; tornBytes: number }
  /** The file no longer has these acknowledged records whole. */
  | { type: 'spool-damaged'; path: string; message: string }
  | { type: 'misplaced'; expectedShardId: string; actualShardId: string }
  | { type: 'shard-map'; openShards: number }
  | { type: 'shard-map-failed'; message: string; delayMs: number };
