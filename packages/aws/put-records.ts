import { type KinesisClient, PutRecordsCommand, type PutRecordsRequestEntry } from '@aws-sdk/client-kinesis';
import { resendRest } from './backoff.js';

const BACKOFF = { attempts: 6, firstPauseMs: 50, longestPauseMs: 2_000 };

/**
 * Makes one PutRecords call and resends the refused entries, with full-jitter backoff. Does not keep their order
 * (https://docs.aws.amazon.com/kinesis/latest/APIReference/API_PutRecords.html).
 * @param entries at most as many as one call takes
 * @returns the entries still refused after 6 attempts; all others are stored
 * @throws what the SDK throws; it is then unknown which entries are stored
 */
export async function putRecords<Entry extends PutRecordsRequestEntry>(
  kinesis: KinesisClient,
  streamName: string,
  entries: Entry[],
): Promise<Entry[]> {
  if (entries.length === 0) return [];
  const refused = await resendRest(
    entries,
    async (left) => {
      const { Records = [] } = await kinesis.send(new PutRecordsCommand({ StreamName: streamName, Records: left }));
      const refused = left.filter((_, i) => Records[i]?.ErrorCode !== undefined);
      return refused.length === 0 ? undefined : refused;
    },
    BACKOFF,
  );
  return refused ?? [];
}
