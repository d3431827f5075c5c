import {
  CreateBucketCommand,
  PutBucketCorsCommand,
  PutBucketNotificationConfigurationCommand,
  PutBucketVersioningCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { CreateTopicCommand, type SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { CreateQueueCommand, GetQueueAttributesCommand, type SQSClient } from '@aws-sdk/client-sqs';
import {
  archiveBucket,
  type BucketResource,
  buckets,
  type QueueName,
  type QueueResource,
  queues,
  type TopicResource,
  topics,
} from '../../resources.js';

export interface BackOfficeClients {
  s3: S3Client;
  sns: SNSClient;
  sqs: SQSClient;
}

export interface BackOfficeOptions {
  /** Visibility timeout of all queues, s. Default: 10. With AWS's minutes each local restart would take long. */
  visibilitySeconds?: number;
  /** Origin of the console, whose page uploads files (CORS). */
  consoleOrigin?: string;
}

export interface BackOfficeNames {
  changesTopicArn: string;
  /** Keyed by the name in `infra/resources.ts`. */
  queueUrls: Readonly<Record<QueueName, string>>;
}

interface MadeQueue {
  url: string;
  arn: string;
}

/** Creates the missing queues, topic and buckets and connects them. */
export async function provisionBackOffice(
  clients: BackOfficeClients,
  { visibilitySeconds = 10, consoleOrigin = '*' }: BackOfficeOptions = {},
): Promise<BackOfficeNames> {
  const made: Partial<Record<QueueName, MadeQueue>> = {};
  const names = Object.keys(queues).filter((name): name is QueueName => name in queues);
  // Dead-letter queues first: the others refer to them.
  names.sort((a, b) => Number('deadLetter' in queues[a]) - Number('deadLetter' in queues[b]));
  for (const name of names) made[name] = await createQueue(clients.sqs, queues[name], visibilitySeconds, made);
  const of = (name: QueueName): MadeQueue => made[name] ?? { url: '', arn: '' };
  const changesTopicArn = await createTopic(clients.sns, topics.changes, of);
  await Promise.all(
    [...Object.values(buckets), archiveBucket].map((bucket) => createBucket(clients.s3, bucket, of, consoleOrigin)),
  );
  const queueUrls = {
    changes: of('changes').url,
    changesDead: of('changesDead').url,
    stored: of('stored').url,
    storedDead: of('storedDead').url,
    uploads: of('uploads').url,
    uploadsDead: of('uploadsDead').url,
  };
  return { changesTopicArn, queueUrls };
}

async function createQueue(
  sqs: SQSClient,
  { name, fifo, deadLetter }: QueueResource,
  visibilitySeconds: number,
  made: Partial<Record<QueueName, MadeQueue>>,
): Promise<MadeQueue> {
  const redrive = deadLetter && {
    deadLetterTargetArn: made[deadLetter.queue]?.arn,
    maxReceiveCount: deadLetter.maxReceives,
  };
  const { QueueUrl: url = '' } = await sqs.send(
    new CreateQueueCommand({
      QueueName: name,
      Attributes: {
        VisibilityTimeout: String(visibilitySeconds),
        ...(fifo ? { FifoQueue: 'true' } : {}),
        ...(redrive === undefined ? {} : { RedrivePolicy: JSON.stringify(redrive) }),
      },
    }),
  );
  const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['QueueArn'] }));
  return { url, arn: Attributes?.QueueArn ?? '' };
}

async function createTopic(sns: SNSClient, topic: TopicResource, of: (name: QueueName) => MadeQueue): Promise<string> {
  const { TopicArn = '' } = await sns.send(
    new CreateTopicCommand({ Name: topic.name, Attributes: topic.fifo ? { FifoTopic: 'true' } : {} }),
  );
  for (const queue of topic.queues) {
    await sns.send(
      new SubscribeCommand({
        TopicArn,
        Protocol: 'sqs',
        Endpoint: of(queue).arn,
        Attributes: { RawMessageDelivery: 'true' },
      }),
    );
  }
  return TopicArn;
}

async function createBucket(
  s3: S3Client,
  { name: Bucket, versioned, consoleMethods, notices }: BucketResource,
  of: (name: QueueName) => MadeQueue,
  consoleOrigin: string,
): Promise<void> {
  await s3.send(new CreateBucketCommand({ Bucket }));
  if (versioned) {
    await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }));
  }
  if (consoleMethods !== undefined) {
    const rule = { AllowedMethods: [...consoleMethods], AllowedOrigins: [consoleOrigin], AllowedHeaders: ['*'] };
    await s3.send(new PutBucketCorsCommand({ Bucket, CORSConfiguration: { CORSRules: [rule] } }));
  }
  const QueueConfigurations = notices.map(({ prefix, queue }) => ({
    QueueArn: of(queue).arn,
    Events: ['s3:ObjectCreated:*' as const],
    Filter: { Key: { FilterRules: [{ Name: 'prefix' as const, Value: prefix }] } },
  }));
  if (QueueConfigurations.length === 0) return;
  const configuration = { Bucket, NotificationConfiguration: { QueueConfigurations } };
  await s3.send(new PutBucketNotificationConfigurationCommand(configuration));
}
