import {
  CreateQueueCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ListQueuesCommand,
  PurgeQueueCommand,
  QueueDoesNotExist,
  QueueNameExists,
  SendMessageCommand,
  SetQueueAttributesCommand,
} from '@aws-sdk/client-sqs';
import t from 'tap';
import { startServices } from '../../../../testing/local-services.js';
import { arnOf, attributesOf, createQueue, receive } from './queue-calls.js';

const { sqs, faults } = await startServices(t);

t.test('creates a queue once', async (t) => {
  const url = await createQueue(sqs, 'jobs.fifo', { VisibilityTimeout: '60' });
  t.equal(await createQueue(sqs, 'jobs.fifo', { VisibilityTimeout: '60' }), url);
  t.equal(await createQueue(sqs, 'jobs.fifo', { DelaySeconds: '0' }), url, 'a default equals an explicit value');
  await t.rejects(createQueue(sqs, 'jobs.fifo', { VisibilityTimeout: '61' }), QueueNameExists);
  t.equal((await sqs.send(new GetQueueUrlCommand({ QueueName: 'jobs.fifo' }))).QueueUrl, url);
  t.match(await attributesOf(sqs, url), {
    QueueArn: 'arn:aws:sqs:eu-central-1:000000000000:jobs.fifo',
    FifoQueue: 'true',
    VisibilityTimeout: '60',
    ContentBasedDeduplication: 'false',
    ApproximateNumberOfMessages: '0',
    ApproximateNumberOfMessagesNotVisible: '0',
    ApproximateNumberOfMessagesDelayed: '0',
  });
  const one = await sqs.send(new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['QueueArn'] }));
  t.same(Object.keys(one.Attributes ?? {}), ['QueueArn']);
});

t.test('refuses what AWS refuses', async (t) => {
  const create = (QueueName: string, Attributes: Record<string, string> = {}) =>
    sqs.send(new CreateQueueCommand({ QueueName, Attributes }));
  await t.rejects(create('a b'), { name: 'InvalidParameterValue' });
  await t.rejects(create('no-suffix', { FifoQueue: 'true' }), { name: 'InvalidParameterValue' });
  await t.rejects(create('suffix.fifo'), { name: 'InvalidParameterValue' });
  await t.rejects(create('a', { Colour: 'red' }), { name: 'InvalidAttributeName' });
  await t.rejects(create('a', { ContentBasedDeduplication: 'true' }), { name: 'InvalidAttributeName' });
  await t.rejects(create('a', { VisibilityTimeout: '43201' }), { name: 'InvalidAttributeValue' });
  await t.rejects(create('a', { RedrivePolicy: 'none' }), { name: 'InvalidAttributeValue' });
  const deadLetterTargetArn = 'arn:aws:sqs:eu-central-1:000000000000:nowhere';
  await t.rejects(create('a', { RedrivePolicy: JSON.stringify({ deadLetterTargetArn, maxReceiveCount: 3 }) }), {
    name: 'InvalidParameterValue',
  });
  await t.rejects(sqs.send(new GetQueueUrlCommand({ QueueName: 'a' })), QueueDoesNotExist, 'none was created');
});

t.test('a dead-letter queue must have the same type', async (t) => {
  const deadLetterTargetArn = await arnOf(sqs, await createQueue(sqs, 'standard'));
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn, maxReceiveCount: 3 });
  await t.rejects(createQueue(sqs, 'ordered.fifo', { RedrivePolicy }), { name: 'InvalidParameterValue' });
});

t.test('attributes can be changed', async (t) => {
  const QueueUrl = await createQueue(sqs, 'changing');
  const set = (Attributes: Record<string, string>) => sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes }));
  await set({ VisibilityTimeout: '7' });
  t.match(await attributesOf(sqs, QueueUrl), { VisibilityTimeout: '7' });
  await t.rejects(set({ VisibilityTimeout: '-1' }), { name: 'InvalidAttributeValue' });
  await t.rejects(set({ FifoQueue: 'true' }), { name: 'InvalidAttributeName' });
  t.match(await attributesOf(sqs, QueueUrl), { VisibilityTimeout: '7' });
});

t.test('purges, lists and deletes', async (t) => {
  const QueueUrl = await createQueue(sqs, 'passing');
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'gone' }));
  await sqs.send(new PurgeQueueCommand({ QueueUrl }));
  t.same(await receive(sqs, QueueUrl), []);
  t.same((await sqs.send(new ListQueuesCommand({ QueueNamePrefix: 'pass' }))).QueueUrls, [QueueUrl]);
  await sqs.send(new DeleteQueueCommand({ QueueUrl }));
  await t.rejects(receive(sqs, QueueUrl), QueueDoesNotExist);
});

t.test('injected faults fail calls', async (t) => {
  const QueueUrl = await createQueue(sqs, 'failing');
  const send = () => sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'a' }));
  faults.sqs.failNext('SendMessage', { times: 3 });
  await t.rejects(send(), { name: 'InternalFailure', $metadata: { httpStatusCode: 500, attempts: 3 } });
  faults.sqs.failNext('SendMessage', { times: 1, kind: 'throttle' });
  t.equal((await send()).$metadata.attempts, 2, 'the SDK retried');
  t.match(await attributesOf(sqs, QueueUrl), { ApproximateNumberOfMessages: '1' });
  faults.sqs.failNext('SendMessage', { kind: 'answer-lost' });
  t.equal((await send()).$metadata.attempts, 2);
  t.match(await attributesOf(sqs, QueueUrl), { ApproximateNumberOfMessages: '3' }, 'both attempts took effect');
});
