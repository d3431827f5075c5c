import {
  ListMessageMoveTasksCommand,
  ResourceNotFoundException,
  SendMessageCommand,
  StartMessageMoveTaskCommand,
} from '@aws-sdk/client-sqs';
import t from 'tap';
import { startServices } from '../../../../testing/local-services.js';
import { arnOf, attributesOf, bodies, createQueue, receive, remove } from './queue-calls.js';

const { sqs, pass } = await startServices(t);

/** Queue that dead-letters after two receives, and its dead-letter queue. */
async function createPair(name: string, suffix: '' | '.fifo') {
  const deadLetters = await createQueue(sqs, `${name}-dead${suffix}`);
  const deadLetterTargetArn = await arnOf(sqs, deadLetters);
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn, maxReceiveCount: 2 });
  const source = await createQueue(sqs, `${name}${suffix}`, { RedrivePolicy });
  return { source, deadLetters, deadLetterArn: deadLetterTargetArn, sourceArn: await arnOf(sqs, source) };
}

for (const suffix of ['', '.fifo'] as const) {
  t.test(`a poison message is dead-lettered and can be redriven: jobs${suffix}`, async (t) => {
    const { source, deadLetters, deadLetterArn, sourceArn } = await createPair('jobs', suffix);
    const own = (id: string) => (suffix === '' ? {} : { MessageGroupId: 'g', MessageDeduplicationId: id });
    const { MessageId } = await sqs.send(
      new SendMessageCommand({ QueueUrl: source, MessageBody: 'poison', ...own('1') }),
    );
    for (const count of ['1', '2']) {
      t.match(await receive(sqs, source), [{ Body: 'poison', Attributes: { ApproximateReceiveCount: count } }]);
      pass(30_000);
    }
    t.match(await attributesOf(sqs, deadLetters), { ApproximateNumberOfMessages: '0' });
    await sqs.send(new SendMessageCommand({ QueueUrl: source, MessageBody: 'fine', ...own('2') }));
    const fine = await receive(sqs, source);
    t.same(bodies(fine), ['fine'], 'the call that dead-letters the first receives the next');
    await remove(sqs, source, fine);
    t.match(await attributesOf(sqs, deadLetters), { ApproximateNumberOfMessages: '1' });
    const [dead] = await receive(sqs, deadLetters, { VisibilityTimeout: 0 });
    t.match(dead, { MessageId, Body: 'poison', Attributes: { DeadLetterQueueSourceArn: sourceArn } });

    const move = (SourceArn: string, DestinationArn?: string) =>
      sqs.send(
        new StartMessageMoveTaskCommand({ SourceArn, ...(DestinationArn === undefined ? {} : { DestinationArn }) }),
      );
    await move(deadLetterArn);
    t.match(await attributesOf(sqs, deadLetters), { ApproximateNumberOfMessages: '0' });
    const [back] = await receive(sqs, source);
    t.match(back, { Body: 'poison', Attributes: { ApproximateReceiveCount: '1' } }, 'its receive count is reset');
    t.not(back?.MessageId, MessageId);
    const { Results } = await sqs.send(new ListMessageMoveTasksCommand({ SourceArn: deadLetterArn }));
    t.match(Results, [{ Status: 'COMPLETED', SourceArn: deadLetterArn, ApproximateNumberOfMessagesMoved: 1 }]);

    await t.rejects(move(sourceArn), { name: 'InvalidParameterValue' }, 'not a dead-letter queue');
    await t.rejects(move(`${deadLetterArn}x`), ResourceNotFoundException);
    await t.rejects(move(deadLetterArn, `${sourceArn}x`), ResourceNotFoundException);
  });
}

t.test('a whole group is redriven in order to the given queue', async (t) => {
  const { source, deadLetterArn } = await createPair('ordered', '.fifo');
  const other = await createQueue(sqs, 'other.fifo');
  for (const MessageBody of ['1', '2', '3']) {
    await sqs.send(
      new SendMessageCommand({
        QueueUrl: source,
        MessageBody,
        MessageGroupId: 'g',
        MessageDeduplicationId: MessageBody,
      }),
    );
  }
  for (let count = 1; count <= 2; count++) {
    t.same(bodies(await receive(sqs, source)), ['1', '2', '3']);
    pass(30_000);
  }
  t.same(await receive(sqs, source), []);
  await sqs.send(
    new StartMessageMoveTaskCommand({ SourceArn: deadLetterArn, DestinationArn: await arnOf(sqs, other) }),
  );
  t.same(bodies(await receive(sqs, other)), ['1', '2', '3']);
});
