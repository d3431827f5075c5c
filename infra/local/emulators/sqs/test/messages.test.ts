import {
  ChangeMessageVisibilityBatchCommand,
  ChangeMessageVisibilityCommand,
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  MessageNotInflight,
  ReceiptHandleIsInvalid,
  SendMessageBatchCommand,
  SendMessageCommand,
} from '@aws-sdk/client-sqs';
import t from 'tap';
import { startServices } from '../../../../testing/local-services.js';
import { attributesOf, bodies, createQueue, receive, remove } from './queue-calls.js';

const { sqs, pass } = await startServices(t);

t.test('a sent message is received with its attributes', async (t) => {
  const QueueUrl = await createQueue(sqs, 'letters');
  const body = 'Grüße, "quoted" \u{1f511}\r\n';
  const fromMs = Date.now();
  const { MessageId, SequenceNumber } = await sqs.send(
    new SendMessageCommand({
      QueueUrl,
      MessageBody: body,
      MessageAttributes: {
        kind: { DataType: 'String', StringValue: 'letter' },
        stamp: { DataType: 'Binary', BinaryValue: Buffer.of(0, 255) },
      },
    }),
  );
  t.equal(SequenceNumber, undefined);
  const [message] = await receive(sqs, QueueUrl, { MessageAttributeNames: ['All'] });
  t.match(message, {
    MessageId,
    Body: body,
    Attributes: { ApproximateReceiveCount: '1' },
    MessageAttributes: { kind: { DataType: 'String', StringValue: 'letter' } },
  });
  t.same(message?.MessageAttributes?.['stamp']?.BinaryValue, new Uint8Array([0, 255]));
  const sentAtMs = Number(message?.Attributes?.SentTimestamp);
  t.ok(sentAtMs >= fromMs && sentAtMs <= Date.now());
  t.match(await attributesOf(sqs, QueueUrl), {
    ApproximateNumberOfMessages: '0',
    ApproximateNumberOfMessagesNotVisible: '1',
  });
  await remove(sqs, QueueUrl, message === undefined ? [] : [message]);
  t.match(await attributesOf(sqs, QueueUrl), { ApproximateNumberOfMessagesNotVisible: '0' });
});

t.test('MD5 of message attributes matches AWS', async (t) => {
  const QueueUrl = await createQueue(sqs, 'digests');
  const { MD5OfMessageAttributes } = await sqs.send(
    new SendMessageCommand({
      QueueUrl,
      MessageBody: 'This is a test message',
      MessageAttributes: { test_attribute_name_1: { DataType: 'String', StringValue: 'test_attribute_value_1' } },
    }),
  );
  // By hand: length, name, length, type, 1, length, value.
  t.equal(MD5OfMessageAttributes, 'ba056227cfd9533dba1f72ad9816d233');
});

t.test('a received message is hidden for the visibility timeout, then received again', async (t) => {
  const QueueUrl = await createQueue(sqs, 'again', { VisibilityTimeout: '1' });
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'a' }));
  const [first] = await receive(sqs, QueueUrl);
  t.same(await receive(sqs, QueueUrl), []);
  const [second] = await receive(sqs, QueueUrl, { WaitTimeSeconds: 10 });
  t.match(second, { MessageId: first?.MessageId, Attributes: { ApproximateReceiveCount: '2' } });
  t.equal(second?.Attributes?.ApproximateFirstReceiveTimestamp, first?.Attributes?.ApproximateFirstReceiveTimestamp);
  t.not(second?.ReceiptHandle, first?.ReceiptHandle);
  await remove(sqs, QueueUrl, first === undefined ? [] : [first]);
  t.match(await attributesOf(sqs, QueueUrl), { ApproximateNumberOfMessagesNotVisible: '1' }, 'old handles are ignored');
});

t.test('visibility can be changed while in flight', async (t) => {
  const QueueUrl = await createQueue(sqs, 'changing');
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'a' }));
  const change = (ReceiptHandle: string | undefined, VisibilityTimeout: number) =>
    sqs.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout }));
  const [first] = await receive(sqs, QueueUrl);
  await change(first?.ReceiptHandle, 0);
  await t.rejects(change(first?.ReceiptHandle, 5), MessageNotInflight);
  const [second] = await receive(sqs, QueueUrl);
  await change(second?.ReceiptHandle, 100);
  pass(99_000);
  t.same(await receive(sqs, QueueUrl), []);
  pass(1_000);
  t.same(bodies(await receive(sqs, QueueUrl)), ['a']);
  await t.rejects(change('nonsense', 5), ReceiptHandleIsInvalid);
});

t.test('a long poll returns when a message arrives, and empty if none does', async (t) => {
  const QueueUrl = await createQueue(sqs, 'poll');
  const polls = [receive(sqs, QueueUrl, { WaitTimeSeconds: 20 }), receive(sqs, QueueUrl, { WaitTimeSeconds: 20 })];
  for (const MessageBody of ['a', 'b']) await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody }));
  t.same((await Promise.all(polls)).flatMap(bodies).sort(), ['a', 'b']);
  const startedAt = performance.now();
  t.same(await receive(sqs, QueueUrl, { WaitTimeSeconds: 1 }), []);
  t.ok(performance.now() - startedAt > 990);
});

t.test('a delayed message is hidden and counted as delayed', async (t) => {
  const QueueUrl = await createQueue(sqs, 'delayed');
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'later', DelaySeconds: 60 }));
  t.same(await receive(sqs, QueueUrl), []);
  t.match(await attributesOf(sqs, QueueUrl), {
    ApproximateNumberOfMessagesDelayed: '1',
    ApproximateNumberOfMessagesNotVisible: '0',
  });
  pass(60_000);
  t.same(bodies(await receive(sqs, QueueUrl)), ['later']);
});

t.test('entries of a batch are independent', async (t) => {
  const QueueUrl = await createQueue(sqs, 'batches');
  const send = (...MessageBodies: string[]) =>
    sqs.send(
      new SendMessageBatchCommand({
        QueueUrl,
        Entries: MessageBodies.map((MessageBody, index) => ({ Id: String(index), MessageBody })),
      }),
    );
  const sent = await send('a', '', 'b');
  t.match(sent, { Successful: [{ Id: '0' }, { Id: '2' }], Failed: [{ Id: '1', Code: 'MissingParameter' }] });
  const messages = await receive(sqs, QueueUrl);
  t.same(bodies(messages), ['a', 'b']);
  const handles = messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
  await sqs.send(
    new ChangeMessageVisibilityBatchCommand({
      QueueUrl,
      Entries: handles.map((entry) => ({ ...entry, VisibilityTimeout: 600 })),
    }),
  );
  pass(60_000);
  t.same(await receive(sqs, QueueUrl), []);
  const deleted = await sqs.send(
    new DeleteMessageBatchCommand({ QueueUrl, Entries: [...handles, { Id: 'wrong', ReceiptHandle: 'x' }] }),
  );
  t.match(deleted, {
    Successful: [{ Id: '0' }, { Id: '1' }],
    Failed: [{ Id: 'wrong', Code: 'ReceiptHandleIsInvalid' }],
  });

  await t.rejects(send(), { name: 'EmptyBatchRequest' });
  await t.rejects(send(...Array.from({ length: 11 }, String)), { name: 'TooManyEntriesInBatchRequest' });
  const twice = [1, 2].map(() => ({ Id: 'same', MessageBody: 'a' }));
  await t.rejects(sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries: twice })), {
    name: 'BatchEntryIdsNotDistinct',
  });
});

t.test('refuses a message that is too long or for another type of queue', async (t) => {
  const QueueUrl = await createQueue(sqs, 'short', { MaximumMessageSize: '1024' });
  const send = (MessageBody: string, more: object = {}) =>
    sqs.send(new SendMessageCommand({ QueueUrl, MessageBody, ...more }));
  await send('x'.repeat(1_024));
  await t.rejects(send('ü'.repeat(513)), { name: 'InvalidParameterValue' });
  await t.rejects(send('a', { MessageDeduplicationId: 'a' }), { name: 'InvalidParameterValue' });
  await t.rejects(receive(sqs, QueueUrl, { MaxNumberOfMessages: 11 }), { name: 'InvalidParameterValue' });
  await t.rejects(sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: 'x' })), ReceiptHandleIsInvalid);
});
