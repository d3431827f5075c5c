import { SendMessageBatchCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import t from 'tap';
import { startServices } from '../../../../testing/local-services.js';
import { attributesOf, bodies, createQueue, receive, remove } from './queue-calls.js';

const { sqs, pass } = await startServices(t);

const send = (QueueUrl: string, MessageBody: string, MessageGroupId: string, MessageDeduplicationId?: string) =>
  sqs.send(
    new SendMessageCommand({
      QueueUrl,
      MessageBody,
      MessageGroupId,
      ...(MessageDeduplicationId === undefined ? {} : { MessageDeduplicationId }),
    }),
  );

t.test('a message in flight blocks its group but no other', async (t) => {
  const QueueUrl = await createQueue(sqs, 'groups.fifo');
  for (const body of ['a1', 'a2', 'b1', 'a3', 'b2']) await send(QueueUrl, body, body.charAt(0), body);
  const first = await receive(sqs, QueueUrl, { MaxNumberOfMessages: 1 });
  t.same(bodies(first), ['a1']);
  t.match(first[0]?.Attributes, { MessageGroupId: 'a', MessageDeduplicationId: 'a1' });
  t.same(bodies(await receive(sqs, QueueUrl)), ['b1', 'b2']);
  t.same(await receive(sqs, QueueUrl), []);
  const next = receive(sqs, QueueUrl, { WaitTimeSeconds: 20 });
  await remove(sqs, QueueUrl, first);
  t.same(bodies(await next), ['a2', 'a3'], 'a waiting receive is answered once the group is free');
});

t.test('a message that timed out is first again', async (t) => {
  const QueueUrl = await createQueue(sqs, 'timeout.fifo');
  for (const body of ['1', '2', '3']) await send(QueueUrl, body, 'g', body);
  const taken = await receive(sqs, QueueUrl, { MaxNumberOfMessages: 2 });
  await remove(sqs, QueueUrl, taken.slice(1));
  t.same(await receive(sqs, QueueUrl), []);
  pass(30_000);
  await t.rejects(
    remove(sqs, QueueUrl, taken.slice(0, 1)),
    { name: 'InvalidParameterValue' },
    'its handle has expired',
  );
  t.same(bodies(await receive(sqs, QueueUrl)), ['1', '3']);
});

t.test('sequence numbers have 20 digits and grow', async (t) => {
  const QueueUrl = await createQueue(sqs, 'numbers.fifo');
  const numbers: string[] = [];
  for (const body of ['1', '2', '3']) numbers.push((await send(QueueUrl, body, 'g', body)).SequenceNumber ?? '');
  for (const number of numbers) t.match(number, /^\d{20}$/);
  t.same(numbers, Array.from(new Set(numbers)).sort());
  t.same(
    (await receive(sqs, QueueUrl)).map(({ Attributes }) => Attributes?.SequenceNumber),
    numbers,
  );
});

t.test('deduplicates for five minutes, even after receive and delete', async (t) => {
  const QueueUrl = await createQueue(sqs, 'once.fifo');
  const first = await send(QueueUrl, 'a', 'g', 'id');
  const second = await send(QueueUrl, 'b', 'h', 'id');
  t.equal(second.MessageId, first.MessageId);
  t.equal(second.SequenceNumber, first.SequenceNumber);
  await remove(sqs, QueueUrl, await receive(sqs, QueueUrl));
  pass(5 * 60_000 - 1_000);
  await send(QueueUrl, 'c', 'g', 'id');
  t.match(await attributesOf(sqs, QueueUrl), { ApproximateNumberOfMessages: '0' });
  pass(1_000);
  await send(QueueUrl, 'd', 'g', 'id');
  t.same(bodies(await receive(sqs, QueueUrl)), ['d']);
});

t.test('deduplicates by content or within a group if configured', async (t) => {
  const byContent = await createQueue(sqs, 'content.fifo', { ContentBasedDeduplication: 'true' });
  for (const body of ['a', 'a', 'b']) await send(byContent, body, 'g');
  t.same(bodies(await receive(sqs, byContent)), ['a', 'b']);
  const byGroup = await createQueue(sqs, 'group.fifo', { DeduplicationScope: 'messageGroup' });
  for (const group of ['g', 'h', 'g']) await send(byGroup, group, group, 'id');
  t.same(bodies(await receive(sqs, byGroup)), ['g', 'h']);
});

t.test('a batch keeps its order and refuses entries without group or id', async (t) => {
  const QueueUrl = await createQueue(sqs, 'batch.fifo');
  const entry = (Id: string) => ({ Id, MessageBody: Id, MessageGroupId: 'g', MessageDeduplicationId: Id });
  const answer = await sqs.send(
    new SendMessageBatchCommand({
      QueueUrl,
      Entries: [
        entry('z'),
        { Id: 'groupless', MessageBody: 'x', MessageDeduplicationId: 'x' },
        { Id: 'idless', MessageBody: 'x', MessageGroupId: 'g' },
        { ...entry('late'), DelaySeconds: 5 },
        entry('a'),
      ],
    }),
  );
  t.match(answer.Failed, [
    { Id: 'groupless', Code: 'MissingParameter' },
    { Id: 'idless', Code: 'InvalidParameterValue' },
    { Id: 'late', Code: 'InvalidParameterValue' },
  ]);
  t.same(bodies(await receive(sqs, QueueUrl)), ['z', 'a']);
});
