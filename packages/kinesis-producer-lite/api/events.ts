import type { RetryCause } from '../send/retry.js';
import type { ProducerErrorCode } from './errors.js';

/** Events for `onEvent`. A record stored at the first attempt emits none. */
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
  /** Acknowledged records in this file are corrupt and lost. */
  | { type: 'spool-damaged'; path: string; message: string }
  | { type: 'misplaced'; expectedShardId: string; actualShardId: string }
  | { type: 'shard-map'; openShards: number }
  | { type: 'shard-map-failed'; message: string; delayMs: number };
