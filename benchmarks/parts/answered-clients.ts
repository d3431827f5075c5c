import { DynamoDBClient, type ServiceInputTypes, type ServiceOutputTypes } from '@aws-sdk/client-dynamodb';
import { KinesisClient, type PutRecordsCommandInput } from '@aws-sdk/client-kinesis';

const NOWHERE = { region: 'us-east-1', credentials: { accessKeyId: 'none', secretAccessKey: 'none' } };

/** Answers a call of DynamoDB. */
export type Answer = (input: ServiceInputTypes) => Omit<ServiceOutputTypes, '$metadata'>;

/**
 * A client whose `send` is answered at once, before the SDK's first own step: nothing is serialised, signed or sent. What
 * is left of a call is the caller's code.
 */
export function answeredDynamodb(answer: Answer): DynamoDBClient {
  const client = new DynamoDBClient({ ...NOWHERE, cacheMiddleware: true });
  client.middlewareStack.add(
    () =>
      async ({ input }) => ({ output: { $metadata: {}, ...answer(input) }, response: {} }),
    { step: 'initialize', priority: 'high', name: 'answer' },
  );
  return client;
}

/** The same of a stream, whose every record is taken. */
export function answeredKinesis(
  onPut: (records: NonNullable<PutRecordsCommandInput['Records']>) => void,
): KinesisClient {
  const client = new KinesisClient({ ...NOWHERE, cacheMiddleware: true });
  client.middlewareStack.add(
    () =>
      async ({ input }) => {
        const records = 'Records' in input ? (input.Records ?? []) : [];
        onPut(records);
        const Records = records.map(() => ({ SequenceNumber: '1', ShardId: 'shardId-000000000000' }));
        return { output: { $metadata: {}, Records }, response: {} };
      },
    { step: 'initialize', priority: 'high', name: 'answer' },
  );
  return client;
}
