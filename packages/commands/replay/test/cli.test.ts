// Own process: takes long.
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { batchWrite } from '@swipegate/aws/batch-write';
import { type Decision, decisionRow, expiresAt, swipeMessageOf, TABLES } from '@swipegate/contract';
import { seed } from '@swipegate/infra/local/demo/seed';
import { startTestCloud } from '@swipegate/infra/testing/test-cloud';
import { SITE, swipeIdOf, swipeOf } from '@swipegate/lambdas/decide/test/small-site';
import { MemoryObjectStore } from '@swipegate/lambdas/stores/archive/test/memory-archive';
import { startS3Stub } from '@swipegate/lambdas/stores/archive/test/s3-stub';
import { presenceRow } from '@swipegate/lambdas/stores/presence';
import t from 'tap';
import { readPlacements, readSiteDocument } from '../input-documents.js';
import { HELP, readOptions } from '../options.js';

const CLI = fileURLToPath(new URL('../cli.js', import.meta.url));

function run(...args: string[]) {
  return new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
    execFile(process.execPath, [CLI, ...args], (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr });
    });
  });
}

const swipe = swipeOf({ n: 1 });
const { tenantId, swipeId, readerId, cardId, readAt, receivedAt } = swipe;
const decision: Decision = {
  swipeId,
  tenantId,
  readerId,
  cardId,
  readAt,
  receivedAt,
  decidedAt: receivedAt,
  employeeId: 'ann',
  outcome: 'granted',
  reason: 'granted',
  direction: 'in',
  buildingId: 'b',
  zoneId: 'hard',
  timeBasis: 'readAt',
  sequence: `${'1'.padStart(56, '0')}.000000`,
};
/** As before rows named the reader: the rebuilt row does, and is equal. */
const inside = { buildingId: 'b', zoneId: 'hard', since: readAt, swipeId };

t.test('rebuild, compare and what-if against a local cloud', async (t) => {
  const cloud = await startTestCloud();
  t.teardown(() => cloud.stop());
  const { dynamodb } = cloud.clients;
  const archive = new MemoryObjectStore();
  archive.add('swipes', receivedAt, [swipeMessageOf(swipe)]);
  archive.add('decisions', receivedAt, [decision]);
  const stub = await startS3Stub(archive, 'my-archive');
  t.teardown(() => stub.close());
  const folder = t.testdir();
  const file = (name: string, content: unknown) => {
    writeFileSync(join(folder, name), JSON.stringify(content));
    return join(folder, name);
  };
  const local = file('cloud.json', {
    ...cloud.env,
    AWS_ENDPOINT_URL_S3: stub.endpoint,
    ARCHIVE_BUCKET: 'my-archive',
    EVENTS_BUCKET: 'my-archive',
    DECISION_KEEP_DAYS: '36500',
  });
  await seed(dynamodb, SITE, []);
  await batchWrite(dynamodb, TABLES.decisions, [decisionRow(decision, expiresAt(receivedAt, 36_500))]);
  const { sequence } = decision;
  const row = { cardKey: 'acme/ann', version: 7, employeeId: 'ann', movedAt: readAt, outbox: [decision], sequence };
  await batchWrite(dynamodb, TABLES.presence, [{ ...presenceRow({ ...row, inside }) }]);

  t.strictSame(await run('rebuild', '--local', local), {
    code: 0,
    stdout: '1 decision read, 1 written, 1 card placed.\n',
    stderr: '',
  });
  t.match(await run('rebuild', '--local', local), { code: 2, stderr: /^The table rebuilt-decisions is not empty/ });
  const equal = await run('compare', '--local', local, '--archived-until', '2100-01-01T00:00:00Z');
  t.match(equal, { code: 0, stdout: /decisions +1 +1 +0 +0 +0 +0 +0\npresence +1 +1 +0 +0 +0 +0 +0\nEqual\.\n$/ });
  t.ok(equal.stdout.split('\n').every((line) => line.length <= 80));

  await batchWrite(dynamodb, TABLES.presence, [{ ...presenceRow(row) }]);
  const unequal = await run('compare', '--local', local);
  t.match(unequal, { code: 1, stdout: /presence: acme\/ann is different: inside, buildingKey, placeKey\nNot equal/ });

  const site = file('locked.json', {
    ...SITE,
    readers: SITE.readers.map((reader) => ({ ...reader, mode: 'locked-down' })),
  });
  const whatIf = ['what-if', '--local', local, '--site', site, '--from', '2026-11-23T00:00:00Z'];
  const text = await run(...whatIf, '--until', '2026-11-24T00:00:00Z');
  t.strictSame(text.stdout.split('\n'), [
    '1 swipe decided again, 1 with a different result.',
    '',
    'swipes  was      would be',
    '     1  granted  denied-lockout',
    '',
    'at                   card  reader   was      would be',
    '2026-11-23 09:00:00  ann   hard-in  granted  denied-lockout',
    '',
  ]);
  t.equal(text.code, 0);
  const csv = await run(...whatIf, '--until', '2026-11-24T00:00:00Z', '--csv');
  t.equal(
    csv.stdout,
    'swipeId,cardId,employeeId,readerId,at,wasOutcome,wasReason,wouldOutcome,wouldReason\r\n' +
      `${swipeIdOf(1)},ann,ann,hard-in,2026-11-23T09:00:00.000Z,granted,granted,denied,denied-lockout\r\n`,
  );
});

t.test('names an invalid file and what is wrong with it', async (t) => {
  const folder = t.testdir({
    'placements.jsonl': `${JSON.stringify({ tenantId: 'acme', cardId: 'ann', afterSequence: '', movedAt: readAt, place: inside })}\n\n`,
    'wrong.jsonl': '\n{"tenantId":"acme"}\n',
    'site.json': JSON.stringify(SITE),
    'wrong.json': JSON.stringify({ ...SITE, zones: [{}] }),
    'never.json': JSON.stringify({
      ...SITE,
      schedules: [{ scheduleId: 's', intervals: [{ days: [1], from: '00:00', until: '00:00' }], holidays: [] }],
    }),
  });
  t.match(await readPlacements(join(folder, 'placements.jsonl')), [{ cardId: 'ann', place: inside }]);
  await t.rejects(readPlacements(join(folder, 'wrong.jsonl')), { message: /wrong\.jsonl, line 2: cardId is missing/ });
  await t.rejects(readPlacements(join(folder, 'site.js')), { code: 'OPTION_INVALID', message: /cannot be read/ });
  t.strictSame(await readSiteDocument(join(folder, 'site.json')), SITE);
  await t.rejects(readSiteDocument(join(folder, 'wrong.json')), {
    code: 'SITE_DOCUMENT_INVALID',
    message: /wrong\.json is not a site document: zones\.0\.zoneId is missing/,
  });
  await t.rejects(readSiteDocument(join(folder, 'never.json')), {
    message: /never\.json is not a site document: schedules\.0\.intervals\.0\.until must differ from/,
  });
  await t.rejects(readSiteDocument(join(folder, 'placements.jsonl')), { code: 'SITE_DOCUMENT_INVALID' });
});

t.test('recognises --help, and names what is wrong with the command line', async (t) => {
  t.equal(readOptions(['what-if', '--help']), undefined);
  t.ok(HELP.split('\n').every((line) => line.length <= 80));
  const wrong: [args: string[], reason: RegExp][] = [
    [[], /^The command is missing: write rebuild, compare or what-if/],
    [['rebuilt'], /^Unknown command rebuilt:/],
    [['toString'], /^Unknown command toString:/],
    [['rebuild', 'more'], /^Unexpected argument more: /],
    [['rebuild', '--from', '2026-11-25T00:00:00Z'], /^rebuild does not take --from/],
    [['compare', '--archived-until', 'today'], /^--archived-until today is not an RFC 3339 time: write, for example/],
    [['what-if', '--from', '2026-11-25T00:00:00Z'], /^what-if requires --site/],
    [['what-if', '--json', '--csv'], /^Write --json or --csv, not both/],
    [['rebuild', '--colour'], /^There is no option --colour\./],
    [['compare', '--archive-until', '2026'], /^There is no option --archive-until\. Did you mean --archived-until\?/],
  ];
  for (const [args, reason] of wrong) t.throws(() => readOptions(args), { code: 'OPTION_INVALID', message: reason });
  t.match(await run('compare', '--local', 'nowhere.json'), {
    code: 2,
    stderr: /nowhere\.json is not the cloud\.json of a running/,
  });
});
