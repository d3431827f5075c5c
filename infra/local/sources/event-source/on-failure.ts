import { appendFile } from 'node:fs/promises';
import type { _Record as KinesisRecord } from '@aws-sdk/client-kinesis';

/** Batch of records that was given up. */
export interface GivenUp {
  functionArn: string;
  streamArn: string;
  shardId: string;
  records: readonly KinesisRecord[];
  invocations: number;
}

/** On-failure destination. It must reject unless it has stored the records; the consumer then retries. */
export type OnFailure = (givenUp: GivenUp) => Promise<void>;

/**
 * Appends a JSON line per batch, in the format of Lambda's on-failure destination
 * (https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html). Lambda leaves the records themselves in
 * the stream. The line includes them, because an emulator's stream is lost when it stops.
 */
export function appendToFile(file: string): OnFailure {
  return (givenUp) => appendFile(file, `${JSON.stringify(describe(givenUp))}\n`);
}

function describe({ functionArn, streamArn, shardId, records, invocations }: GivenUp): object {
  const first = records[0];
  const last = records.at(-1);
  return {
    timestamp: new Date().toISOString(),
    requestContext: { functionArn, condition: 'RetryAttemptsExhausted', approximateInvokeCount: invocations },
    KinesisBatchInfo: {
      shardId,
      streamArn,
      batchSize: records.length,
      startSequenceNumber: first?.SequenceNumber,
      endSequenceNumber: last?.SequenceNumber,
      approximateArrivalOfFirstRecord: first?.ApproximateArrivalTimestamp?.toISOString(),
      approximateArrivalOfLastRecord: last?.ApproximateArrivalTimestamp?.toISOString(),
    },
    records: records.map(({ SequenceNumber, PartitionKey, Data }) => ({
      sequenceNumber: SequenceNumber,
      partitionKey: PartitionKey,
      data: Data && Buffer.from(Data.buffer, Data.byteOffset, Data.byteLength).toString('base64'),
    })),
  };
}
