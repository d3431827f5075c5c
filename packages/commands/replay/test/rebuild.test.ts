// Own process: changes process.env.
import { PutRecordCommand } from '@aws-sdk/client-kinesis';
import { DeleteCommand, DynamoDBDocumentClient, GetCommand, PutCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import {
  decisionOfRow,
  STREAMS,
  type SwipeRecord,
  swipeMessageOf,
  swipePartitionKey,
  TABLES,
} from '@swipegate/contract';
import { Archiver } from '@swipegate/infra/local/archive/archiver';
import { seed } from '@swipegate/infra/local/demo/seed';
import { EventSource } from '@swipegate/infra/local/sources/event-source/event-source';
import { decideMapping } from '@swipegate/infra/resources';
import { startTestCloud } from '@swipegate/infra/testing/test-cloud';
import { SITE, swipeOf } from '@swipegate/lambdas/decide/test/small-site';
import { MemoryObjectStore } from '@swipegate/lambdas/stores/archive/test/memory-archive';
import { SiteCache } from '@swipegate/lambdas/stores/site-cache';
import { aggregate } from 'kinesis-producer-lite/aggregate';
import { pino } from 'pino';
import t from 'tap';
import { compare } from '../compare.js';
import { rebuild } from '../rebuild.js';
import { checkTargets, createTargets, type TablePair } from '../target-tables.js';

const logger = pino({ level: 'silent' });
const cloud = await startTestCloud();
const { dynamodb, kinesis } = cloud.clients;
const documents = DynamoDBDocumentClient.from(dynamodb);
await seed(dynamodb, SITE, []);
Object.assign(process.env, cloud.env, { LOG_LEVEL: 'silent' });
const { handler } = await import('@swipegate/lambdas/decide/handler');
const source = await EventSource.start({
  kinesis,
  mapping: decideMapping,
  handler,
  logger,
  onFailure: async () => undefined,
});
const store = new MemoryObjectStore();
const archiver = await Archiver.start({ kinesis, store, logger, fileBytes: 2_000, fileMs: 1e6 });
t.teardown(async () => {
  await source.stop();
  await archiver.stop();
  await cloud.stop();
});

const live: TablePair = { decisions: TABLES.decisions, presence: TABLES.presence };
const target: TablePair = { decisions: 'rebuilt-decisions', presence: 'rebuilt-presence' };
const KEEP_DAYS = 400;
const sites = new SiteCache(dynamodb, { tableName: TABLES.site, maxAgeMs: 60_000, now: () => performance.now() });
const siteOf: SiteCache['siteOf'] = (tenantId, readerIds) => sites.siteOf(tenantId, readerIds);

async function swiped(...changes: (Partial<SwipeRecord> & { n: number })[]): Promise<void> {
  const swipes = changes.map((change) => {
    const readAt = new Date().toISOString();
    return swipeOf({ readAt, ...change });
  });
  await kinesis.send(
    new PutRecordCommand({
      StreamName: STREAMS.swipes,
      PartitionKey: 'k',
      Data: aggregate(
        swipes.map((swipe) => ({
          partitionKey: swipePartitionKey(swipe.tenantId, swipe.cardId),
          data: JSON.stringify(swipeMessageOf(swipe)),
        })),
      ),
    }),
  );
}

const compared = (archivedUntil?: string) =>
  compare(dynamodb, { live, rebuilt: target, archivedUntil, nowMs: Date.now() });

t.test('refuses to rebuild into a table that is in use or missing', async (t) => {
  const refused = async (pair: Partial<TablePair>, code: string) => {
    await t.rejects(checkTargets(dynamodb, { ...target, ...pair }, live), { code }, JSON.stringify(pair));
  };
  await refused({ decisions: live.decisions }, 'TARGET_IS_LIVE');
  await refused({ decisions: live.presence }, 'TARGET_IS_LIVE');
  await refused({ decisions: target.presence }, 'TARGET_IS_LIVE');
  await refused({ presence: TABLES.cards }, 'TARGET_IS_LIVE');
  const ofStage = { ...target, presence: 'swipegate-production-cards' };
  await t.rejects(checkTargets(dynamodb, ofStage, { ...live, stage: 'production' }), { code: 'TARGET_IS_LIVE' });
  await refused({}, 'TARGET_MISSING');
  await t.rejects(createTargets(dynamodb, live, live), { code: 'TARGET_IS_LIVE' });
});

t.test('end to end: tables rebuilt from the archive equal the live ones', async (t) => {
  await swiped(
    { n: 1, readerId: 'none-in', cardId: 'ann' },
    { n: 2, readerId: 'small-free', cardId: 'stranger' },
    { n: 3, readerId: 'none-both', direction: 'out', cardId: 'bob' },
    { n: 4, readerId: 'nowhere', cardId: 'cara' },
    { n: 5, readerId: 'free', cardId: 'dave', duress: true },
    {
      n: 6,
      readerId: 'hard-in',
      cardId: 'dave',
      offlineOutcome: 'granted',
      readAt: new Date(Date.now() + 5_000).toISOString(),
    },
  );
  await swiped({ n: 7, readerId: 'none-out', cardId: 'ann' }, { n: 8, readerId: 'soft-in', cardId: 'unlinked' });
  await swiped({ n: 1, readerId: 'none-in', cardId: 'ann' });
  await source.drain();
  await archiver.drain();

  await createTargets(dynamodb, target, live);
  await createTargets(dynamodb, target, live);
  const rebuilt = await rebuild({ dynamodb, store, siteOf }, { target, live, keepDays: KEEP_DAYS, nowMs: Date.now() });
  t.match(rebuilt, { unreadable: 0, expired: 0, cards: 6, goneReaders: [] });
  const { Items = [] } = await documents.send(new ScanCommand({ TableName: live.presence }));
  const places = new Map(Items.map(({ cardKey, inside }) => [cardKey, inside?.zoneId]));
  t.strictSame(
    ['ann', 'bob', 'dave', 'stranger'].map((cardId) => places.get(`acme/${cardId}`)),
    [undefined, 'hard', 'hard', 'small'],
    'people are in different places',
  );
  const all = await compared('2100-01-01T00:00:00Z');
  t.strictSame(all.examples, []);
  t.match(all, { equal: true, decisions: { live: 8, rebuilt: 8 }, presence: { live: 6, rebuilt: 6 } });
  t.strictSame(
    (await documents.send(new GetCommand({ TableName: target.decisions, Key: await keyOfDecision('ann') }))).Item,
    (await documents.send(new GetCommand({ TableName: live.decisions, Key: await keyOfDecision('ann') }))).Item,
  );
  await t.rejects(rebuild({ dynamodb, store, siteOf }, { target, live, keepDays: KEEP_DAYS, nowMs: Date.now() }), {
    code: 'TARGET_NOT_EMPTY',
  });
});

async function keyOfDecision(cardId: string) {
  const { Items = [] } = await documents.send(new ScanCommand({ TableName: live.decisions }));
  const row = Items.find((item) => item['cardId'] === cardId && item['readerKey'] === 'acme/none-in');
  return { swipeKey: row?.['swipeKey'], cardId };
}

t.test('later decisions count as not yet archived, or as missing with a later archivedUntil', async (t) => {
  await swiped({ n: 9, readerId: 'none-in', cardId: 'ann' }, { n: 10, readerId: 'none-in', cardId: 'newcomer' });
  await source.drain();
  const since = await compared();
  t.match(since, {
    equal: true,
    decisions: { live: 10, rebuilt: 8, notYetArchived: 2 },
    presence: { live: 7, rebuilt: 6, notYetArchived: 2 },
  });
  const wrong = await compared('2100-01-01T00:00:00Z');
  t.match(wrong, { equal: false, decisions: { missing: 2 }, presence: { missing: 1, different: 1 } });
  t.ok(wrong.examples.some(({ kind, members }) => kind === 'different' && members.includes('inside')));
});

t.test('finds every kind of difference', async (t) => {
  const keyOf = await keyOfDecision('ann');
  const { Item = {} } = await documents.send(new GetCommand({ TableName: target.decisions, Key: keyOf }));
  const put = (TableName: string, item: object) => documents.send(new PutCommand({ TableName, Item: { ...item } }));
  await put(target.decisions, {
    ...Item,
    decision: String(Item['decision']).replace('"reason":"granted"', '"reason":"denied-passback"'),
  });
  await put(target.decisions, { ...Item, swipeKey: 'acme/another' });
  await put(target.decisions, { ...Item, swipeKey: 'acme/old', expiresAt: 1 });
  const before = (await documents.send(new GetCommand({ TableName: target.presence, Key: { cardKey: 'acme/dave' } })))
    .Item;
  await put(target.presence, { ...before, movedAt: '2026-01-01T00:00:00Z', version: 99, outbox: '[]' });
  await documents.send(new DeleteCommand({ TableName: target.presence, Key: { cardKey: 'acme/cara' } }));
  await documents.send(new DeleteCommand({ TableName: live.presence, Key: { cardKey: 'acme/stranger' } }));
  await put(target.presence, { ...before, cardKey: 'acme/ghost' });
  const { Items = [] } = await documents.send(new ScanCommand({ TableName: live.decisions }));
  const newcomer = Items.find(({ cardId }) => cardId === 'newcomer') ?? {};
  const since = decisionOfRow(newcomer)?.decidedAt;
  const { equal, decisions, presence, examples } = await compared(String(since));
  t.equal(equal, false);
  t.match(decisions, { different: 1, extra: 1, expired: 1, missing: 0 });
  t.match(presence, { different: 1, extra: 1, expired: 1, missing: 1 });
  t.match(
    examples.filter(({ kind }) => kind === 'different').map(({ key, members }) => [key, members]),
    [
      [keyOf, ['reason']],
      [{ cardKey: 'acme/dave' }, ['movedAt']],
    ],
  );
});

t.test('counts every row as missing if nothing is rebuilt', async (t) => {
  const empty: TablePair = { decisions: 'empty-decisions', presence: 'empty-presence' };
  await createTargets(dynamodb, empty, live);
  const found = await compare(dynamodb, { live, rebuilt: empty, nowMs: Date.now() + 1 });
  t.match(found, { equal: false, decisions: { missing: 10, notYetArchived: 0 } });
});
