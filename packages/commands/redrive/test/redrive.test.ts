// Own process: changes process.env.
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import {
  GetRecordsCommand,
  GetShardIteratorCommand,
  ListShardsCommand,
  PutRecordCommand,
} from '@aws-sdk/client-kinesis';
import { DeleteCommand, DynamoDBDocumentClient, PutCommand, QueryCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import {
  decisionOfRow,
  STREAMS,
  type SwipeRecord,
  swipeMessageOf,
  swipePartitionKey,
  TABLES,
} from '@swipegate/contract';
import { seed } from '@swipegate/infra/local/demo/seed';
import { EventSource } from '@swipegate/infra/local/sources/event-source/event-source';
import { decideMapping } from '@swipegate/infra/resources';
import { startTestCloud } from '@swipegate/infra/testing/test-cloud';
import { SITE, swipeIdOf, swipeOf } from '@swipegate/lambdas/decide/test/small-site';
import { RedriveError, redrive } from '@swipegate/lambdas/redrive/redrive';
import { ParkedRecords } from '@swipegate/lambdas/stores/parked-records';
import { aggregate } from 'kinesis-producer-lite/aggregate';
import { deaggregate } from 'kinesis-producer-lite/deaggregate';
import { pino } from 'pino';
import t from 'tap';

const cloud = await startTestCloud();
t.teardown(() => cloud.stop());
const { dynamodb, kinesis } = cloud.clients;
const documents = DynamoDBDocumentClient.from(dynamodb);
await seed(dynamodb, SITE, []);
Object.assign(process.env, cloud.env, { LOG_LEVEL: 'silent' });
const { handler: decide } = await import('@swipegate/lambdas/decide/handler');
const { handler } = await import('@swipegate/lambdas/redrive/handler');
const parked = new ParkedRecords(dynamodb, TABLES.unreadable);
const inTime = { getRemainingTimeInMillis: () => 60_000 };

const mapping = { ...decideMapping, maximumRetryAttempts: 0 };
const source = await EventSource.start({
  kinesis,
  mapping,
  handler: decide,
  logger: pino({ level: 'silent' }),
  onFailure: async () => undefined,
});
t.teardown(() => source.stop());

/** Swipes on the way out are granted at any hour, so the test does not depend on the day. */
function leaving(n: number, cardId: string): SwipeRecord {
  const readAt = new Date().toISOString();
  return swipeOf({ n, cardId, readerId: 'hard-out', readAt });
}

/** The way in, which a card that cannot be read does not open. */
function entering(n: number, cardId: string): SwipeRecord {
  return { ...leaving(n, cardId), readerId: 'none-in' };
}

const messageOf = (swipe: SwipeRecord) => ({
  partitionKey: swipePartitionKey(swipe.tenantId, swipe.cardId),
  data: JSON.stringify(swipeMessageOf(swipe)),
});

async function put(...records: { partitionKey: string; data: string }[]): Promise<void> {
  const PartitionKey = records[0]?.partitionKey ?? '';
  await kinesis.send(new PutRecordCommand({ StreamName: STREAMS.swipes, PartitionKey, Data: aggregate(records) }));
}

async function decisionsOf(n: number) {
  const { Items = [] } = await documents.send(
    new QueryCommand({
      TableName: TABLES.decisions,
      KeyConditionExpression: 'swipeKey = :key',
      ExpressionAttributeValues: { ':key': `acme/${swipeIdOf(n)}` },
    }),
  );
  return Items.map((row) => decisionOfRow(row));
}

/** Published decisions by swipeId. */
async function published(): Promise<Map<string, string[]>> {
  const { Shards = [] } = await kinesis.send(new ListShardsCommand({ StreamName: STREAMS.decisions }));
  const found = new Map<string, string[]>();
  for (const { ShardId } of Shards) {
    const { ShardIterator } = await kinesis.send(
      new GetShardIteratorCommand({ StreamName: STREAMS.decisions, ShardId, ShardIteratorType: 'TRIM_HORIZON' }),
    );
    const { Records = [] } = await kinesis.send(new GetRecordsCommand({ ShardIterator }));
    for (const { Data = new Uint8Array(), PartitionKey = '' } of Records) {
      for (const { data } of deaggregate(Data, PartitionKey)) {
        const text = Buffer.from(data).toString();
        const { swipeId } = JSON.parse(text);
        found.set(swipeId, [...(found.get(swipeId) ?? []), text]);
      }
    }
  }
  return found;
}

async function rows() {
  const { Items = [] } = await documents.send(new ScanCommand({ TableName: TABLES.unreadable, ConsistentRead: true }));
  return Items.sort((a, b) => (a['sequence'] < b['sequence'] ? -1 : 1));
}

t.test('unreadable records do not block others; after the fix a redrive decides each swipe once', async (t) => {
  await documents.send(new PutCommand({ TableName: TABLES.cards, Item: { cardKey: 'acme/bent', cardId: 'bent' } }));
  await put(
    messageOf(leaving(1, 'ann')),
    { partitionKey: 'acme/ann', data: 'not JSON' },
    messageOf(entering(2, 'bent')),
    messageOf(leaving(3, 'bob')),
    messageOf(entering(4, 'bent')),
  );
  t.match(
    await source.drain(),
    { invocations: 1, failedInvocations: 0, discardedRecords: 0 },
    'the event source does not retry',
  );
  t.match(
    [await decisionsOf(1), await decisionsOf(2), await decisionsOf(3), await decisionsOf(4)],
    [[{ outcome: 'granted' }], [], [{ outcome: 'granted' }], []],
  );
  const before = await rows();
  t.match(before, [
    { shardKey: /^swipes\/shardId-/, partitionKey: 'acme/ann', reason: 'is not JSON', sequence: /^\d{56}\.000001$/ },
    { partitionKey: 'acme/bent', reason: /row of acme\/bent in swipegate-cards/, sequence: /\.000002$/ },
    { partitionKey: 'acme/bent', parkedAt: /Z$/, expiresAt: Number, sequence: /\.000004$/ },
  ]);
  t.equal(Buffer.from(before[0]?.['data'], 'base64').toString(), 'not JSON', 'the bytes are unchanged');

  const dry = await handler({ dryRun: true }, inTime);
  t.match(dry, { complete: true, shards: [{ redriven: 3, reasons: { 'is not JSON': 1 } }] });
  t.same(await rows(), before, 'a dry run changes nothing');

  await documents.send(
    new PutCommand({
      TableName: TABLES.cards,
      Item: { cardKey: 'acme/bent', cardId: 'bent', status: 'active', employeeId: 'ann' },
    }),
  );
  const killed = { shardKeys: () => parked.shardKeys(), pages: (key: string) => parked.pages(key) };
  const dies = async (): Promise<void> => {
    throw new Error('killed');
  };
  await t.rejects(redrive({ kinesis, parked: { ...killed, delete: dies } }, { dryRun: false }), /killed/);
  t.equal((await rows()).length, 3, 'killed between put and delete: nothing is lost');
  await source.drain();
  t.match(
    await handler({}, inTime),
    { complete: true, shards: [{ redriven: 4 }] },
    'puts the unreadable record back too',
  );
  await source.drain();
  t.match(
    [await decisionsOf(2), await decisionsOf(4)],
    [[{ direction: 'in', cardId: 'bent' }], [{ direction: 'in', cardId: 'bent' }]],
  );
  for (const n of [2, 4]) {
    const texts = (await published()).get(swipeIdOf(n)) ?? [];
    t.ok(texts.length >= 1);
    t.equal(new Set(texts).size, 1, 'put back twice, decided once');
  }
  const [second, fourth] = [await decisionsOf(2), await decisionsOf(4)].map(([decision]) => decision?.['sequence']);
  t.ok(String(second) < String(fourth), 'in stream order');
  t.match(
    await rows(),
    [{ reason: 'is not JSON' }, { reason: 'is not JSON' }],
    'records that are still unreadable are parked again',
  );
});

t.test('a record past its time to live is not put back, though DynamoDB has not deleted it yet', async (t) => {
  const [row] = await rows();
  const shardKey = `${STREAMS.swipes}/shardId-000000000066`;
  const Item = { ...row, shardKey, expiresAt: Math.floor(Date.now() / 1_000) - 1 };
  await documents.send(new PutCommand({ TableName: TABLES.unreadable, Item }));
  t.match(await handler({ shards: [shardKey] }, inTime), { complete: true, shards: [{ redriven: 0 }] });
  await documents.send(
    new DeleteCommand({ TableName: TABLES.unreadable, Key: { shardKey, sequence: row?.['sequence'] } }),
  );
});

t.test('keeps the order of each key over several pages, and stops between pages when time runs out', async (t) => {
  const shardKey = `${STREAMS.swipes}/shardId-000000000077`;
  const many = Array.from({ length: 1_100 }, (_, i) => {
    const { partitionKey, data } = messageOf(leaving(1_000 + i, `many-${i % 7}`));
    return { sequence: String(i).padStart(5, '0'), partitionKey, data: Buffer.from(data), reason: 'test' };
  });
  await parked.park(shardKey, many, 1);
  const times = [60_000, 60_000, 1_000];
  const first = await handler({ shards: [shardKey] }, { getRemainingTimeInMillis: () => times.shift() ?? 0 });
  t.match(first, { complete: false, shards: [{ redriven: 1_000, complete: false }] });
  t.match(await handler({ shards: [shardKey] }, inTime), { complete: true, shards: [{ redriven: 100 }] });
  await source.drain();
  const places = new Map<string, string[]>();
  for (let i = 0; i < many.length; i++) {
    const [decision] = await decisionsOf(1_000 + i);
    const cardId = `many-${i % 7}`;
    places.set(cardId, [...(places.get(cardId) ?? []), String(decision?.['sequence'])]);
  }
  for (const [cardId, sequences] of places) t.same(sequences, sequences.toSorted(), cardId);
});

t.test('deletes a row only after its record is acknowledged', async (t) => {
  const shardKey = `${STREAMS.swipes}/shardId-000000000088`;
  const [taken, refused] = [leaving(20, 'ann'), leaving(21, 'bob')].map(messageOf);
  await parked.park(
    shardKey,
    [taken, refused].flatMap((message, i) =>
      message === undefined
        ? []
        : [
            {
              sequence: String(i),
              partitionKey: message.partitionKey,
              data: Buffer.from(message.data),
              reason: 'test',
            },
          ],
    ),
    1,
  );
  kinesis.middlewareStack.add(
    (next, context) => async (args) => {
      const { input } = args;
      if (context.commandName !== 'PutRecordsCommand' || !('Records' in input) || !Array.isArray(input.Records)) {
        return next(args);
      }
      const answer = await next(args);
      const results = input.Records.map(({ PartitionKey }) =>
        PartitionKey === 'acme/bob' ? { ErrorCode: 'ProvisionedThroughputExceededException' } : { SequenceNumber: '1' },
      );
      return { ...answer, output: { ...answer.output, Records: results } };
    },
    { step: 'initialize', name: 'refuse-bob' },
  );
  t.teardown(() => kinesis.middlewareStack.remove('refuse-bob'));
  await t.rejects(redrive({ kinesis, parked }, { dryRun: false, shardKeys: [shardKey] }), RedriveError);
  const left = await rows();
  t.same(
    left.filter((row) => row['shardKey'] === shardKey).map(({ partitionKey }) => partitionKey),
    ['acme/bob'],
  );
});

t.test('rejects an invalid request', async (t) => {
  await t.rejects(handler({ shard: 'swipes/1' }, inTime), /shard is not a known field; allowed are dryRun, shards/);
  await t.rejects(handler({ shards: ['shardId-000000000000'] }, inTime), /shards\.0 /);
});

t.test('the command shows parked records with reasons, then puts them back', async (t) => {
  const file = join(t.testdir(), 'cloud.json');
  writeFileSync(file, JSON.stringify(cloud.env));
  const cli = fileURLToPath(new URL('../cli.js', import.meta.url));
  const run = (...args: string[]) => promisify(execFile)(process.execPath, [cli, '--local', file, ...args]);
  const shown = await run('--dry-run');
  t.match(shown.stdout, /^swipes\/shardId-\d{12}: \d records? parked\n {2}\d × is not JSON$/m);
  const only = await run('--shard', 'swipes/shardId-000000000088');
  t.equal(only.stdout, 'swipes/shardId-000000000088: 1 record put back\n  1 × test\n');
  t.equal((await rows()).filter(({ reason }) => reason === 'test').length, 0);
  await t.rejects(run('--shard', '88'), { code: 2, stderr: /is not valid: write stream and shard id/ });
  await t.rejects(run('--dryrun'), {
    code: 2,
    stderr: /^There is no option --dryrun\. Did you mean --dry-run\? See npm run redrive -- --help\.\n$/,
  });
  await t.rejects(run('now'), {
    code: 2,
    stderr: /^Unexpected argument now: .* See npm run redrive -- --help\.\n$/,
  });
});
