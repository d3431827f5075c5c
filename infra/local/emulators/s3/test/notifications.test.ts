import {
  DeleteObjectCommand,
  type Event,
  GetBucketNotificationConfigurationCommand,
  PutBucketNotificationConfigurationCommand,
  type QueueConfiguration,
} from '@aws-sdk/client-s3';
import { PurgeQueueCommand } from '@aws-sdk/client-sqs';
import t from 'tap';
import { startServices } from '../../../../testing/local-services.js';
import { arnOf, attributesOf, createQueue, receive } from '../../sqs/test/queue-calls.js';
import { createBucket, put } from './object-calls.js';

const { s3, sqs } = await startServices(t);

const CREATED: Event[] = ['s3:ObjectCreated:*'];

const configure = (Bucket: string, ...QueueConfigurations: QueueConfiguration[]) =>
  s3.send(
    new PutBucketNotificationConfigurationCommand({ Bucket, NotificationConfiguration: { QueueConfigurations } }),
  );

async function receiveAll(queue: string): Promise<unknown[]> {
  return (await receive(sqs, queue)).map(({ Body = '' }): unknown => JSON.parse(Body));
}

t.test('each put that passes the filter is queued before it is answered', async (t) => {
  const queue = await createQueue(sqs, 'imports');
  const Bucket = await createBucket(s3, 'imports', { versioned: true });
  await configure(Bucket, {
    Id: 'import',
    QueueArn: await arnOf(sqs, queue),
    Events: CREATED,
    Filter: {
      Key: {
        FilterRules: [
          { Name: 'prefix', Value: 'in/' },
          { Name: 'suffix', Value: '.csv' },
        ],
      },
    },
  });
  t.match(await receiveAll(queue), [{ Service: 'Amazon S3', Event: 's3:TestEvent', Bucket }]);
  await sqs.send(new PurgeQueueCommand({ QueueUrl: queue }));
  t.match((await s3.send(new GetBucketNotificationConfigurationCommand({ Bucket }))).QueueConfigurations, [
    {
      Id: 'import',
      Events: ['s3:ObjectCreated:*'],
      Filter: { Key: { FilterRules: [{ Value: 'in/' }, { Value: '.csv' }] } },
    },
  ]);

  await put(s3, Bucket, 'out/a.csv');
  await put(s3, Bucket, 'in/a.txt');
  const key = 'in/März 2026+ä&b.csv';
  const versionId = await put(s3, Bucket, key, 'a,b');
  t.match(await attributesOf(sqs, queue), { ApproximateNumberOfMessages: '1' });
  const [event] = await receiveAll(queue);
  t.match(event, {
    Records: [
      {
        eventVersion: /^2\.\d$/,
        eventSource: 'aws:s3',
        awsRegion: 'eu-central-1',
        eventTime: /^\d{4}-\d\d-\d\dT[\d:.]+Z$/,
        eventName: 'ObjectCreated:Put',
        s3: {
          s3SchemaVersion: '1.0',
          configurationId: 'import',
          bucket: { name: 'imports', arn: 'arn:aws:s3:::imports' },
          object: { size: 3, eTag: /^[\da-f]{32}$/, versionId, sequencer: /^[\dA-F]+$/ },
        },
      },
    ],
  });
  t.match(JSON.stringify(event), '"key":"in/M%C3%A4rz+2026%2B%C3%A4%26b.csv"');
});

t.test('the sequencer orders two puts', async (t) => {
  const queue = await createQueue(sqs, 'sequence');
  const Bucket = await createBucket(s3, 'sequence');
  await configure(Bucket, { QueueArn: await arnOf(sqs, queue), Events: CREATED });
  for (const body of ['1', '2', '3']) await put(s3, Bucket, 'k', body);
  const sequencers = JSON.stringify(await receiveAll(queue)).match(/"sequencer":"[\dA-F]+"/g) ?? [];
  t.equal(sequencers.length, 3);
  t.same(sequencers, Array.from(new Set(sequencers)).sort());
});

t.test('a refused put sends no event; deletions do if configured', async (t) => {
  const queue = await createQueue(sqs, 'removals');
  const Bucket = await createBucket(s3, 'removals', { versioned: true });
  await configure(Bucket, { QueueArn: await arnOf(sqs, queue), Events: ['s3:ObjectRemoved:*'] });
  await sqs.send(new PurgeQueueCommand({ QueueUrl: queue }));
  const VersionId = await put(s3, Bucket, 'k');
  await s3.send(new DeleteObjectCommand({ Bucket, Key: 'k' }));
  await s3.send(new DeleteObjectCommand({ Bucket, Key: 'k', VersionId }));
  t.match(await receiveAll(queue), [
    { Records: [{ eventName: 'ObjectRemoved:DeleteMarkerCreated' }] },
    { Records: [{ eventName: 'ObjectRemoved:Delete' }] },
  ]);
  await configure(Bucket, { QueueArn: await arnOf(sqs, queue), Events: ['s3:ObjectCreated:Put'] });
  await sqs.send(new PurgeQueueCommand({ QueueUrl: queue }));
  await put(s3, Bucket, 'new');
  await t.rejects(put(s3, Bucket, 'new', 'again', { IfNoneMatch: '*' }), { name: 'PreconditionFailed' });
  t.equal((await receiveAll(queue)).length, 1);
  await configure(Bucket);
  await put(s3, Bucket, 'newer');
  t.match(await attributesOf(sqs, queue), { ApproximateNumberOfMessages: '0' });
});

t.test('only an existing standard queue can be a destination', async (t) => {
  const Bucket = await createBucket(s3, 'nowhere');
  const fifo = await arnOf(sqs, await createQueue(sqs, 'ordered.fifo'));
  for (const QueueArn of [fifo, `${fifo}x`]) {
    await t.rejects(configure(Bucket, { QueueArn, Events: CREATED }), { name: 'InvalidArgument' });
  }
  const TopicConfigurations = [{ TopicArn: fifo, Events: CREATED }];
  const toTopic = { Bucket, NotificationConfiguration: { TopicConfigurations } };
  await t.rejects(s3.send(new PutBucketNotificationConfigurationCommand(toTopic)), { name: 'NotImplemented' });
});
