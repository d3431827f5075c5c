import { setTimeout as delay } from 'node:timers/promises';
import { type KinesisClient, PutRecordsCommand, type PutRecordsRequestEntry } from '@aws-sdk/client-kinesis';

const ATTEMPTS = 6;
const FIRST_PAUSE_MS = 50;

/**
 * Makes one PutRecords call and resends the refused entries, with full-jitter backoff. Does not guarantee the order
 * of the entries (https://docs.aws.amazon.com/kinesis/latest/APIReference/API_PutRecords.html).
 *
 * @param entries at most as many as one call takes
 * @returns the entries still refused after 6 attempts; all others are stored
 * @throws what the SDK throws; it is then unknown which entries are stored
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
