import { ScanCommand } from '@aws-sdk/client-dynamodb';
import { PutRecordCommand } from '@aws-sdk/client-kinesis';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { ListQueuesCommand } from '@aws-sdk/client-sqs';
import { rowOf } from '@swipegate/aws/attributes';
import { batchGet } from '@swipegate/aws/batch-get';
import { decisionOfRow, STREAMS, swipeMessageOf, swipePartitionKey, tenantKey } from '@swipegate/contract';
import { composeDecideHandler } from '@swipegate/lambdas/decide/decide-handler';
import { SITE, swipeOf } from '@swipegate/lambdas/decide/test/small-site';
import { pino } from 'pino';
import t from 'tap';
import { buckets, decideMapping, tables } from '../../resources.js';
import { serveSingleEndpoint } from '../../testing/single-endpoint.js';
import { useEmulator } from '../cloud/cloud.js';
import { hasRows, seed } from '../demo/seed.js';
import { EventSource } from '../sources/event-source/event-source.js';

/** Starts on the emulator as `npm start -- --endpoint` does, and decides a swipe on the way out. */
async function startAndSwipe(endpoint: string, n: number) {
  const cloud = await useEmulator(endpoint);
  const { kinesis, dynamodb, s3 } = cloud.clients;
  const isKept = await hasRows(dynamodb, SITE.tenantId, 'readers');
  if (!isKept) await seed(dynamodb, SITE, []);
  const source = await EventSource.start({
    kinesis,
    mapping: decideMapping,
    handler: composeDecideHandler({ dynamodb, kinesis }, { LOG_LEVEL: 'silent' }),
    logger: pino({ level: 'silent' }),
    onFailure: async () => undefined,
  });
  try {
    const swipe = swipeOf({ n, cardId: 'ann', readerId: 'hard-out', readAt: new Date().toISOString() });
    const Data = Buffer.from(JSON.stringify(swipeMessageOf(swipe)));
    const PartitionKey = swipePartitionKey(swipe.tenantId, swipe.cardId);
    await kinesis.send(new PutRecordCommand({ StreamName: STREAMS.swipes, PartitionKey, Data }));
    await s3.send(new PutObjectCommand({ Bucket: buckets.events.name, Key: `kept-${n}`, Body: 'kept' }));
    const { failedInvocations } = await source.drain();
    const swipeKey = tenantKey(swipe.tenantId, swipe.swipeId);
    const rows = await batchGet(dynamodb, [{ tableName: tables.decisions.name, key: { swipeKey, cardId: 'ann' } }]);
    const [decision] = rows.get(tables.decisions.name) ?? [];
    return {
      isKept,
      failedInvocations,
      outcome: decision && decisionOfRow(decision)?.outcome,
      names: cloud.backOffice,
    };
  } finally {
    await source.stop();
    await cloud.stop();
  }
}

t.test('one address for all services: swipes are decided on an empty and on a provisioned emulator', async (t) => {
  const { endpoint, close } = await serveSingleEndpoint();
  t.teardown(close);
  const first = await startAndSwipe(endpoint, 1);
  t.match(first, { isKept: false, failedInvocations: 0, outcome: 'granted' });
  const second = await startAndSwipe(endpoint, 2);
  t.match(second, { isKept: true, failedInvocations: 0, outcome: 'granted' });
  t.same(second.names, first.names);
  t.ok(Object.values(first.names.queueUrls).every((url) => url.startsWith(endpoint)));
});

t.test('an emulator that lacks a call is refused at once, with the call and its answer', async (t) => {
  const { endpoint, refusals, close } = await serveSingleEndpoint();
  t.teardown(close);
  const cloud = await useEmulator(endpoint);
  t.teardown(() => cloud.stop());
  const { dynamodb, sqs } = cloud.clients;
  const { Items = [] } = await dynamodb.send(new ScanCommand({ TableName: tables.zoneState.name }));
  t.same(Items.map(rowOf), [], 'the check leaves no row');
  const { QueueUrls = [] } = await sqs.send(new ListQueuesCommand({}));
  t.notOk(
    QueueUrls.some((url) => url.includes('check')),
    'and no queue',
  );

  const wrong: [operation: string, code: string, message: RegExp][] = [
    [
      'BatchExecuteStatement',
      'UnknownOperationException',
      /BatchExecuteStatement with an INSERT with parameters.*no such/,
    ],
    ['ReceiveMessage', 'com.amazonaws.sqs#UnsupportedOperation', /A FIFO queue fails: no such/],
    ['CreateStream', 'UnknownOperationException', /cannot create the resources: no such.*must offer Kinesis/],
  ];
  for (const [operation, code, message] of wrong) {
    refusals.clear();
    refusals.set(operation, { code, message: 'no such call here' });
    await t.rejects(useEmulator(endpoint), { name: 'EmulatorError', code: 'EMULATOR_UNUSABLE', message }, operation);
  }
});

t.test('nothing at the address of the emulator', async (t) => {
  await t.rejects(useEmulator('http://127.0.0.1:1'), { message: /Nothing answers at http:\/\/127\.0\.0\.1:1\. Start/ });
});
