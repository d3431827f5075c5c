import type { KinesisClient } from '@aws-sdk/client-kinesis';
import { putRecords } from '@swipegate/aws/put-records';
import { aggregate } from 'kinesis-producer-lite/aggregate';
import type { ParkedRecord } from '../stores/parking/parked-record.js';
import type { ParkedRecords } from '../stores/parking/parked-records.js';

export interface RedriveParts {
  kinesis: KinesisClient;
  parked: Pick<ParkedRecords, 'shardKeys' | 'pages' | 'delete'>;
}

export interface RedriveOptions {
  /** Only these (`stream/shardId`). Default: every shard of which something is parked. */
  shardKeys?: readonly string[] | undefined;
  /** Looks, and puts nothing back. */
  dryRun: boolean;
  /** Asked before each page; true ends the work there. Default: never. */
  isOutOfTime?(): boolean;
}

/** What became of one shard's parked records. */
export interface ShardRedrive {
  shardKey: string;
  /** Records that were put back; in a dry run, that would be. */
  redriven: number;
  /** How often each reason was given for parking them. */
  reasons: Record<string, number>;
  /** Whether all of the shard was done. False when time was up. */
  complete: boolean;
}

export class RedriveError extends Error {
  override readonly name = 'RedriveError';
  readonly code = 'REDRIVE_REFUSED';
}

/**
 * Puts parked records back on the streams they came from, with their partition keys, and deletes a row only once the
 * stream has its record. May be killed at any point and run again, or twice at once: what is then on the stream twice is
 * dropped by its swipeId. What cannot be decided yet is parked anew.
 *
 * @throws {RedriveError} when a stream refuses records; what was stored until then is done. And what the SDK throws.
 */
export async function redrive({ kinesis, parked }: RedriveParts, options: RedriveOptions): Promise<ShardRedrive[]> {
  const done: ShardRedrive[] = [];
  for (const shardKey of options.shardKeys ?? (await parked.shardKeys())) {
    const shard: ShardRedrive = { shardKey, redriven: 0, reasons: {}, complete: true };
    done.push(shard);
    for await (const page of parked.pages(shardKey)) {
      if (options.isOutOfTime?.() === true) {
        shard.complete = false;
        return done;
      }
      if (!options.dryRun) await putBack(page, streamNameOf(shardKey), { kinesis, parked });
      shard.redriven += page.length;
      for (const { reason } of page) shard.reasons[reason] = (shard.reasons[reason] ?? 0) + 1;
    }
  }
  return done;
}

/**
 * One PutRecords call promises no order among its records, so all that a partition key has in the page travels in one, in
 * the KPL's format, which keeps it.
 */
async function putBack(
  page: readonly ParkedRecord[],
  streamName: string,
  { kinesis, parked }: RedriveParts,
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
  // The next page may hold more of the same keys, which must not overtake these.
  if (refused.size > 0) {
    throw new RedriveError(`The stream ${streamName} refused ${refused.size} records time and again: run it later.`);
  }
}

/** What was aggregated by somebody else may carry a key that Kinesis does not take; inside the aggregate it stays. */
function keyOf(partitionKey: string): string {
  return partitionKey.length >= 1 && partitionKey.length <= 256 ? partitionKey : 'redriven';
}

function dataOf(rows: readonly ParkedRecord[]): Uint8Array {
  return aggregate(rows.map(({ partitionKey, data }) => ({ partitionKey, data: Buffer.from(data, 'base64') })));
}

function streamNameOf(shardKey: string): string {
  return shardKey.split('/')[0] ?? '';
}
