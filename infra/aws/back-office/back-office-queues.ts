import { nameInStage } from '@swipegate/contract';
import { Duration, Validations } from 'aws-cdk-lib';
import type { Key } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { SqsSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { type QueueName, queues, topics } from '../../resources.js';
import { constructId } from '../constructs/functions.js';
import type { Settings } from '../constructs/settings.js';
import { removalPolicy } from '../constructs/storage.js';

export type Queues = Readonly<Record<QueueName, Queue>>;

/**
 * Maximum of SQS. Longer than for other queues: in a standard queue, a dead letter's age counts from its first send.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html
 */
const DEAD_LETTER_DAYS = 14;
const WAITING_DAYS = 7;

/** Queues as infra/resources.ts defines them: same timeouts and dead letters as in the local cloud, names with the stage. */
export function backOfficeQueues(scope: Construct, settings: Settings): Queues {
  const queue = (id: QueueName, dead: Partial<Queues> = {}) => newQueue(scope, settings, id, dead);
  const changesDead = queue('changesDead');
  const storedDead = queue('storedDead');
  const uploadsDead = queue('uploadsDead');
  const dead = { changesDead, storedDead, uploadsDead };
  return {
    ...dead,
    changes: queue('changes', dead),
    stored: queue('stored', dead),
    uploads: queue('uploads', dead),
  };
}

function newQueue(scope: Construct, settings: Settings, id: QueueName, dead: Partial<Queues>): Queue {
  const { name, fifo, visibilitySeconds, deadLetter } = queues[id];
  const deadLetterQueue = deadLetter && dead[deadLetter.queue];
  const made = new Queue(scope, constructId(`${id}-queue`), {
    queueName: nameInStage(name, settings.SWIPEGATE_STAGE),
    // The queues of changes may hold what the API has accepted and nothing has stored yet.
    removalPolicy: removalPolicy(settings),
    // CloudFormation wants this left out for a standard queue.
    ...(fifo ? { fifo } : {}),
    visibilityTimeout: Duration.seconds(visibilitySeconds),
    retentionPeriod: Duration.days(deadLetter === undefined ? DEAD_LETTER_DAYS : WAITING_DAYS),
    // S3 and SNS send to the queue. With our own key, the key policy would have to allow both.
    encryption: QueueEncryption.SQS_MANAGED,
    enforceSSL: true,
    ...(deadLetter === undefined || deadLetterQueue === undefined
      ? {}
      : { deadLetterQueue: { queue: deadLetterQueue, maxReceiveCount: deadLetter.maxReceives } }),
  });
  if (deadLetter === undefined) {
    Validations.of(made).acknowledge({ id: 'AwsSolutions::AwsSolutions-SQS3', reason: 'This is a dead-letter queue.' });
  }
  return made;
}

/** The topic for all changes. It delivers each message unchanged to its queues. */
export function changesTopic(scope: Construct, stage: string, of: Queues, masterKey: Key): Topic {
  const { name, fifo, queues: subscribers } = topics.changes;
  const topic = new Topic(scope, 'Changes', {
    topicName: nameInStage(name, stage),
    fifo,
    displayName: `Swipegate ${stage}: changes`,
    masterKey,
    enforceSSL: true,
  });
  for (const subscriber of subscribers) {
    topic.addSubscription(new SqsSubscription(of[subscriber], { rawMessageDelivery: true }));
  }
  return topic;
}
