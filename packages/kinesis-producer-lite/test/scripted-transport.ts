import { MAX_HASH_KEY, type Shard } from '../api/shard-map.js';
import { deaggregate } from '../format/deaggregate.js';
import { MAGIC_BYTES } from '../format/kpl-format.js';
import { md5Of } from '../format/md5/md5.js';
import type { CallRecord, Outcome, StreamSummary, Transport } from '../send/transport.js';

export interface ScriptedRecord {
  partitionKey: string;
  /** As passed in the call. The script decides which shard it belongs to. */
  explicitHashKey: string | undefined;
  texts: string[];
}

export interface ScriptedCall {
  records: ScriptedRecord[];
  /** Answers the call. */
  answer(outcomes: Outcome[]): void;
  /** Simulates a worker that dies. */
  crash(): void;
}

/** Transport whose answers are given by the test. */
export class ScriptedTransport implements Transport {
  shards: Shard[];
  summary: StreamSummary = {};
  listings = 0;
  descriptions = 0;
  closed = false;
  readonly #calls: ScriptedCall[] = [];
  #arrived: (() => void) | undefined;

  constructor(shards: Shard[] = evenShards(1)) {
    this.shards = shards;
  }

  /** Number of calls that the test has not taken yet. */
  get waiting(): number {
    return this.#calls.length;
  }

  /** Waits for the next call. */
  async next(): Promise<ScriptedCall> {
    for (;;) {
      const call = this.#calls.shift();
      if (call) return call;
      await new Promise<void>((resolve) => {
        this.#arrived = resolve;
      });
    }
  }

  putRecords(records: CallRecord[]): Promise<Outcome[]> {
    return new Promise((resolve, reject) => {
      this.#calls.push({
        records: records.map((record) => ({
          partitionKey: record.partitionKey,
          explicitHashKey: record.explicitHashKey,
          texts: textsOf(record),
        })),
        answer: resolve,
        crash: () => reject(new Error('worker exited with code: 1')),
      });
      this.#arrived?.();
    });
  }

  async listShards(): Promise<Shard[]> {
    this.listings += 1;
    return this.shards;
  }

  async describe(): Promise<StreamSummary> {
    this.descriptions += 1;
    return this.summary;
  }

  async close(): Promise<void> {
    this.closed = true;
  }
}

export function stored(shardId = 'shard-0'): Outcome {
  return { stored: true, shardId, sequenceNumber: '1' };
}

export function refused(cause: 'throttled' | 'internal' | 'timeout' = 'throttled'): Outcome {
  return { stored: false, cause, message: `${cause} by script` };
}

/** Open shards of equal range: shard-0, shard-1, ... */
export function evenShards(count: number): Shard[] {
  const width = (MAX_HASH_KEY + 1n) / BigInt(count);
  return Array.from({ length: count }, (_, i) => ({
    id: `shard-${i}`,
    start: width * BigInt(i),
    end: i === count - 1 ? MAX_HASH_KEY : width * BigInt(i + 1) - 1n,
    open: true,
  }));
}

function textsOf({ memory, start, end, aggregated }: CallRecord): string[] {
  const bytes = Buffer.from(memory, start, end - start);
  const users = deaggregate(
    aggregated ? Buffer.concat([bytes, md5Of(bytes.subarray(MAGIC_BYTES))]) : Buffer.from(bytes),
    '',
  );
  return users.map((user) => Buffer.from(user.data).toString());
}
