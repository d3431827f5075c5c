// Own process: changes process.env.
import { GetRecordsCommand, GetShardIteratorCommand } from '@aws-sdk/client-kinesis';
import { DynamoDBDocumentClient, PutCommand, QueryCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { batchGet } from '@swipegate/aws/batch-get';
import {
  decisionOfRow,
  STREAMS,
  type SwipeRecord,
  swipeMessageOf,
  swipePartitionKey,
  TABLES,
} from '@swipegate/contract';
import { seed } from '@swipegate/infra/local/demo/seed';
import { kinesisEvent } from '@swipegate/infra/local/sources/event-source/kinesis-event';
import { startTestCloud } from '@swipegate/infra/testing/test-cloud';
import type { KinesisStreamEvent } from 'aws-lambda';
import { aggregate } from 'kinesis-producer-lite';
import { deaggregate } from 'kinesis-producer-lite/deaggregate';
import t from 'tap';
import { SiteCache } from '../../stores/site-cache.js';
import { readEnvironment } from '../environment.js';
import { PublishError, publish } from '../stores/publish.js';
import { Store } from '../stores/store.js';
import { SITE, swipeIdOf, swipeOf } from './small-site.js';

const cloud = await startTestCloud();
t.teardown(() => cloud.stop());
const { dynamodb } = cloud.clients;
const documents = DynamoDBDocumentClient.from(dynamodb);
await seed(dynamodb, SITE, []);
Object.assign(process.env, cloud.env, { LOG_LEVEL: 'silent' });
const { handler } = await import('../handler.js');

function eventOf(...records: [sequenceNumber: string, data: Uint8Array, partitionKey?: string][]): KinesisStreamEvent {
  return kinesisEvent(
    'shardId-000000000000',
    records.map(([SequenceNumber, Data, PartitionKey = 'a']) => ({ SequenceNumber, PartitionKey, Data })),
    { streamArn: 'arn:aws:kinesis:eu-central-1:000000000000:stream/swipes', region: 'eu-central-1' },
  );
}

function aggregated(...swipes: SwipeRecord[]): Uint8Array {
  return aggregate(
    swipes.map((swipe) => ({
      partitionKey: swipePartitionKey(swipe.tenantId, swipe.cardId),
      data: JSON.stringify(swipeMessageOf(swipe)),
    })),
  );
}

async function publishedDecisions(): Promise<Record<string, unknown>[]> {
  const { ShardIterator } = await cloud.clients.kinesis.send(
    new GetShardIteratorCommand({
      StreamName: STREAMS.decisions,
      ShardId: 'shardId-000000000000',
      ShardIteratorType: 'TRIM_HORIZON',
    }),
  );
  const { Records = [] } = await cloud.clients.kinesis.send(new GetRecordsCommand({ ShardIterator }));
  return Records.flatMap(({ Data, PartitionKey = '' }) =>
    deaggregate(Data ?? new Uint8Array(), PartitionKey).map(({ data }) => JSON.parse(Buffer.from(data).toString())),
  );
}

async function parked(): Promise<Record<string, unknown>[]> {
  const { Items = [] } = await documents.send(
    new QueryCommand({
      TableName: TABLES.unreadable,
      KeyConditionExpression: 'shardKey = :key',
      ExpressionAttributeValues: { ':key': 'swipes/shardId-000000000000' },
    }),
  );
  return Items;
}

t.test('a Lambda event leads to decisions in table and stream, and parks unreadable records', async (t) => {
  const event = eventOf(
    [
      '100',
      aggregated(
        swipeOf({ n: 1, cardId: 'ann' }),
        swipeOf({ n: 2, cardId: 'who' }),
        swipeOf({ n: 3, cardId: 'ann', readerId: 'hard-out' }),
      ),
    ],
    ['101', Buffer.from('not JSON')],
    ['102', Buffer.from(JSON.stringify(swipeMessageOf(swipeOf({ n: 4, cardId: 'bob' }))))],
    ['103', Buffer.from(JSON.stringify({ ...swipeMessageOf(swipeOf({ n: 5 })), kind: 'parcel' }))],
  );
  t.same(await handler(event), { batchItemFailures: [] });
  t.match(await parked(), [
    { sequence: `${'0'.repeat(53)}101.000000`, partitionKey: 'a', reason: 'is not JSON', data: 'bm90IEpTT04=' },
    { sequence: /103\.000000$/, reason: /^kind is not a known field; allowed are tenantId/ },
  ]);
  const decided = async (n: number) => {
    const { Items = [] } = await documents.send(
      new QueryCommand({
        TableName: TABLES.decisions,
        KeyConditionExpression: 'swipeKey = :key',
        ExpressionAttributeValues: { ':key': `acme/${swipeIdOf(n)}` },
      }),
    );
    return Items.map((row) => decisionOfRow(row));
  };
  t.match(await decided(1), [
    { outcome: 'granted', reason: 'granted', cardId: 'ann', employeeId: 'ann', buildingId: 'b', zoneId: 'hard' },
  ]);
  t.match(await decided(2), [{ outcome: 'denied', reason: 'denied-unknown-credential' }]);
  t.match(await decided(3), [{ outcome: 'granted', direction: 'out', sequence: `${'0'.repeat(53)}100.000002` }]);
  t.match(await decided(4), [{ outcome: 'granted', cardId: 'bob' }]);
  t.same(await decided(5), []);
  const published = await publishedDecisions();
  t.equal(published.length, 4);

  t.same(await handler({ Records: event.Records.slice(0, 1) }), { batchItemFailures: [] });
  const again = await publishedDecisions();
  t.same(again.slice(4), published.slice(0, 3), 'published again with the same bytes');
  const presence = await documents.send(new ScanCommand({ TableName: TABLES.presence }));
  t.same(presence.Items?.map(({ cardKey, inside, version }) => [cardKey, inside?.zoneId, version]).sort(), [
    ['acme/ann', undefined, 1],
    ['acme/bob', 'hard', 1],
    ['acme/who', undefined, 1],
  ]);
});

t.test('an unreadable row grants nothing: decide heals its own and parks the swipes of the others', async (t) => {
  const bent = [
    [TABLES.cards, { cardKey: 'acme/bent', cardId: 'bent' }],
    [TABLES.employees, { employeeKey: 'acme/mona' }],
    [TABLES.decisions, { swipeKey: `acme/${swipeIdOf(23)}`, cardId: 'nil', decision: '{"outcome":"granted"}' }],
    [TABLES.presence, { cardKey: 'acme/bob', version: 'one' }],
  ] as const;
  for (const [TableName, Item] of bent) await documents.send(new PutCommand({ TableName, Item }));
  const before = (await parked()).length;
  const swipes = ['bent', 'bob', 'mona', 'nil', 'ann'].map((cardId, i) => swipeOf({ n: 20 + i, cardId }));
  t.same(await handler(eventOf(['200', aggregated(...swipes)])), { batchItemFailures: [] });
  const held = (await parked()).slice(before);
  t.match(
    held.map(({ partitionKey, reason }) => [partitionKey, reason]),
    [
      ['acme/bent', TABLES.cards],
      ['acme/mona', TABLES.employees],
      ['acme/nil', TABLES.decisions],
    ],
  );
  t.match(
    (await publishedDecisions()).filter(({ swipeId }) => swipes.some((swipe) => swipe.swipeId === swipeId)),
    [
      { cardId: 'bob', reason: 'denied-passback' },
      { cardId: 'ann', reason: 'granted' },
    ],
    'bob’s place is lost',
  );
});

t.test('only the overtaken conditional writes of a call are refused', async (t) => {
  const store = new Store(dynamodb, readEnvironment({}));
  const presence = { cardKey: 'acme/cas', version: 1, sequence: '', outbox: [] };
  const inside = { buildingId: 'b', zoneId: 'hard', since: '2026-11-25T00:00:00Z', swipeId: swipeIdOf(1) };
  t.same(await store.commit([presence]), ['written']);
  t.same(await store.commit([presence, { ...presence, cardKey: 'acme/cas-2' }]), ['overtaken', 'written']);
  t.same(await store.commit([{ ...presence, version: 2, inside, expiresAt: 4_000_000_000 }]), ['written']);
  t.same(await store.commit([{ ...presence, version: 2 }]), ['overtaken']);
  const read = async () => (await store.readFacts(new Map([['acme/cas', []]]), 0)).presence.rows.get('acme/cas');
  t.same(await read(), { ...presence, version: 2, inside, expiresAt: 4_000_000_000 });
  t.same(await store.commit([{ ...presence, version: 3 }]), ['written']);
  t.same(await read(), { ...presence, version: 3 }, 'the new row replaces the old one completely');
  const many = Array.from({ length: 60 }, (_, i) => ({ ...presence, cardKey: `acme/many-${i}` }));
  t.same(
    await store.commit(many),
    many.map(() => 'written'),
    'more rows than one call takes',
  );
  t.same(await store.commit([]), []);
});

t.test('only throttled conditional writes are retried; a faulty one returns its error', async (t) => {
  const sent: number[] = [];
  cloud.clients.dynamodb.middlewareStack.add(
    (next, context) => async (args) => {
      const answer = await next(args);
      const { output } = answer;
      if (context.commandName !== 'BatchExecuteStatementCommand' || !('Responses' in output)) return answer;
      if (!Array.isArray(output.Responses)) return answer;
      sent.push(output.Responses.length);
      // The write is done although the answer says otherwise, as if the answer were lost.
      if (sent.length === 1) output.Responses[0] = { Error: { Code: 'ThrottlingError' } };
      if (sent.length === 1) output.Responses[1] = { Error: { Code: 'ValidationError', Message: 'no' } };
      return answer;
    },
    { step: 'initialize', name: 'throttle' },
  );
  t.teardown(() => cloud.clients.dynamodb.middlewareStack.remove('throttle'));
  const store = new Store(dynamodb, readEnvironment({}));
  const rows = [1, 2, 3].map((n) => ({ cardKey: `acme/throttled-${n}`, version: 1, sequence: '', outbox: [] }));
  t.same(await store.commit(rows), ['overtaken', { code: 'ValidationError', message: 'no' }, 'written']);
  t.same(sent, [3, 1]);
});

t.test('the site is cached, and read again at most once a second for an unknown reader', async (t) => {
  let nowMs = 0;
  let queries = 0;
  cloud.clients.dynamodb.middlewareStack.add(
    (next, context) => (args) => {
      if (context.commandName === 'QueryCommand') queries += 1;
      return next(args);
    },
    { step: 'initialize', name: 'count-queries' },
  );
  t.teardown(() => cloud.clients.dynamodb.middlewareStack.remove('count-queries'));
  const sites = new SiteCache(dynamodb, { tableName: TABLES.site, maxAgeMs: 5_000, now: () => nowMs });
  const [one, two] = await Promise.all([sites.siteOf('acme', ['hard-in']), sites.siteOf('acme', ['hard-in'])]);
  t.equal(one, two, 'read once');
  t.equal(one?.readers.size, SITE.readers.length);
  t.equal(one?.zones.get('timed')?.antiPassback.mode, 'timed');
  const perLoad = queries;
  nowMs = 900;
  await sites.siteOf('acme', ['new-door']);
  t.equal(queries, perLoad, 'not within a second');
  const door = { ...SITE.readers[0], readerId: 'new-door' };
  await documents.send(
    new PutCommand({ TableName: TABLES.site, Item: { siteKey: 'acme/readers', id: 'new-door', ...door } }),
  );
  await documents.send(new PutCommand({ TableName: TABLES.site, Item: { siteKey: 'acme/readers', id: 'half-a-row' } }));
  nowMs = 1_000;
  const reloaded = await sites.siteOf('acme', ['new-door']);
  t.ok(reloaded.readers.has('new-door'), 'a new reader works within a second');
  t.notOk(reloaded.readers.has('half-a-row'), 'an unreadable row is left out');
  t.equal(queries, 2 * perLoad);
  nowMs = 5_999;
  await sites.siteOf('acme', ['hard-in']);
  t.equal(queries, 2 * perLoad);
  nowMs = 6_000;
  await sites.siteOf('acme', ['hard-in']);
  t.equal(queries, 3 * perLoad, 'too old');
  t.equal((await sites.siteOf('nobody', ['x'])).readers.size, 0);
});

t.test('only refused records are resent', async (t) => {
  const sent: number[] = [];
  let refusals = 1;
  cloud.clients.kinesis.middlewareStack.add(
    (next, context) => async (args) => {
      const answer = await next(args);
      const { output } = answer;
      if (context.commandName !== 'PutRecordsCommand' || !('Records' in output) || !Array.isArray(output.Records)) {
        return answer;
      }
      sent.push(output.Records.length);
      const refused = Math.min(1, output.Records.length - 1);
      if (refusals-- > 0) output.Records[refused] = { ErrorCode: 'ProvisionedThroughputExceededException' };
      return answer;
    },
    { step: 'initialize', name: 'refuse' },
  );
  t.teardown(() => cloud.clients.kinesis.middlewareStack.remove('refuse'));
  const [first] = await publishedDecisions();
  const decision = JSON.parse(JSON.stringify(first));
  const before = (await publishedDecisions()).length;
  const many = Array.from({ length: 200 }, () => decision);
  await publish(cloud.clients.kinesis, STREAMS.decisions, many);
  t.same(sent, [3, 1], 'aggregated, then one record resent');
  t.equal(
    (await publishedDecisions()).length - before,
    280,
    'the emulator had stored the record that the answer called refused',
  );
  refusals = 100;
  await t.rejects(publish(cloud.clients.kinesis, STREAMS.decisions, many), PublishError);
});

t.test('more keys than one call takes, and unprocessed keys', async (t) => {
  const calls: number[] = [];
  cloud.clients.dynamodb.middlewareStack.add(
    (next, context) => async (args) => {
      const answer = await next(args);
      if (context.commandName !== 'BatchGetItemCommand') return answer;
      calls.push(1);
      const { output } = answer;
      // The first answer leaves one key unprocessed.
      if (calls.length === 1 && 'Responses' in output) {
        const rows = Object(output.Responses)[TABLES.cards];
        const row = rows.shift();
        return {
          ...answer,
          output: { ...output, UnprocessedKeys: { [TABLES.cards]: { Keys: [{ cardKey: row.cardKey }] } } },
        };
      }
      return answer;
    },
    { step: 'initialize', name: 'leave-out' },
  );
  t.teardown(() => cloud.clients.dynamodb.middlewareStack.remove('leave-out'));
  const keys = Array.from({ length: 250 }, (_, i) => ({ tableName: TABLES.cards, key: { cardKey: `acme/none-${i}` } }));
  const rows = await batchGet(dynamodb, [
    ...SITE.cards.map(({ cardId }) => ({ tableName: TABLES.cards, key: { cardKey: `acme/${cardId}` } })),
    ...keys,
  ]);
  t.equal(rows.get(TABLES.cards)?.length, SITE.cards.length);
  t.equal(calls.length, 4);
});

t.test('an invalid environment variable is named', async (t) => {
  t.throws(() => readEnvironment({ SITE_CACHE_MS: 'soon' }), /SITE_CACHE_MS/);
  t.match(readEnvironment({ SITE_CACHE_MS: '0', TABLE_CARDS: '' }), { SITE_CACHE_MS: 0, TABLE_CARDS: TABLES.cards });
});
