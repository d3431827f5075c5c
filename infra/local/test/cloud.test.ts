import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { GetRecordsCommand, GetShardIteratorCommand, KinesisClient, PutRecordCommand } from '@aws-sdk/client-kinesis';
import {
  CreateBucketCommand,
  GetBucketCorsCommand,
  GetObjectCommand,
  PutBucketNotificationConfigurationCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import {
  CreateTopicCommand,
  ListSubscriptionsByTopicCommand,
  PublishCommand,
  SubscribeCommand,
} from '@aws-sdk/client-sns';
import { CreateQueueCommand, GetQueueAttributesCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import t from 'tap';
import { buckets, streams, tables } from '../../resources.js';
import { startServices } from '../../testing/local-services.js';
import { startLocalCloud } from '../cloud/cloud.js';
import { allowUploads, provisionBackOffice } from '../cloud/provision-back-office.js';
import { LOCAL_CLIENT } from '../emulators/protocol/local-account.js';
import { ChildRoster } from '../processes/child-roster.js';

t.test('storage and messaging run with the cloud and leave no files behind', async (t) => {
  const objectsFolder = await mkdtemp(join(tmpdir(), 'swipegate-test-'));
  t.teardown(() => rm(objectsFolder, { recursive: true }));
  await mkdir(join(objectsFolder, 'swipegate-objects-of-another'));
  await writeFile(join(objectsFolder, 'swipegate-objects-of-another', 'file'), 'not ours');
  const cloud = await startLocalCloud({ objectsFolder });
  let isStopped = false;
  t.teardown(() => (isStopped ? undefined : cloud.stop()));
  const { s3, sns, sqs } = cloud.clients;

  const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: 'events' }));
  const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }));
  const QueueArn = Attributes?.QueueArn;
  const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: 'news' }));
  await sns.send(
    new SubscribeCommand({
      TopicArn,
      Protocol: 'sqs',
      Endpoint: QueueArn,
      Attributes: { RawMessageDelivery: 'true' },
    }),
  );
  await sns.send(new PublishCommand({ TopicArn, Message: 'published' }));
  await s3.send(new CreateBucketCommand({ Bucket: 'imports' }));
  const QueueConfigurations = [{ QueueArn, Events: ['s3:ObjectCreated:*' as const] }];
  await s3.send(
    new PutBucketNotificationConfigurationCommand({
      Bucket: 'imports',
      NotificationConfiguration: { QueueConfigurations },
    }),
  );
  await s3.send(new PutObjectCommand({ Bucket: 'imports', Key: 'a', Body: 'a' }));
  const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
  t.match(Messages, [{ Body: 'published' }, { Body: /s3:TestEvent/ }, { Body: /ObjectCreated:Put/ }]);
  t.equal((await readdir(objectsFolder)).length, 2);

  const others = Object.entries(cloud.env).filter(([name]) => /^AWS_ENDPOINT_URL_(S3|SNS|SQS)$/.test(name));
  t.same(Object.fromEntries(others), {
    AWS_ENDPOINT_URL_S3: cloud.s3Endpoint,
    AWS_ENDPOINT_URL_SNS: cloud.snsEndpoint,
    AWS_ENDPOINT_URL_SQS: cloud.sqsEndpoint,
  });

  // A waiting long poll does not keep the cloud from stopping.
  const patient = new SQSClient({
    region: 'eu-central-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    endpoint: cloud.sqsEndpoint,
    requestHandler: new NodeHttpHandler({}),
    maxAttempts: 1,
  });
  t.teardown(() => patient.destroy());
  const { QueueUrl: empty } = await sqs.send(new CreateQueueCommand({ QueueName: 'empty' }));
  const poll = patient.send(new ReceiveMessageCommand({ QueueUrl: empty, WaitTimeSeconds: 20 })).catch(() => undefined);
  const startedAt = performance.now();
  isStopped = true;
  await cloud.stop();
  await poll;
  t.ok(performance.now() - startedAt < 9_000, 'within the grace of a child');
  for (const child of cloud.children) t.match(await child.exited, { code: 0, signal: null });
  t.same(await readdir(objectsFolder), ['swipegate-objects-of-another']);
});

t.test('objects of a killed process are removed on stop', async (t) => {
  const objectsFolder = await mkdtemp(join(tmpdir(), 'swipegate-test-'));
  t.teardown(() => rm(objectsFolder, { recursive: true }));
  const cloud = await startLocalCloud({ objectsFolder });
  await cloud.children.find(({ name }) => name === 'storage-and-messaging')?.kill();
  t.equal((await readdir(objectsFolder)).length, 1);
  await cloud.stop();
  t.same(await readdir(objectsFolder), []);
});

t.test(
  'with kept data, emulators that die start again at their addresses with all that they had answered',
  async (t) => {
    const roster = new ChildRoster();
    t.teardown(() => roster.killAll());
    const startService: ChildRoster['startService'] = (optionsOf) => roster.startService(optionsOf);
    const pids: number[] = [];
    const cloud = await startLocalCloud({
      kept: {
        folder: join(t.testdir(), 'kept'),
        startService: async (optionsOf) => {
          const service = await startService(optionsOf);
          pids.push(service.pid);
          return service;
        },
      },
    });
    t.same(cloud.children, [], 'none of them ends the run');
    const { kinesis, dynamodb, s3 } = cloud.clients;
    const StreamName = streams.swipes.name;
    const { ShardId, SequenceNumber } = await kinesis.send(
      new PutRecordCommand({ StreamName, PartitionKey: 'p', Data: Buffer.from('kept') }),
    );
    const Key = { [tables.zoneState.partitionKey]: { S: 'kept' } };
    await dynamodb.send(new PutItemCommand({ TableName: tables.zoneState.name, Item: Key }));
    const object = { Bucket: buckets.events.name, Key: 'kept' };
    await s3.send(new PutObjectCommand({ ...object, Body: 'kept' }));

    for (const pid of pids) process.kill(pid, 'SIGKILL');
    while (roster.restarts.size < 3) await delay(10);
    const patient = { maxAttempts: 20, requestHandler: new NodeHttpHandler({}) };
    const again = {
      kinesis: new KinesisClient({ ...LOCAL_CLIENT, ...patient, endpoint: cloud.kinesisEndpoint }),
      dynamodb: new DynamoDBClient({ ...LOCAL_CLIENT, ...patient, endpoint: cloud.dynamodbEndpoint }),
      s3: new S3Client({ ...LOCAL_CLIENT, ...patient, endpoint: cloud.s3Endpoint, forcePathStyle: true }),
    };
    t.teardown(() => Object.values(again).forEach((client) => void client.destroy()));
    const from = { ShardIteratorType: 'AT_SEQUENCE_NUMBER' as const, StartingSequenceNumber: SequenceNumber };
    const { ShardIterator } = await again.kinesis.send(new GetShardIteratorCommand({ StreamName, ShardId, ...from }));
    const { Records } = await again.kinesis.send(new GetRecordsCommand({ ShardIterator }));
    t.equal(Buffer.from(Records?.[0]?.Data ?? []).toString(), 'kept');
    const { Item } = await again.dynamodb.send(new GetItemCommand({ TableName: tables.zoneState.name, Key }));
    t.same(Item, Key);
    const { Body } = await again.s3.send(new GetObjectCommand(object));
    t.equal(await Body?.transformToString(), 'kept');
    t.same(Object.fromEntries(roster.restarts), { kinesis: 1, dynamodb: 1, 'storage-and-messaging': 1 });
    await cloud.stop();
  },
);

t.test('provisioning what exists changes nothing but its settings', async (t) => {
  const { s3, sns, sqs } = await startServices(t);
  const clients = { s3, sns, sqs };
  const first = await provisionBackOffice(clients, { visibilitySeconds: 30 });
  await s3.send(new PutObjectCommand({ Bucket: buckets.events.name, Key: 'kept', Body: 'kept' }));
  await allowUploads(s3, 'http://127.0.0.1:1');
  const second = await provisionBackOffice(clients, { visibilitySeconds: 5, consoleOrigin: 'http://127.0.0.1:2' });
  t.same(second, first);
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: buckets.events.name, Key: 'kept' }));
  t.equal(await Body?.transformToString(), 'kept');
  const AttributeNames = ['All' as const];
  for (const QueueUrl of Object.values(second.queueUrls)) {
    const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames }));
    t.equal(Attributes?.['VisibilityTimeout'], '5');
  }
  const { Subscriptions } = await sns.send(new ListSubscriptionsByTopicCommand({ TopicArn: first.changesTopicArn }));
  t.equal(Subscriptions?.length, 1);
  const { CORSRules } = await s3.send(new GetBucketCorsCommand({ Bucket: buckets.uploads.name }));
  t.match(CORSRules, [{ AllowedOrigins: ['http://127.0.0.1:2'] }]);
  t.equal(CORSRules?.length, 1);
});
