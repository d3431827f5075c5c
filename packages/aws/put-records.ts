import { setTimeout as delay } from 'node:timers/promises';
import { type KinesisClient, PutRecordsCommand, type PutRecordsRequestEntry } from '@aws-sdk/client-kinesis';

const ATTEMPTS = 6;
const FIRST_PAUSE_MS = 50;

/**
 * One PutRecords call, and what the stream refuses of it again, with full-jitter backoff. Says nothing of the order of the
 * entries among each other (https://docs.aws.amazon.com/kinesis/latest/APIReference/API_PutRecords.html).
 *
 * @param entries at most what a call takes
 * @returns the entries that were refused however often they were sent; all others are stored
 * @throws what the SDK throws: then nobody knows which entries are stored
 */
export async function putRecords<Entry extends PutRecordsRequestEntry>(
  kinesis: KinesisClient,
  streamName: string,
  entries: readonly Entry[],
): Promise<readonly Entry[]> {
  let left = entries;
  for (let attempt = 0; left.length > 0 && attempt < ATTEMPTS; attempt++) {
    if (attempt > 0) await delay(Math.random() * FIRST_PAUSE_MS * 2 ** attempt);
    const { Records = [] } = await kinesis.send(new PutRecordsCommand({ StreamName: streamName, Records: [...left] }));
    left = left.filter((_, i) => Records[i]?.ErrorCode !== undefined);
  }
  return left;
}
