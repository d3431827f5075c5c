import type { _Record as KinesisRecord } from '@aws-sdk/client-kinesis';
import type { KinesisStreamEvent } from 'aws-lambda';

/** Converts records of a shard to a Lambda event (https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html). */
export function kinesisEvent(
  shardId: string,
  records: readonly KinesisRecord[],
  { streamArn, region }: { streamArn: string; region: string },
): KinesisStreamEvent {
  return {
    Records: records.map(({ SequenceNumber = '', PartitionKey = '', Data, ApproximateArrivalTimestamp }) => ({
      kinesis: {
        kinesisSchemaVersion: '1.0',
        partitionKey: PartitionKey,
        sequenceNumber: SequenceNumber,
        data: Data === undefined ? '' : Buffer.from(Data.buffer, Data.byteOffset, Data.byteLength).toString('base64'),
        approximateArrivalTimestamp: (ApproximateArrivalTimestamp?.getTime() ?? 0) / 1000,
      },
      eventSource: 'aws:kinesis',
      eventVersion: '1.0',
      eventID: `${shardId}:${SequenceNumber}`,
      eventName: 'aws:kinesis:record',
      invokeIdentityArn: 'arn:aws:iam::000000000000:role/local',
      awsRegion: region,
      eventSourceARN: streamArn,
    })),
  };
}
