// Own process: takes long.
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MemoryObjectStore } from '@swipegate/lambdas/stores/archive/test/memory-archive';
import { startS3Stub } from '@swipegate/lambdas/stores/archive/test/s3-stub';
import t from 'tap';

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
