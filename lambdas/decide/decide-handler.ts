import type { KinesisStreamBatchResponse, KinesisStreamEvent } from 'aws-lambda';
import { type DecideParts, decideBatch } from './batch.js';
import type { DecideMetrics } from './metrics.js';
import { readRecords, shardKeyOf, type Unreadable } from './records/records.js';

export interface HandlerParts extends Omit<DecideParts, 'park'> {
  /** {@link DecideParts} park, for one shard ({@link shardKeyOf}). */
  park(shardKey: string, records: readonly Unreadable[]): Promise<void>;
  metrics: DecideMetrics;
}

/**
 * Creates the Lambda handler: a KinesisStreamEvent in, a partial batch response out
 * (https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-batchfailurereporting.html).
 */
export function createDecideHandler(parts: HandlerParts) {
  const { metrics } = parts;
  return async (event: KinesisStreamEvent): Promise<KinesisStreamBatchResponse> => {
    const shardKey = shardKeyOf(event.Records);
    const batch = readRecords(event.Records);
    const failed = new Set(
      await decideBatch(batch, {
        ...parts,
        async publish(decisions, json) {
          await parts.publish(decisions, json);
          metrics.decided(decisions);
        },
        async park(records) {
          await parts.park(shardKey, records);
          metrics.parked(records.length);
        },
      }),
    );
    metrics.publish({ swipes: batch.swipes.length, failed: failed.size });
    return {
      // Lambda retries from the lowest sequence number. Stream order puts that one first in logs.
      batchItemFailures: event.Records.flatMap(({ kinesis: { sequenceNumber } }) =>
        failed.has(sequenceNumber) ? [{ itemIdentifier: sequenceNumber }] : [],
      ),
    };
  };
}
