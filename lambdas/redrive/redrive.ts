import type { KinesisClient } from '@aws-sdk/client-kinesis';
import { putRecords } from '@swipegate/aws/put-records';
import { aggregate } from 'kinesis-producer-lite/aggregate';
import type { ParkedRecord, ParkedRecords } from '../stores/parked-records.js';

interface RedriveDeps {
  kinesis: KinesisClient;
  parked: Pick<ParkedRecords, 'shardKeys' | 'pages' | 'delete'>;
}

interface RedriveOptions {
  /** Only these shards (`stream/shardId`). Default: all shards with parked records. */
  shardKeys?: readonly string[] | undefined;
  /** Only counts; puts nothing back. */
  dryRun: boolean;
  /** Called before each page; true stops the redrive there. Default: never. */
  isOutOfTime?(): boolean;
}

export interface ShardRedrive {
  shardKey: string;
  /** Records that were put back; in a dry run, that would be. */
  redriven: number;
  /** Number of records for each reason they were parked for. */
  reasons: Record<string, number>;
  /** Whether the whole shard was processed. False when time ran out. */
  complete: boolean;
}

export class RedriveError extends Error {
  override readonly name = 'RedriveError';
  readonly code = 'REDRIVE_REFUSED';
}

/**
 * Puts parked records back on their streams, with their partition keys, and deletes a row once the stream has its
 * record. A redrive may be killed and run again, or run twice at once: decide drops duplicates by swipeId. Records that
 * still cannot be decided are parked again.
 * @throws {RedriveError} when a stream rejects records; records stored before that stay done. Also what the SDK throws.
 */
export async function redrive({ kinesis, parked }: RedriveDeps, options: RedriveOptions): Promise<ShardRedrive[]> {
  const done: ShardRedrive[] = [];
  for (const shardKey of options.shardKeys ?? (await parked.shardKeys())) {
    const shard: ShardRedrive = { shardKey, redriven: 0, reasons: {}, complete: true };
    done.push(shard);
    for await (const page of parked.pages(shardKey)) {
      if (options.isOutOfTime?.() === true) {
        shard.complete = false;
        return done;
      }
      if (!options.dryRun) await putBack(page, shardKey.split('/')[0] ?? '', { kinesis, parked });
      shard.redriven += page.length;
      for (const { reason } of page) shard.reasons[reason] = (shard.reasons[reason] ?? 0) + 1;
    }
  }
  return done;
}

/** Puts all records of a partition key in one aggregate (KPL format): PutRecords does not keep the order of records. */
async function putBack(
  page: readonly ParkedRecord[],
  streamName: string,
  { kinesis, parked }: RedriveDeps,
): Promise<void> {
  const byKey = new Map<string, ParkedRecord[]>();
  for (const row of page) {
    const ofKey = byKey.get(row.partitionKey);
    if (ofKey === undefined) byKey.set(row.partitionKey, [row]);
    else ofKey.push(row);
  }
  const rowsOf = new Map(Array.from(byKey, ([key, rows]) => [{ PartitionKey: keyOf(key), Data: dataOf(rows) }, rows]));
  const refused = new Set(await putRecords(kinesis, streamName, Array.from(rowsOf.keys())));
  await parked.delete(Array.from(rowsOf).flatMap(([entry, rows]) => (refused.has(entry) ? [] : rows)));
  // The next page may hold more records of the same keys, which must not overtake these.
  if (refused.size > 0) {
    throw new RedriveError(
      `The stream ${streamName} rejected ${refused.size} records after all retries. Run the redrive again later.`,
    );
  }
}

/** Replaces a key that Kinesis rejects, as a foreign aggregate may contain. Inside the aggregate the key stays. */
function keyOf(partitionKey: string): string {
  return partitionKey.length >= 1 && partitionKey.length <= 256 ? partitionKey : 'redriven';
}

function dataOf(rows: readonly ParkedRecord[]): Uint8Array {
  return aggregate(rows.map(({ partitionKey, data }) => ({ partitionKey, data: Buffer.from(data, 'base64') })));
}
