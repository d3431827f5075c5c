import { setTimeout as delay } from 'node:timers/promises';
import { type KinesisClient, PutRecordsCommand } from '@aws-sdk/client-kinesis';
import { type Decision, tenantKey } from '../../gateway/contract/index.js';
import { piecesOf } from '../dynamodb/in-lanes.js';

/** Limit of PutRecords (https://docs.aws.amazon.com/kinesis/latest/APIReference/API_PutRecords.html). */
const RECORDS_PER_CALL = 500;
const ATTEMPTS = 6;
const FIRST_PAUSE_MS = 50;

export class PublishError extends Error {
  override readonly name = 'PublishError';
  readonly code = 'DECISIONS_NOT_PUBLISHED';
}

/**
 * Puts decisions on the `decisions` stream, one JSON document a record. A reader's decisions share a shard.
 * @throws {PublishError} when the stream refuses some however often they are sent, and what the SDK throws
 */
export async function publish(
  kinesis: KinesisClient,
  streamName: string,
  decisions: readonly Decision[],
): Promise<void> {
  for (const piece of piecesOf(decisions, RECORDS_PER_CALL)) {
    let left = piece.map((decision) => ({
      PartitionKey: tenantKey(decision.tenantId, decision.readerId),
      Data: Buffer.from(JSON.stringify(decision)),
    }));
    for (let attempt = 0; left.length > 0; attempt++) {
      if (attempt === ATTEMPTS) throw new PublishError(`The stream refused ${left.length} decisions ${ATTEMPTS} times`);
      if (attempt > 0) await delay(Math.random() * FIRST_PAUSE_MS * 2 ** attempt);
      const { Records = [] } = await kinesis.send(new PutRecordsCommand({ StreamName: streamName, Records: left }));
      left = left.filter((_, i) => Records[i]?.ErrorCode !== undefined);
    }
  }
}
