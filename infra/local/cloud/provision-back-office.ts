import {
  BucketAlreadyExists,
  BucketAlreadyOwnedByYou,
  CreateBucketCommand,
  HeadBucketCommand,
  PutBucketCorsCommand,
  PutBucketNotificationConfigurationCommand,
  PutBucketVersioningCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { CreateTopicCommand, type SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  QueueNameExists,
  SetQueueAttributesCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
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
  /** Visibility timeout of all queues, s. Default: 10. On AWS it is minutes, which would make each local restart slow. */
  visibilitySeconds?: number;
  /** Origin of the console, whose page uploads files (CORS). Default: no page may upload. */
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

/** Creates the missing queues, topic and buckets, gives existing ones their settings, and connects them. */
export async function provisionBackOffice(
  clients: BackOfficeClients,
  { visibilitySeconds = 10, consoleOrigin }: BackOfficeOptions = {},
): Promise<BackOfficeNames> {
  const made: Partial<Record<QueueName, MadeQueue>> = {};
  const names = Object.keys(queues).filter((name): name is QueueName => name in queues);
  // Dead-letter queues first: the others refer to them.
  names.sort((a, b) => Number('deadLetter' in queues[a]) - Number('deadLetter' in queues[b]));
  for (const name of names) made[name] = await createQueue(clients.sqs, queues[name], visibilitySeconds, made);
  const of = (name: QueueName): MadeQueue => made[name] ?? { url: '', arn: '' };
  const changesTopicArn = await createTopic(clients.sns, topics.changes, of);
  await Promise.all([...Object.values(buckets), archiveBucket].map((bucket) => createBucket(clients.s3, bucket, of)));
  if (consoleOrigin !== undefined) await allowUploads(clients.s3, consoleOrigin);
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
  const settings = {
    VisibilityTimeout: String(visibilitySeconds),
    ...(redrive === undefined ? {} : { RedrivePolicy: JSON.stringify(redrive) }),
  };
  const url = await queueWith(sqs, name, settings, fifo);
  const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['QueueArn'] }));
  return { url, arn: Attributes?.QueueArn ?? '' };
}

/** @returns the queue's URL */
async function queueWith(
  sqs: SQSClient,
  QueueName: string,
  settings: Record<string, string>,
  fifo: boolean,
): Promise<string> {
  try {
    const Attributes = { ...settings, ...(fifo ? { FifoQueue: 'true' } : {}) };
    const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName, Attributes }));
    return QueueUrl;
  } catch (error) {
    // It exists with other settings.
    if (!(error instanceof QueueNameExists)) throw error;
    const { QueueUrl = '' } = await sqs.send(new GetQueueUrlCommand({ QueueName }));
    await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: settings }));
    return QueueUrl;
  }
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

/** Lets the console's page upload files. Replaces the origin of an earlier console. */
export async function allowUploads(s3: S3Client, consoleOrigin: string): Promise<void> {
  for (const { name: Bucket, consoleMethods } of Object.values(buckets)) {
    if (consoleMethods === undefined) continue;
    const rule = { AllowedMethods: [...consoleMethods], AllowedOrigins: [consoleOrigin], AllowedHeaders: ['*'] };
    await s3.send(new PutBucketCorsCommand({ Bucket, CORSConfiguration: { CORSRules: [rule] } }));
  }
}

async function createBucket(
  s3: S3Client,
  { name: Bucket, versioned, notices }: BucketResource,
  of: (name: QueueName) => MadeQueue,
): Promise<void> {
  try {
    await s3.send(new CreateBucketCommand({ Bucket }));
  } catch (error) {
    if (!(error instanceof BucketAlreadyOwnedByYou || error instanceof BucketAlreadyExists)) throw error;
    // Fails if it belongs to another account.
    await s3.send(new HeadBucketCommand({ Bucket }));
  }
  if (versioned) {
    await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }));
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
