import type { KinesisStreamBatchResponse, KinesisStreamEvent } from 'aws-lambda';
import { type DecideParts, decideBatch } from './batch.js';
import { readRecords } from './records.js';

/**
 * The function without its clients: KinesisStreamEvent in, partial batch response out
 * (https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-batchfailurereporting.html).
 */
export function createDecideHandler(parts: DecideParts) {
  return async (event: KinesisStreamEvent): Promise<KinesisStreamBatchResponse> => {
    const failed = new Set(await decideBatch(readRecords(event.Records), parts));
    return {
      // In stream order, though Lambda goes by the lowest: so the first one that a log shows is where it starts again.
      batchItemFailures: event.Records.flatMap(({ kinesis: { sequenceNumber } }) =>
        failed.has(sequenceNumber) ? [{ itemIdentifier: sequenceNumber }] : [],
      ),
    };
  };
}
