import {
  CreateTopicCommand,
  DeleteTopicCommand,
  GetSubscriptionAttributesCommand,
  GetTopicAttributesCommand,
  InvalidParameterException,
  ListSubscriptionsByTopicCommand,
  ListTopicsCommand,
  NotFoundException,
  PublishBatchCommand,
  PublishCommand,
  type PublishCommandInput,
  SubscribeCommand,
  UnsubscribeCommand,
} from '@aws-sdk/client-sns';
import { DeleteQueueCommand } from '@aws-sdk/client-sqs';
import t from 'tap';
import { startServices } from '../../../../testing/local-services.js';
import { arnOf, attributesOf, bodies, createQueue, receive } from '../../sqs/test/queue-calls.js';

const { sns, sqs, faults, pass } = await startServices(t);

async function createTopic(Name: string, Attributes: Record<string, string> = {}): Promise<string> {
  const fifo = Name.endsWith('.fifo') ? { FifoTopic: 'true' } : {};
  const { TopicArn = '' } = await sns.send(new CreateTopicCommand({ Name, Attributes: { ...fifo, ...Attributes } }));
  return TopicArn;
}

async function subscribe(TopicArn: string, queueUrl: string, Attributes: Record<string, string> = {}) {
  const Endpoint = await arnOf(sqs, queueUrl);
  const answer = await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint, Attributes }));
  return answer.SubscriptionArn ?? '';
}

const publish = (TopicArn: string, Message: string, more: Partial<PublishCommandInput> = {}) =>
  sns.send(new PublishCommand({ TopicArn, Message, ...more }));

const RAW = { RawMessageDelivery: 'true' };

t.test('creates topics and subscriptions once', async (t) => {
  const topic = await createTopic('alarms.fifo');
  t.equal(topic, 'arn:aws:sns:eu-central-1:000000000000:alarms.fifo');
  t.equal(await createTopic('alarms.fifo'), topic);
  await t.rejects(createTopic('alarms.fifo', { ContentBasedDeduplication: 'true' }), InvalidParameterException);
  t.match((await sns.send(new GetTopicAttributesCommand({ TopicArn: topic }))).Attributes, { FifoTopic: 'true' });
  t.match((await sns.send(new ListTopicsCommand({}))).Topics, [{ TopicArn: topic }]);

  const queue = await createQueue(sqs, 'listeners.fifo');
  const subscription = await subscribe(topic, queue, RAW);
  t.equal(await subscribe(topic, queue, RAW), subscription);
  await t.rejects(subscribe(topic, queue), InvalidParameterException);
  const list = async () =>
    (await sns.send(new ListSubscriptionsByTopicCommand({ TopicArn: topic }))).Subscriptions ?? [];
  t.match(await list(), [
    { SubscriptionArn: subscription, TopicArn: topic, Protocol: 'sqs', Endpoint: await arnOf(sqs, queue) },
  ]);
  const asked = await sns.send(new GetSubscriptionAttributesCommand({ SubscriptionArn: subscription }));
  t.match(asked.Attributes, { RawMessageDelivery: 'true', PendingConfirmation: 'false' });
  await sns.send(new UnsubscribeCommand({ SubscriptionArn: subscription }));
  t.same(await list(), []);
  await publish(topic, 'a', { MessageGroupId: 'g', MessageDeduplicationId: 'a' });
  t.same(await receive(sqs, queue), []);
  await sns.send(new DeleteTopicCommand({ TopicArn: topic }));
  await t.rejects(list(), NotFoundException);
});

t.test('refuses what AWS refuses and what this server does not support', async (t) => {
  const topic = await createTopic('plain');
  const queue = await createQueue(sqs, 'plain');
  await t.rejects(createTopic('a b'), InvalidParameterException);
  await t.rejects(createTopic('plain.fifo', { FifoTopic: 'false' }), InvalidParameterException);
  await t.rejects(createTopic('other', { Colour: 'red' }), InvalidParameterException);
  await t.rejects(subscribe(topic, queue, { FilterPolicy: '{}' }), InvalidParameterException);
  await t.rejects(subscribe(topic, await createQueue(sqs, 'ordered.fifo')), InvalidParameterException);
  await t.rejects(subscribe(`${topic}x`, queue), NotFoundException);
  const Endpoint = 'someone@example.com';
  await t.rejects(
    sns.send(new SubscribeCommand({ TopicArn: topic, Protocol: 'email', Endpoint })),
    InvalidParameterException,
  );
  await t.rejects(
    sns.send(new SubscribeCommand({ TopicArn: topic, Protocol: 'sqs', Endpoint: `${topic}` })),
    InvalidParameterException,
  );
  await t.rejects(publish(`${topic}x`, 'a'), NotFoundException);
  await t.rejects(publish(topic, 'x'.repeat(262_145)), InvalidParameterException);
  await t.rejects(publish(topic, '{}', { MessageStructure: 'json' }), InvalidParameterException);
});

t.test('every queue has the message before Publish is answered', async (t) => {
  const topic = await createTopic('news');
  const queues = [await createQueue(sqs, 'news-1'), await createQueue(sqs, 'news-2')] as const;
  await subscribe(topic, queues[0], RAW);
  await subscribe(topic, queues[1]);
  const text = 'a & b <c> "d"\r\n+ ü \u{1f511}';
  const { MessageId, SequenceNumber } = await publish(topic, text, {
    Subject: 'Today',
    MessageAttributes: { kind: { DataType: 'String', StringValue: 'x & y' } },
  });
  t.equal(SequenceNumber, undefined);
  for (const queue of queues) t.match(await attributesOf(sqs, queue), { ApproximateNumberOfMessages: '1' });
  t.match(await receive(sqs, queues[0], { MessageAttributeNames: ['All'] }), [
    { Body: text, MessageAttributes: { kind: { StringValue: 'x & y' } } },
  ]);
  const [enveloped] = await receive(sqs, queues[1]);
  t.match(JSON.parse(enveloped?.Body ?? ''), {
    Type: 'Notification',
    MessageId,
    TopicArn: topic,
    Subject: 'Today',
    Message: text,
    MessageAttributes: { kind: { Type: 'String', Value: 'x & y' } },
  });
});

t.test('a FIFO topic passes on order, group and deduplication id', async (t) => {
  const topic = await createTopic('doors.fifo');
  const [raw, other] = [await createQueue(sqs, 'doors-1.fifo'), await createQueue(sqs, 'doors-2')];
  await subscribe(topic, raw, RAW);
  await subscribe(topic, other, RAW);
  const send = (Message: string, MessageDeduplicationId = Message) =>
    publish(topic, Message, { MessageGroupId: 'g', MessageDeduplicationId });
  const first = await send('1');
  t.match(first.SequenceNumber, /^\d{20}$/);
  const second = await send('2');
  t.ok((second.SequenceNumber ?? '') > (first.SequenceNumber ?? ''));
  t.match(await send('again', '1'), { MessageId: first.MessageId, SequenceNumber: first.SequenceNumber });
  t.match(await receive(sqs, raw), [
    { Body: '1', Attributes: { MessageGroupId: 'g', MessageDeduplicationId: '1' } },
    { Body: '2', Attributes: { MessageGroupId: 'g', MessageDeduplicationId: '2' } },
  ]);
  t.same(bodies(await receive(sqs, other)).sort(), ['1', '2'], 'a standard queue can subscribe too');
  pass(5 * 60_000);
  await send('anew', '1');
  t.same(
    bodies(await receive(sqs, other, { VisibilityTimeout: 1 })).filter((body) => body === 'anew'),
    ['anew'],
  );
  await t.rejects(publish(topic, 'a', { MessageGroupId: 'g' }), InvalidParameterException);
  await t.rejects(publish(topic, 'a', { MessageDeduplicationId: 'a' }), InvalidParameterException);
});

t.test('a FIFO topic can deduplicate by content', async (t) => {
  const topic = await createTopic('content.fifo', { ContentBasedDeduplication: 'true' });
  const queue = await createQueue(sqs, 'content.fifo');
  await subscribe(topic, queue, RAW);
  for (const text of ['a', 'a', 'b']) await publish(topic, text, { MessageGroupId: 'g' });
  t.same(bodies(await receive(sqs, queue)), ['a', 'b']);
});

t.test('entries of a batch are independent', async (t) => {
  const topic = await createTopic('batch.fifo');
  const queue = await createQueue(sqs, 'batch.fifo');
  await subscribe(topic, queue, RAW);
  const entry = (Id: string) => ({ Id, Message: `<${Id}>`, MessageGroupId: 'g', MessageDeduplicationId: Id });
  const send = (...PublishBatchRequestEntries: (ReturnType<typeof entry> | { Id: string; Message: string })[]) =>
    sns.send(new PublishBatchCommand({ TopicArn: topic, PublishBatchRequestEntries }));
  const many = Array.from({ length: 10 }, (_, index) => entry(String(index)));
  const { Successful = [], Failed } = await send(...many);
  t.same(
    Successful.map(({ Id }) => Id),
    many.map(({ Id }) => Id),
  );
  t.same(Failed ?? [], []);
  t.same(
    bodies(await receive(sqs, queue)),
    many.map(({ Message }) => Message),
  );
  t.match(await send(entry('z'), { Id: 'groupless', Message: 'a' }), {
    Successful: [{ Id: 'z' }],
    Failed: [{ Id: 'groupless', Code: 'InvalidParameter', SenderFault: true }],
  });
  await t.rejects(send(...many, entry('10')), { name: 'TooManyEntriesInBatchRequestException' });
  await t.rejects(send(entry('a'), entry('a')), { name: 'BatchEntryIdsNotDistinctException' });
});

t.test('a deleted queue does not keep the others from getting the message', async (t) => {
  const topic = await createTopic('partly');
  const [gone, stays] = [await createQueue(sqs, 'gone'), await createQueue(sqs, 'stays')];
  await subscribe(topic, gone, RAW);
  await subscribe(topic, stays, RAW);
  await sqs.send(new DeleteQueueCommand({ QueueUrl: gone }));
  await publish(topic, 'a');
  t.same(bodies(await receive(sqs, stays)), ['a']);
});

t.test('injected faults fail calls', async (t) => {
  const topic = await createTopic('failing');
  faults.sns.failNext('Publish', { times: 3, kind: 'throttle' });
  await t.rejects(publish(topic, 'a'), { name: 'ThrottledException', $metadata: { attempts: 3 } });
  faults.sns.failNext('Publish', { times: 3 });
  await t.rejects(publish(topic, 'a'), { name: 'InternalErrorException', $metadata: { httpStatusCode: 500 } });
  t.equal((await publish(topic, 'a')).$metadata.attempts, 1);
});
