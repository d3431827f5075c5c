// Own process: takes long.
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MemoryObjectStore } from '@swipegate/lambdas/stores/archive/test/memory-archive';
import { startS3Stub } from '@swipegate/lambdas/stores/archive/test/s3-stub';
import t from 'tap';
import { checkParameters } from '../check-parameters.js';
import { SAVED_QUERIES, type SavedQuery } from '../saved-queries.js';

const CLI = fileURLToPath(new URL('../cli.js', import.meta.url));

function run(...args: string[]) {
  return new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
    execFile(process.execPath, [CLI, ...args], (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr });
    });
  });
}

t.test('a saved query as table, CSV and JSON', async (t) => {
  const archive = new MemoryObjectStore();
  const denied = { tenantId: 'acme', readerId: 'r', outcome: 'denied', reason: 'denied-lockout' };
  archive.add('decisions', '2026-11-25T08:00:00Z', [
    { ...denied, swipeId: '1', cardId: '=a' },
    { ...denied, swipeId: '2', cardId: '=a' },
    { ...denied, swipeId: '3', cardId: '=a', outcome: 'granted' },
  ]);
  const stub = await startS3Stub(archive, 'swipegate-archive');
  t.teardown(() => stub.close());
  const local = join(t.testdir(), 'cloud.json');
  const credentials = { AWS_REGION: 'eu-central-1', AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local' };
  writeFileSync(local, JSON.stringify({ ...credentials, AWS_ENDPOINT_URL_S3: stub.endpoint, ARCHIVE_BUCKET: '' }));
  const asked = ['Denials by reason', '2026-11-01', '2026-11-30', '--local', local];
  t.strictSame(await run(...asked), {
    code: 0,
    stdout: [
      'day         reason          denials  cards  tenantid',
      '2026-11-25  denied-lockout        2      1  acme',
      '',
    ].join('\n'),
    stderr: '',
  });
  t.equal(
    (await run(...asked, '--csv')).stdout,
    'day,reason,denials,cards,tenantid\r\n2026-11-25,denied-lockout,2,1,acme\r\n',
  );
  t.strictSame(JSON.parse((await run(...asked, '--json')).stdout), {
    day: '2026-11-25',
    reason: 'denied-lockout',
    denials: 2,
    cards: 1,
    tenantid: 'acme',
  });
  const without = await run('One card’s history', '2026-11-25', '2026-11-25', 'nobody', '--local', local);
  t.match(without, { code: 0, stdout: 'No rows.\n', stderr: '' }, 'nothing on a day of the archive');
  const outside = await run('Denials by reason', '2026-12-01', '2026-12-02', '--csv', '--local', local);
  t.strictSame(outside, {
    code: 1,
    stdout: 'day,reason,denials,cards,tenantid\r\n',
    stderr: 'No rows: 2026-12-01 to 2026-12-02 is outside the archive, which has 2026-11-25 to 2026-11-25.\n',
  });
  const mine = await run(
    '--sql',
    'SELECT DISTINCT cardid FROM decisions WHERE day = ?',
    '2026-11-25',
    '--csv',
    '--local',
    local,
  );
  t.equal(mine.stdout, "cardid\r\n'=a\r\n");
});

t.test('invalid arguments are reported with the allowed ones', async (t) => {
  t.match(await run('Denials'), {
    code: 2,
    stderr: /Unknown query "Denials"\. Use one of "One card’s history", /,
  });
  t.match(await run('Denials by reason', '2026-11-01'), {
    code: 2,
    stderr: /needs 2 parameters, got 1: first day; last day/,
  });
  const help = await run('--help');
  t.match(help, { code: 0, stdout: /"People inside at a moment"\n {4}first day to read/ });
});

t.test('mistyped parameters are refused before anything is read', async (t) => {
  const refused = (name: string, values: string[], message: RegExp) =>
    t.throws(() => checkParameters(queryOf(name), values), { code: 'OPTION_INVALID', message });
  refused('Busiest doors', ['2026-11-31', '2026-12-01'], /the first day 2026-11-31 is not a day/);
  refused('Busiest doors', ['2026-11-01', '1.12.2026'], /the last day 1\.12\.2026 is not a day/);
  refused('Busiest doors', ['2026-11-02', '2026-11-01'], /the last day 2026-11-01 is before the first day 2026-11-02/);
  refused('One card’s history', ['2026-11-01', '2026-11-02', 'card 1'], /the card card 1 is not a card id/);
  const inside = (...values: string[]) => ['2026-11-01', '2026-11-03', ...values];
  refused('People inside at a moment', inside('2026-11-02', 'hq', ''), /the moment 2026-11-02 is not an RFC 3339 time/);
  refused(
    'People inside at a moment',
    inside('2026-11-04T00:00:00Z', 'hq', ''),
    /is not within 2026-11-01 to 2026-11-03/,
  );
  refused('People inside at a moment', inside('2026-11-02T00:00:00Z', 'h q', ''), /h q is not a building id/);
  refused('People inside at a moment', inside('2026-11-02T00:00:00Z', 'hq', 'r:z'), /exits r:z are not READER=ZONE/);
  const never = ['2026-11-02', '2026-11-02'];
  refused('Swipes that were never decided', [...never, '2026-11-02'], /is not before 2026-11-02/);
  checkParameters(queryOf('Swipes that were never decided'), [...never, '2026-11-01']);
  checkParameters(queryOf('People inside at a moment'), inside('2026-11-02T08:00:00+01:00', 'hq', 'r-1=z,r-2=z'));
});

function queryOf(name: string): SavedQuery {
  const query = SAVED_QUERIES.find((each) => each.name === name);
  if (query === undefined) throw new Error(name);
  return query;
}
