import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { SQSRecord } from 'aws-lambda';
import fc from 'fast-check';
import { pino } from 'pino';
import t from 'tap';
import { EventStore } from '../../stores/changes/event-store.js';
import { parseEventKey, positionOf } from '../../stores/changes/object-keys.js';
import { createStoreHandler } from '../store-handler.js';
import { memoryBucket, type PutFate } from './memory-bucket.js';
import { recordOf, type Sent } from './sqs-records.js';

const DAY_MS = 86_400_000;
const MIDNIGHT = Date.parse('2026-11-26T00:00:00Z');

interface World {
  fateOf?: () => PutFate;
  /** Whether the table accepts writes. */
  tableIsUp?: () => boolean;
  buryIsUp?: () => boolean;
}

function storeWith({ fateOf, tableIsUp = () => true, buryIsUp = () => true }: World = {}) {
  const { s3, objects } = memoryBucket(fateOf);
  const dynamodb = new DynamoDBClient({ region: 'eu-central-1' });
  dynamodb.middlewareStack.add(
    () => async () => {
      if (!tableIsUp()) throw new Error('The table is down');
      return { output: { $metadata: {} }, response: {} };
    },
    { step: 'initialize', priority: 'high' },
  );
  const buried: string[] = [];
  const handle = createStoreHandler({
    dynamodb,
    tableChanges: 'changes',
    events: new EventStore(s3, 'events'),
    bury: async ({ messageId }) => {
      if (!buryIsUp()) throw new Error('The queue is down');
      buried.push(messageId);
    },
    logger: pino({ level: 'silent' }),
    now: () => MIDNIGHT,
  });
  /** Numbers `n` of a tenant's stored events, in key order. */
  const stored = (tenantId: string): number[] =>
    Array.from(objects.keys())
      .filter((key) => key.startsWith(`events/${tenantId}/`))
      .sort()
      .map((key) => Number(/(\d+)\.json$/.exec(key)?.[1]));
  const failed = async (records: SQSRecord[]) =>
    new Set((await handle({ Records: records })).batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
  return { failed, objects, stored, buried };
}

const someFate = fc.constantFrom<PutFate>('done', 'done', 'done', 'refused', 'unanswered');
const tenants = ['a', 'b'];
const someMessage = fc.record({
  tenantId: fc.constantFrom(...tenants),
  // Clocks of SQS may differ, and a message may not be a change.
  sentMs: fc.integer({ min: MIDNIGHT - 2 * DAY_MS, max: MIDNIGHT + 2 * DAY_MS }),
  isChange: fc.boolean(),
});
const someRun = fc.record({
  messages: fc.array(someMessage, { minLength: 1, maxLength: 25 }),
  fates: fc.infiniteStream(someFate),
  outages: fc.infiniteStream(fc.boolean()),
  batches: fc.infiniteStream(fc.integer({ min: 1, max: 10 })),
  crashes: fc.infiniteStream(fc.boolean()),
});

t.test('whatever fails, an event is never stored twice or without all earlier ones', async (t) => {
  await fc.assert(
    fc.asyncProperty(someRun, async ({ messages, fates, outages, batches, crashes }) => {
      const take = <Value>(stream: Iterator<Value>, otherwise: Value): Value => stream.next().value ?? otherwise;
      let left = 200;
      // After 200 steps nothing fails any more, so that the run ends.
      const failing =
        <Value>(stream: Iterator<Value>, well: Value) =>
        () =>
          left-- > 0 ? take(stream, well) : well;
      const store = storeWith({
        fateOf: failing(fates, 'done'),
        tableIsUp: failing(outages, true),
        buryIsUp: failing(outages, true),
      });
      const sent = messages.map(
        ({ isChange, ...message }, n): Sent => ({ n, ...message, ...(!isChange && { body: '?' }) }),
      );
      const changes = (tenantId: string) =>
        sent.filter((each) => each.tenantId === tenantId && each.body === undefined);
      let queue = sent;
      while (queue.length > 0) {
        const batch = queue.slice(0, take(batches, 1));
        const failed = await store.failed(batch.map(recordOf));
        for (const tenantId of tenants) {
          const has = store.stored(tenantId);
          const whole = changes(tenantId).map(({ n }) => n);
          if (has.join() !== whole.slice(0, has.length).join()) throw new Error(`${has} of ${whole}`);
        }
        const isCrash = left > 0 && take(crashes, false);
        const done = isCrash ? [] : batch.filter(({ n }) => !failed.has(`message-${n}`));
        queue = queue.filter((each) => !done.includes(each));
      }
      for (const tenantId of tenants) {
        if (store.stored(tenantId).length !== changes(tenantId).length) throw new Error('not all are stored');
      }
      const noChanges = sent.filter(({ body }) => body !== undefined).map(({ n }) => `message-${n}`);
      if (new Set(store.buried).size !== noChanges.length) throw new Error('not all are buried');
    }),
    { numRuns: 300 },
  );
  t.pass();
});

t.test('events around midnight keep their order and keys', async (t) => {
  const store = storeWith();
  const [before, after] = [MIDNIGHT - 1, MIDNIGHT];
  const batch = [
    { n: 1, tenantId: 'a', sentMs: before },
    { n: 2, tenantId: 'a', sentMs: after },
    { n: 3, tenantId: 'a', sentMs: before },
  ].map(recordOf);
  t.equal((await store.failed(batch)).size, 0);
  const positions = Array.from(store.objects.keys(), (key) => {
    const place = parseEventKey(key);
    return place && positionOf(place);
  });
  t.same(positions, [
    '2026-11-25/00000000000000001001',
    '2026-11-26/00000000000000001002',
    '2026-11-26/00000000000000001003',
  ]);
  t.equal((await store.failed(batch)).size, 0, 'the whole batch is delivered again');
  t.equal((await store.failed(batch.slice(0, 1))).size, 0, 'its first message again');
  t.equal((await store.failed(batch.slice(2))).size, 0, 'its last message again');
  t.equal(store.objects.size, 3, 'a repeat writes the same object');
  await store.failed([recordOf({ n: 4, tenantId: 'a', sentMs: before })]);
  await store.failed([recordOf({ n: 5, tenantId: 'b', sentMs: before })]);
  t.same(store.stored('a'), [1, 2, 3, 4], 'a slow clock does not move it before the others');
  t.ok(
    Array.from(store.objects.keys()).some((key) => key.startsWith('events/b/2026-11-25/')),
    'other tenants are unaffected',
  );
});

t.test('a sequence number with more digits sorts after shorter ones', async (t) => {
  const store = storeWith();
  for (const n of [8_998, 8_999, 9_000]) await store.failed([recordOf({ n, tenantId: 'a', sentMs: MIDNIGHT })]);
  t.same(store.stored('a'), [8_998, 8_999, 9_000]);
});

t.test('after a failure no later event of the tenant is stored, but those of others are', async (t) => {
  let isFirst = true;
  const fateOf = () => {
    const fate = isFirst ? 'refused' : 'done';
    isFirst = false;
    return fate;
  };
  const store = storeWith({ fateOf });
  const sent: Sent[] = ['a', 'a', 'b', 'a', 'b'].map((tenantId, n) => ({ n, tenantId, sentMs: MIDNIGHT }));
  t.same(await store.failed(sent.map(recordOf)), new Set(['message-0', 'message-1', 'message-3']));
  t.same([store.stored('a'), store.stored('b')], [[], [2, 4]]);
});

t.test('a failing progress table does not block storing', async (t) => {
  const store = storeWith({ tableIsUp: () => false });
  t.equal((await store.failed([recordOf({ n: 1, tenantId: 'a', sentMs: MIDNIGHT })])).size, 0);
  t.same(store.stored('a'), [1]);
});

t.test('an invalid message blocks those behind it until the dead-letter queue takes it', async (t) => {
  let isUp = false;
  const store = storeWith({ buryIsUp: () => isUp });
  const batch = [
    recordOf({ n: 1, tenantId: 'a', sentMs: MIDNIGHT, body: '{}' }),
    recordOf({ n: 2, tenantId: 'a', sentMs: MIDNIGHT }),
  ];
  t.equal((await store.failed(batch)).size, 2);
  isUp = true;
  t.equal((await store.failed(batch)).size, 0);
  t.same([store.buried, store.stored('a')], [['message-1'], [2]]);
});

t.test('a message without a sequence number is buried, because its place is unknown', async (t) => {
  for (const SequenceNumber of [undefined, '', 'x', '-1', '1'.repeat(21)]) {
    const { failed, stored, buried } = storeWith();
    const record = recordOf({ n: 1, tenantId: 'a', sentMs: MIDNIGHT });
    const { SequenceNumber: _, ...others } = record.attributes;
    const attributes = SequenceNumber === undefined ? others : { ...others, SequenceNumber };
    t.same(await failed([{ ...record, attributes }, recordOf({ n: 2, tenantId: 'a', sentMs: MIDNIGHT })]), new Set());
    t.same(buried, ['message-1'], String(SequenceNumber));
    t.same(stored('a'), [2]);
  }
});
