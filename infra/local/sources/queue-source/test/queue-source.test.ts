import { randomUUID } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { PassThrough } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import {
  GetQueueAttributesCommand,
  PurgeQueueCommand,
  SendMessageBatchCommand,
  StartMessageMoveTaskCommand,
} from '@aws-sdk/client-sqs';
import { BUCKETS } from '@swipegate/contract';
import { composeStoreHandler } from '@swipegate/lambdas/change-store/store-handler';
import { nthChange } from '@swipegate/lambdas/change-store/test/sqs-records';
import { EventStore } from '@swipegate/lambdas/stores/changes/event-store';
import type { SQSEvent, SQSRecord } from 'aws-lambda';
import { pino } from 'pino';
import t, { type Test } from 'tap';
import { type QueueMapping, type QueueName, queueMappings, queues } from '../../../../resources.js';
import { startDatabase } from '../../../../testing/local-database.js';
import { startServices } from '../../../../testing/local-services.js';
import { provisionBackOffice } from '../../../cloud/provision-back-office.js';
import type { FunctionHandler } from '../../local-function.js';
import { QueueSource } from '../queue-source.js';

const VISIBILITY_MS = 1_000;

async function startQueues(t: Test) {
  const services = await startServices(t);
  const { queueUrls } = await provisionBackOffice(services, { visibilitySeconds: VISIBILITY_MS / 1_000 });
  const { sqs } = services;
  // S3's test event after the notification was configured.
  await sqs.send(new PurgeQueueCommand({ QueueUrl: queueUrls.stored }));
  const log = new PassThrough();
  log.resume();
  return {
    ...services,
    log,
    queueUrls,
    async source(mapping: QueueMapping, handler: FunctionHandler<SQSEvent>): Promise<QueueSource> {
      const source = await QueueSource.start({ sqs, mapping, handler, logger: pino(log) });
      t.teardown(() => source.stop());
      return source;
    },
    async send(queue: QueueName, ...bodies: string[]): Promise<void> {
      const Entries = bodies.map((MessageBody, i) => ({
        Id: String(i),
        MessageBody,
        ...(queues[queue].fifo ? { MessageGroupId: 'acme', MessageDeduplicationId: randomUUID() } : {}),
      }));
      await sqs.send(new SendMessageBatchCommand({ QueueUrl: queueUrls[queue], Entries }));
    },
    async left(queue: QueueName): Promise<number> {
      const { Attributes } = await sqs.send(
        new GetQueueAttributesCommand({ QueueUrl: queueUrls[queue], AttributeNames: ['All'] }),
      );
      return (
        Number(Attributes?.ApproximateNumberOfMessages) + Number(Attributes?.ApproximateNumberOfMessagesNotVisible)
      );
    },
  };
}

const bodies = (records: readonly SQSRecord[]) => records.map(({ body }) => body);

t.test('processed messages are deleted', async (t) => {
  const { source, send, left } = await startQueues(t);
  const events: SQSRecord[][] = [];
  await send('stored', '1', '2', '3');
  await source(queueMappings.stored, async ({ Records }) => void events.push(Records));
  await until(async () => (await left('stored')) === 0);
  t.same(bodies(events.flat()).sort(), ['1', '2', '3']);
  t.match(events[0]?.[0], {
    eventSource: 'aws:sqs',
    eventSourceARN: /:swipegate-stored-changes$/,
    awsRegion: 'eu-central-1',
    attributes: { ApproximateReceiveCount: '1', SentTimestamp: /^\d{13}$/ },
  });
  t.equal(await left('storedDead'), 0);
});

t.test('only failed messages are delivered again', async (t) => {
  const { source, send, left, pass } = await startQueues(t);
  const seen: string[] = [];
  await send('stored', 'good', 'bad', 'fine');
  await source(queueMappings.stored, async ({ Records }) => {
    seen.push(...bodies(Records));
    const failures = Records.filter(
      ({ body, attributes }) => body === 'bad' && attributes.ApproximateReceiveCount < '3',
    );
    pass(VISIBILITY_MS);
    return { batchItemFailures: failures.map(({ messageId }) => ({ itemIdentifier: messageId })) };
  });
  await until(async () => (await left('stored')) === 0);
  t.same(seen.sort(), ['bad', 'bad', 'bad', 'fine', 'good']);
  t.equal(await left('storedDead'), 0);
});

t.test('in a FIFO queue no message overtakes a failed one', async (t) => {
  const { source, send, left, pass } = await startQueues(t);
  const done: string[] = [];
  let failures = 2;
  await send('changes', '1', '2', '3', '4');
  await source({ ...queueMappings.changes, batchSize: 3 }, async ({ Records }) => {
    const at = Records.findIndex(({ body }) => body === '2' && failures-- > 0);
    const failed = at === -1 ? [] : Records.slice(at);
    done.push(...bodies(Records.filter((record) => !failed.includes(record))));
    return { batchItemFailures: failed.map(({ messageId }) => ({ itemIdentifier: messageId })) };
  });
  await until(async () => {
    // Small steps: a FIFO queue deletes nothing for an expired receipt handle.
    pass(VISIBILITY_MS / 10);
    return (await left('changes')) === 0;
  });
  t.same(done, ['1', '2', '3', '4']);
});

t.test('a function that throws or times out fails its whole batch', async (t) => {
  const { source, send, left, pass, log } = await startQueues(t);
  let calls = 0;
  const logged: string[] = [];
  log.on('data', (line) => logged.push(String(line)));
  await send('stored', 'a');
  await source({ ...queueMappings.stored, timeoutMs: 20 }, async () => {
    calls += 1;
    pass(VISIBILITY_MS);
    if (calls === 1) throw new Error('on purpose');
    // Longer than the time limit; its late answer is ignored.
    if (calls === 2) await once(AbortSignal.timeout(60), 'abort');
  });
  await until(async () => (await left('stored')) === 0);
  t.equal(calls, 3);
  t.match(logged.join(''), /on purpose[\s\S]*FUNCTION_TIMEOUT/);
});

t.test('a message that keeps failing is dead-lettered, redriven by hand, and applied', async (t) => {
  const { source, send, left, pass, queueUrls, sqs, s3, faults } = await startQueues(t);
  const { dynamodb } = await startDatabase(t);
  const handler = composeStoreHandler(
    { dynamodb, s3, sqs },
    { DEAD_LETTER_QUEUE_URL: queueUrls.changesDead, LOG_LEVEL: 'silent' },
  );
  const maxReceives = queues.changes.deadLetter?.maxReceives ?? 0;
  const changes = [1, 2].map((n) => nthChange(n, 'acme'));
  // The SDK makes three attempts.
  faults.s3.failNext('PutObject', { times: 3 * maxReceives });
  let calls = 0;
  const running = await source(queueMappings.changes, async (event) => {
    calls += 1;
    return handler(event);
  });
  await send('changes', ...changes.map((change) => JSON.stringify(change)));
  await until(async () => {
    pass(VISIBILITY_MS / 10);
    return (await left('changesDead')) === changes.length;
  });
  t.equal(calls, maxReceives);
  const events = new EventStore(s3, BUCKETS.events);
  t.same(await events.list('acme', undefined, 10), [], 'none is stored before its predecessors');

  const { Attributes } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: queueUrls.changesDead, AttributeNames: ['QueueArn'] }),
  );
  await sqs.send(new StartMessageMoveTaskCommand({ SourceArn: Attributes?.QueueArn }));
  await until(async () => (await left('changes')) + (await left('changesDead')) === 0);
  const keys = await events.list('acme', undefined, 10);
  t.same(await Promise.all(keys.map((key) => events.get(key))), changes, 'in their order');
  await running.stop();
});

t.test('a failed read of the queue is retried', async (t) => {
  const { source, send, left, faults } = await startQueues(t);
  faults.sqs.failNext('ReceiveMessage', { times: 3 });
  await send('stored', 'a');
  await source(queueMappings.stored, async () => undefined);
  await until(async () => (await left('stored')) === 0);
  t.pass();
});

t.test('stop waits for the current invocation and starts no new one', async (t) => {
  const { source, send, left } = await startQueues(t);
  const test = new EventEmitter();
  const began = once(test, 'began');
  let calls = 0;
  const running = await source({ ...queueMappings.stored, batchSize: 1 }, async () => {
    calls += 1;
    test.emit('began');
    await once(test, 'end');
  });
  await send('stored', 'a', 'b');
  await began;
  const stopped = running.stop();
  test.emit('end');
  await stopped;
  t.same([calls, await left('stored')], [1, 1]);
});

/** Polls until there is a value; the test's timeout is the limit. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await delay(20);
}
