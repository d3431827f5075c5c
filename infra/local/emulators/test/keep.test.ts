import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectVersionsCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { GetTopicAttributesCommand, PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import {
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import t, { type Test } from 'tap';
import { buckets } from '../../../resources.js';
import { provisionBackOffice } from '../../cloud/provision-back-office.js';
import { LOCAL_CLIENT } from '../protocol/local-account.js';
import { serveStorageAndMessaging } from '../serve-storage-and-messaging.js';

let passedMs = 0;

async function open(t: Test, folder: string) {
  const services = await serveStorageAndMessaging({ folder, keep: true, now: () => Date.now() + passedMs });
  const config = { ...LOCAL_CLIENT, requestHandler: new NodeHttpHandler({}) };
  const clients = {
    s3: new S3Client({ ...config, endpoint: services.s3Endpoint, forcePathStyle: true }),
    sns: new SNSClient({ ...config, endpoint: services.snsEndpoint }),
    sqs: new SQSClient({ ...config, endpoint: services.sqsEndpoint }),
  };
  t.teardown(async () => {
    for (const client of Object.values(clients)) client.destroy();
    await services.close();
  });
  return { ...clients, names: await provisionBackOffice(clients, { visibilitySeconds: 20 }) };
}

t.test('after kill -9 and a start, S3, SNS and SQS hold everything that they had answered', async (t) => {
  const folder = t.testdir();
  const before = await open(t, join(folder, 'before'));
  const { changesTopicArn: TopicArn, queueUrls } = before.names;
  const publish = (client: SNSClient, n: number) =>
    client.send(
      new PublishCommand({ TopicArn, Message: `change ${n}`, MessageGroupId: 'g', MessageDeduplicationId: `d${n}` }),
    );
  const receive = async (client: SQSClient, QueueUrl: string, MaxNumberOfMessages = 10) => {
    const command = new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages, MessageSystemAttributeNames: ['All'] });
    return (await client.send(command)).Messages ?? [];
  };
  const Bucket = buckets.events.name;
  for (const n of [1, 2, 3]) await publish(before.sns, n);
  const [first] = await receive(before.sqs, queueUrls.changes, 1);
  await before.sqs.send(new DeleteMessageCommand({ QueueUrl: queueUrls.changes, ReceiptHandle: first?.ReceiptHandle }));
  const [second] = await receive(before.sqs, queueUrls.changes, 1);
  t.equal(second?.Body, 'change 2');
  for (const n of [1, 2]) await before.s3.send(new PutObjectCommand({ Bucket, Key: 'events/a', Body: `version ${n}` }));
  await before.s3.send(new PutObjectCommand({ Bucket, Key: 'events/gone', Body: 'gone' }));
  await before.s3.send(new DeleteObjectCommand({ Bucket, Key: 'events/gone' }));
  await before.s3.send(new CreateBucketCommand({ Bucket: `${Bucket}-2` }));

  // kill -9 leaves everything that was written, and nothing that was only in memory.
  await cp(join(folder, 'before'), join(folder, 'after'), {
    recursive: true,
    filter: (file) => !file.endsWith('LOCK'),
  });
  const after = await open(t, join(folder, 'after'));
  const host = new URL(after.names.queueUrls.changes).host;
  t.equal(after.names.changesTopicArn, TopicArn);
  const changesUrl = after.names.queueUrls.changes;
  t.same(await receive(after.sqs, changesUrl), [], 'the message in flight is hidden, and blocks its group');
  await publish(after.sns, 3);
  const { SequenceNumber } = await publish(after.sns, 4);
  t.ok(BigInt(SequenceNumber ?? 0) > BigInt(second?.Attributes?.SequenceNumber ?? 0));
  passedMs += 30_000;
  const left = await receive(after.sqs, changesUrl);
  t.same(
    left.map(({ Body }) => Body),
    ['change 2', 'change 3', 'change 4'],
    'in order, and the one that was published twice stands once',
  );
  t.equal(left[0]?.MessageId, second?.MessageId);
  t.equal(left[0]?.Attributes?.ApproximateReceiveCount, '2');
  const numbers = left.map(({ Attributes }) => BigInt(Attributes?.SequenceNumber ?? 0));
  t.same(
    numbers,
    numbers.toSorted((a, b) => Number(a - b)),
  );
  const { Versions = [], DeleteMarkers } = await after.s3.send(new ListObjectVersionsCommand({ Bucket }));
  t.same(
    Versions.map(({ Key, IsLatest }) => [Key, IsLatest]),
    [
      ['events/a', true],
      ['events/a', false],
      ['events/gone', false],
    ],
  );
  t.equal(DeleteMarkers?.length, 1);
  const { Body } = await after.s3.send(new GetObjectCommand({ Bucket, Key: 'events/a' }));
  t.equal(await Body?.transformToString(), 'version 2');
  const notices = await receive(after.sqs, after.names.queueUrls.stored);
  t.equal(notices.filter(({ Body = '' }) => Body.includes('events%2Fa') || Body.includes('events/a')).length, 2);
  await after.s3.send(new PutObjectCommand({ Bucket, Key: 'events/b', Body: 'b' }));
  t.ok((await receive(after.sqs, after.names.queueUrls.stored)).length > 0, 'the bucket still sends notices');
  const { Attributes } = await after.sns.send(new GetTopicAttributesCommand({ TopicArn }));
  t.equal(Attributes?.['SubscriptionsConfirmed'], '1');
  const asked = new GetQueueAttributesCommand({ QueueUrl: changesUrl, AttributeNames: ['All'] });
  t.match((await after.sqs.send(asked)).Attributes, { FifoQueue: 'true', RedrivePolicy: /maxReceiveCount/ });
  t.ok(host);
  await t.rejects(after.s3.send(new CreateBucketCommand({ Bucket: `${Bucket}-2` })), {
    name: 'BucketAlreadyOwnedByYou',
  });
  await after.sqs.send(new SendMessageCommand({ QueueUrl: after.names.queueUrls.storedDead, MessageBody: 'x' }));
});
