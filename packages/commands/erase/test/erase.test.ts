// Own process: changes process.env.
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { PutRecordCommand } from '@aws-sdk/client-kinesis';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { PublishCommand } from '@aws-sdk/client-sns';
import { GetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { batchGet } from '@swipegate/aws/batch-get';
import {
  BUCKETS,
  type Change,
  type ChangeContent,
  STREAMS,
  swipeMessageOf,
  swipePartitionKey,
  TABLES,
} from '@swipegate/contract';
import { Archiver } from '@swipegate/infra/local/archive/archiver';
import { seed } from '@swipegate/infra/local/demo/seed';
import { startChild } from '@swipegate/infra/local/processes/child';
import { EventSource } from '@swipegate/infra/local/sources/event-source/event-source';
import { decideMapping } from '@swipegate/infra/resources';
import { startTestCloud } from '@swipegate/infra/testing/test-cloud';
import { applyEvent } from '@swipegate/lambdas/change-apply/apply-event';
import { readEnvironment as applyEnvironment } from '@swipegate/lambdas/change-apply/environment';
import { FactReader } from '@swipegate/lambdas/change-apply/fact-reader';
import { SITE, swipeOf } from '@swipegate/lambdas/decide/test/small-site';
import { S3ObjectStore } from '@swipegate/lambdas/stores/archive/object-store';
import { EventStore } from '@swipegate/lambdas/stores/changes/event-store';
import { ImportFiles } from '@swipegate/lambdas/stores/changes/import-files';
import { parseEventKey, positionOf, uploadKey } from '@swipegate/lambdas/stores/changes/object-keys';
import { SiteCache } from '@swipegate/lambdas/stores/site-cache';
import { aggregate } from 'kinesis-producer-lite/aggregate';
import { pino } from 'pino';
import t from 'tap';
import { compare } from '../../replay/compare.js';
import { storedPlacements } from '../../replay/input-documents.js';
import { rebuild } from '../../replay/rebuild.js';
import { createTargets } from '../../replay/target-tables.js';
import { readEnvironment } from '../environment.js';
import { erase } from '../erase.js';
import { reportLines } from '../erasure-report.js';
import { Person } from '../person.js';
import { everything, placesOf } from './everything.js';

const CLI = fileURLToPath(new URL('../cli.js', import.meta.url));
const logger = pino({ level: 'silent' });
const cloud = await startTestCloud({ visibilitySeconds: 2 });
const { dynamodb, kinesis, s3, sns, sqs } = cloud.clients;
const tenantId = 'acme';
const NINA = { employeeId: 'emp-nina', name: 'Nina Novak' };
/** Seeded with a card, so no change ever linked it. */
const SARA = { employeeId: 'emp-sara', name: 'Sara Seeded', active: true, accessLevelIds: ['all'] };
await seed(
  dynamodb,
  {
    ...SITE,
    employees: [...SITE.employees, SARA],
    cards: [...SITE.cards, { cardId: 'card-s', status: 'active', employeeId: SARA.employeeId }],
  },
  [],
);
Object.assign(process.env, cloud.env, { LOG_LEVEL: 'silent' });
const { handler } = await import('@swipegate/lambdas/decide/handler');
const source = await EventSource.start({
  kinesis,
  mapping: decideMapping,
  handler,
  logger,
  onFailure: async () => undefined,
});
const archive = new S3ObjectStore(s3, BUCKETS.archive);
const archiver = await Archiver.start({ kinesis, store: archive, logger, fileBytes: 1_500, fileMs: 1e6 });
const consumers = await startChild({
  name: 'consumers',
  module: new URL(import.meta.resolve('@swipegate/infra/local/sources/queue-source/main')),
  env: { ...cloud.env, LOG_LEVEL: 'silent' },
});
t.teardown(async () => {
  await consumers.kill();
  await source.stop();
  await archiver.stop();
  await cloud.stop();
});

const file = join(t.testdir(), 'cloud.json');
writeFileSync(file, JSON.stringify(cloud.env));
function run(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [CLI, '--local', file, ...args], (error, out, err) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, out, err });
    });
  });
}

/** Publishes changes and waits for the last one: they are applied in order. */
async function changed(...requests: { content: ChangeContent; why?: string }[]): Promise<Change[]> {
  const changes = requests.map(({ content, why = 'test' }): Change => {
    const by = { userId: 'u-1', userName: 'hanna' };
    return { changeId: randomUUID(), tenantId, requestedAt: new Date().toISOString(), by, why, content };
  });
  for (const change of changes) {
    await sns.send(
      new PublishCommand({
        TopicArn: cloud.backOffice.changesTopicArn,
        Message: JSON.stringify(change),
        MessageGroupId: tenantId,
        MessageDeduplicationId: change.changeId,
      }),
    );
  }
  await settled(`acme/${changes.at(-1)?.changeId}`);
  return changes;
}

async function settled(changeKey: string): Promise<void> {
  await until(async () => {
    const found = await batchGet(dynamodb, [{ tableName: TABLES.changes, key: { changeKey } }]);
    return found.get(TABLES.changes)?.[0]?.['settledAt'] !== undefined;
  });
}

async function rowsOf(table: string, with_ = ''): Promise<string[]> {
  const all = await everything(cloud.clients);
  return Array.from(all).flatMap(([place, row]) => (place.startsWith(`${table} `) && row.includes(with_) ? [row] : []));
}

let n = 0;
async function swiped(...swipes: { cardId: string; readerId: string }[]): Promise<void> {
  const records = swipes.map((swipe) => {
    const record = swipeOf({ ...swipe, n: ++n, readAt: new Date().toISOString() });
    return {
      partitionKey: swipePartitionKey(tenantId, swipe.cardId),
      data: JSON.stringify(swipeMessageOf(record)),
    };
  });
  await kinesis.send(new PutRecordCommand({ StreamName: STREAMS.swipes, PartitionKey: 'k', Data: aggregate(records) }));
  await source.drain();
}

/** Uploads a file like the console does. */
async function uploaded(text: string): Promise<void> {
  const importId = randomUUID();
  const Key = uploadKey({ tenantId, importId });
  const request = { kind: 'employees', by: { userId: 'u-1', userName: 'hanna' }, why: 'New site' };
  const Metadata = { request: Buffer.from(JSON.stringify(request)).toString('base64url') };
  await s3.send(new PutObjectCommand({ Bucket: BUCKETS.uploads, Key, Body: text, Metadata }));
  await until(async () => (await new ImportFiles(s3, BUCKETS.uploads).result({ tenantId, importId })) !== undefined);
}

async function queuesAreEmpty(): Promise<void> {
  await until(async () => {
    const { Attributes = {} } = await sqs.send(
      new GetQueueAttributesCommand({
        QueueUrl: cloud.backOffice.queueUrls.stored,
        AttributeNames: ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'],
      }),
    );
    return Object.values(Attributes).every((count) => count === '0');
  });
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await delay(50);
}

const person = (employeeId: string, name: string, accessLevelIds = ['all']): ChangeContent => ({
  type: 'set-employee',
  employee: { employeeId, name, active: true, accessLevelIds },
});
const link = (cardId: string, employeeId: string): ChangeContent => ({
  type: 'link-card',
  cardId,
  employeeId,
  buildingId: 'b',
  zoneId: 'none',
});
const card = (action: 'lost' | 'reactivate' | 'unlink' | 'suspend', cardId: string): ChangeContent => ({
  type: 'change-card',
  action,
  cardId,
});
const nina = new Person({ tenantId, ...NINA });
const eraseNow = (who: Person, dryRun = false) =>
  erase({ dynamodb, s3, env: readEnvironment({}), say: () => undefined }, who, { dryRun, nowMs: Date.now() });

t.test('set up the data of an employee: changes, cards, swipes and files', async (t) => {
  await uploaded('employeeId,name,accessLevelIds\r\nemp-nina,Nina Novak,all\r\nemp-pia,Pia Pioneer,all\r\n');
  await uploaded('employeeId,name,accessLevelIds\r\nemp-nina-2,Otto Other,all\r\n');
  await changed(
    { content: person(NINA.employeeId, NINA.name), why: 'Nina Novak begins' },
    { content: link('card-n1', NINA.employeeId), why: 'First card of Nina Novak' },
    { content: person('emp-otto', 'Otto Other') },
    { content: link('card-n1', 'emp-otto'), why: 'By mistake' },
    { content: card('reactivate', 'card-n1'), why: 'Nina Novak says it is dead' },
    { content: card('reactivate', 'card-n1'), why: 'Nina Novak says so again' },
    { content: card('lost', 'card-n1'), why: 'Nina Novak left it on the train' },
    { content: card('reactivate', 'card-n1'), why: 'Nina Novak has found it' },
    { content: link('card-o', 'emp-otto'), why: 'First card of Otto' },
    { content: card('suspend', 'card-s'), why: 'Sara Seeded is away' },
    { content: card('reactivate', 'card-s'), why: 'Sara Seeded is back' },
    { content: card('unlink', 'card-none'), why: 'Nobody’s' },
  );
  await swiped(
    { cardId: 'card-n1', readerId: 'none-out' },
    { cardId: 'card-n1', readerId: 'small-in' },
    { cardId: 'card-o', readerId: 'small-in' },
    { cardId: 'card-s', readerId: 'soft-in' },
    { cardId: 'card-n1', readerId: 'small-out' },
    { cardId: 'card-n1', readerId: 'locked' },
  );
  await changed(
    { content: card('unlink', 'card-n1'), why: 'Nina Novak gave it back' },
    { content: link('card-n2', NINA.employeeId), why: 'Second card of Nina Novak' },
    { content: person('emp-pia', 'Pia Pioneer') },
    { content: link('card-n1', 'emp-pia'), why: 'Pia has it now' },
    { content: card('suspend', 'card-n1'), why: 'Pia is away' },
    { content: link('card-n3', 'emp-nina-3'), why: 'There is no such person' },
  );
  await swiped(
    { cardId: 'card-n2', readerId: 'none-out' },
    { cardId: 'card-n2', readerId: 'soft-in' },
    { cardId: 'card-o', readerId: 'small-out' },
  );
  await archiver.drain();
  t.equal((await rowsOf(TABLES.decisions)).length, 9);
});

t.test('refuses an employee who is not erased in the back office yet', async (t) => {
  const before = await everything(cloud.clients);
  const refused = await run('acme', NINA.employeeId);
  t.match(refused, {
    code: 1,
    err: /emp-nina is not erased yet: first erase them in the console, or with POST \/v1\/employees\/emp-nina\/erase/,
  });
  t.strictSame(await everything(cloud.clients), before);
});

let evidence = '';
t.test('removes every trace of the employee and leaves the data of others unchanged', async (t) => {
  const [change] = await changed({
    content: { type: 'erase-employee', employeeId: NINA.employeeId },
    why: 'Nina Novak asked for it',
  });
  evidence = change?.changeId ?? '';
  await queuesAreEmpty();
  const before = await everything(cloud.clients);
  for (const text of ['emp-nina', 'Nina Novak'])
    t.ok(placesOf(text, before).length > 10, 'the test data names the person');
  for (const table of [TABLES.decisions, TABLES.changes, TABLES.presence, TABLES.zoneState, TABLES.employees]) {
    t.ok(
      placesOf('emp-nina', before).some((place) => place.startsWith(`${table} `)),
      table,
    );
  }
  for (const place of ['events/', 'placements/', 'imports/', 'decisions/']) {
    t.ok(
      placesOf('emp-nina', before).some((each) => each.includes(` ${place}`)),
      place,
    );
  }

  const dry = await run('acme', NINA.employeeId, '--dry-run', '--name', NINA.name);
  t.match(dry, { code: 0, out: /^where +read +would be erased/, err: /Archive …\n {2}\d+ of \d+ files read/ });
  t.match(
    dry.out,
    new RegExp(`Evidence: change ${evidence}, requested at .* by hanna\\.\nDry run: nothing was changed`),
  );
  t.strictSame(await everything(cloud.clients), before, 'a dry run changes nothing');
  const counted = await eraseNow(nina, true);

  const done = await run('acme', NINA.employeeId, '--json', '--name', NINA.name);
  t.equal(done.code, 0, done.err + done.out);
  const report = JSON.parse(done.out);
  t.match(report, { known: true, verification: { left: 0, traces: [] }, evidence: [{ changeId: evidence }] });
  const { verification: _, ...said } = counted;
  t.match(report, { ...said, dryRun: false }, 'the counts match the dry run');
  for (const place of ['presence', 'zones', 'decisions', 'events', 'placements', 'changes', 'archive', 'uploads']) {
    t.ok(report[place].erased > 0, place);
  }
  const after = await everything(cloud.clients);
  t.strictSame(placesOf('nina novak', after), []);
  t.strictSame(
    placesOf('emp-nina', after).filter((place) => !/emp-nina-[23]/.test(`${place}${after.get(place)}`)),
    [],
  );
  const isTheirs = (place: string) => /emp-nina(?!-)|nina novak/i.test(`${place}${before.get(place)}`);
  // A link may name them in its effects: they were inside with the card. Its event stays, without its older versions.
  const theirChanges = Array.from(before.keys()).filter(
    (place) => place.startsWith('swipegate-changes ') && isTheirs(place),
  );
  const isOldVersion = (place: string) =>
    !place.endsWith(' 0') && theirChanges.some((row) => place.includes(`${row.split('/')[1]?.trim()}.json`));
  for (const [place, text] of before) {
    if (!isTheirs(place) && !isOldVersion(place)) t.equal(after.get(place), text, place);
  }
  t.ok(Array.from(before.keys()).filter((place) => !isTheirs(place)).length > 100);
  t.ok(placesOf('By mistake', after).length > 0);
  for (const text of ['Pia is away', 'Pia has it now', 'First card of Otto']) {
    t.equal(placesOf(text, after).length, placesOf(text, before).length, text);
  }
  await queuesAreEmpty();
  t.strictSame(await everything(cloud.clients), after, 'notifications of the rewritten objects change nothing');
});

t.test('the evidence stays: the change, its time and its author', async (t) => {
  const [row = '{}'] = await rowsOf(TABLES.changes, evidence);
  const { change, outcome, employeeKey, tenantId: of } = JSON.parse(row);
  t.match({ outcome, of, employeeKey }, { outcome: 'applied', of: 'acme', employeeKey: undefined });
  t.match(JSON.parse(change), {
    changeId: evidence,
    by: { userName: 'hanna' },
    why: '(erased)',
    content: { type: 'erase-employee', employeeId: 'erased' },
  });
});

t.test('applying the rewritten events again changes nothing', async (t) => {
  const before = await everything(cloud.clients);
  const tables = applyEnvironment({});
  const events = new EventStore(s3, BUCKETS.events);
  const facts = new FactReader(dynamodb, tables);
  let applied = 0;
  for (const key of await events.list(tenantId, undefined, 1_000)) {
    const [change, place] = [await events.get(key), parseEventKey(key)];
    if (change === undefined || place === undefined) throw new Error(`${key} is not a valid event`);
    await applyEvent(change, positionOf(place), { dynamodb, tables, facts, events, logger, now: () => Date.now() });
    applied += 1;
  }
  t.ok(applied > 20);
  t.strictSame(await everything(cloud.clients), before);
});

t.test('a second run finds and changes nothing', async (t) => {
  const before = await everything(cloud.clients);
  const again = await eraseNow(nina);
  t.match(again, { known: false, verification: { left: 0 }, evidence: [] });
  const text = reportLines(again, { color: false }).join('\n');
  t.match(text, /no such row: they were erased before, or the id never existed/);
  t.match(text, /Verified: \d+ rows and object versions hold no trace of them\./);
  t.strictSame(await everything(cloud.clients), before);
});

t.test('tables rebuilt from the archive equal the live ones', async (t) => {
  const live = { decisions: TABLES.decisions, presence: TABLES.presence };
  const target = { decisions: 'rebuilt-decisions', presence: 'rebuilt-presence' };
  await createTargets(dynamodb, target, live);
  const sites = new SiteCache(dynamodb, { tableName: TABLES.site, maxAgeMs: 60_000, now: () => performance.now() });
  const placements = storedPlacements(new S3ObjectStore(s3, BUCKETS.events));
  await rebuild(
    { dynamodb, store: archive, siteOf: (of, readerIds) => sites.siteOf(of, readerIds) },
    { live, target, keepDays: 400, nowMs: Date.now(), placements },
  );
  const all = await compare(dynamodb, {
    live,
    rebuilt: target,
    archivedUntil: '2100-01-01T00:00:00Z',
    nowMs: Date.now(),
  });
  t.strictSame(all.examples, []);
  t.match(all, { equal: true, decisions: { live: 9, rebuilt: 9 } });
});

t.test('erases an employee whose card no change ever linked', async (t) => {
  await changed({ content: { type: 'erase-employee', employeeId: SARA.employeeId }, why: 'Sara Seeded asked for it' });
  const { employeeId, name } = SARA;
  t.match(await eraseNow(new Person({ tenantId, employeeId, name })), { verification: { left: 0 } });
  const after = await everything(cloud.clients);
  const live = new Map(Array.from(after).filter(([place]) => !place.startsWith('rebuilt-')));
  t.strictSame([...placesOf(employeeId, live), ...placesOf('sara', live)], []);
});

t.test('reports remaining traces and exits with code 1', async (t) => {
  await changed(
    { content: person('emp-max', 'Max Muster') },
    { content: { type: 'erase-employee', employeeId: 'emp-max' } },
  );
  await changed({ content: person('emp-eva', 'Eva'), why: 'In place of Max Muster' });
  const done = await run('acme', 'emp-max', '--name', 'max muster');
  t.match(done, {
    code: 1,
    out: /Found 2 traces in \d+ rows and object versions:\n {2}their name: swipegate-changes, acme\//,
  });
  t.match(done.out, /their name: swipegate-events\/events\/acme\//);
  t.match(await eraseNow(new Person({ tenantId, employeeId: 'emp-max' })), { verification: { left: 0 } });
});
