// Own process: takes long.
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { canSeeProcesses, processesIn, start } from './start-process.js';

t.test('npm start -- --duration 3s --json ends by itself with exit code 0 and a summary', async (t) => {
  const folder = t.testdir();
  const run = start(folder, ['--duration', '3s', '--rate', '50', '--json']);
  t.equal(await run.code, 0, run.stderr());
  const lines = run.stdout().trim().split('\n');
  t.equal(lines.length, 1, 'nothing but the summary on stdout');
  const account = JSON.parse(lines[0] ?? '');
  t.match(account, { ok: true, lost: 0, duplicated: 0, wrong: 0, changed: 0, reordered: 0, failures: [] });
  t.equal(account.accepted, account.decided);
  t.equal(account.granted + account.denied, account.decided);
  t.ok(account.accepted > 100, `${account.accepted} accepted`);
  for (const name of ['ackP50Ms', 'ackP99Ms', 'decisionP50Ms', 'decisionP99Ms']) t.type(account[name], 'number', name);
  const keys = JSON.parse(readFileSync(join(folder, '.swipegate/keys.json'), 'utf8'));
  t.equal(Object.keys(keys.keys).length, 24);
  if (canSeeProcesses) t.same(processesIn(folder), [], 'no process is left behind');
});

t.test(
  'the printed curl commands work; a second start is refused; Ctrl-C ends the run cleanly and the summary has the swipe',
  async (t) => {
    const folder = t.testdir();
    const run = start(folder, ['--no-simulator', '--no-back-office', '--device-port', '0']);
    const text = await run.says(/"cardId": "[^"]+" }'/);
    const post = await inShell(/^curl [^\n]+\/v1\/swipes[\s\S]+?"cardId": "[^"]+" }'/m.exec(text)?.[0] ?? '');
    const shellCode = post.code;
    if (shellCode === 127) t.comment('no curl on this machine');
    else t.match(JSON.parse(post.output), { outcome: 'granted', reason: 'granted' });
    const devicePort = /devices +(http:\S+)/.exec(text)?.[1] ?? '';
    for (const [page, opens] of OPENED) {
      const played = await inShell(demoCommand(page).replaceAll('http://127.0.0.1:8090', devicePort), folder);
      if (played.code !== 127) t.match(played.output, opens, page);
    }
    const ask = await inShell(/^curl [^\n]+\/muster[^\n]+\n[^\n]+/m.exec(text)?.[0] ?? '');
    if (ask.code !== 127)
      t.match(ask.output, /^name,employeeId,cardId,zoneId,since,asOf,cardState,readerId,direction\r\n/);
    if (canSeeProcesses) t.ok(processesIn(folder).length >= 5, 'start, emulators, Lambda and gateway run');
    const port = /gateway +http:\/\/127\.0\.0\.1:(\d+)/.exec(text)?.[1] ?? '';
    const second = start(folder, ['--duration', '1s', '--no-back-office'], { env: { PORT: port } });
    t.equal(await second.code, 1);
    t.match(second.stderr(), new RegExp(`already running in this folder \\(process ${run.child.pid}\\)`));
    t.match(second.stderr(), new RegExp(`kill ${run.child.pid}\\), or start in another folder`));
    run.child.kill('SIGINT');
    t.equal(await run.code, 0, run.stderr());
    const swipes = 1 + OPENED.length;
    if (shellCode !== 127) t.match(run.stdout(), new RegExp(`accepted +${swipes}\\n +decided +${swipes}\\n`));
    t.match(run.stdout(), /Every accepted swipe has exactly one correct decision\./);
    if (canSeeProcesses) t.same(processesIn(folder), [], 'no process is left behind');
  },
);

t.test(
  '--empty starts a tenant with one admin; a check and a second tenant work there, and Ctrl-C ends it',
  async (t) => {
    const folder = t.testdir();
    const run = start(folder, ['--empty', '--data', 'kept']);
    const text = await run.says(/docs\/first-door\.md/);
    t.match(text, /The tenant my-site has one admin and no site yet/);
    const swipegate = (...args: string[]) => command(folder, [...args, '--local', '.swipegate/keys.json']);
    const checked = await swipegate('check', '--json');
    t.match(JSON.parse(checked.output), { ok: true }, checked.output);
    const created = await swipegate(
      'tenant',
      'create',
      'acme',
      '--admin-email',
      'ann@acme.example',
      '--keys',
      'acme.json',
    );
    t.equal(created.code, 0, created.output);
    const read = (file: string) => JSON.parse(readFileSync(join(folder, file), 'utf8'));
    const [keys, acme] = [read('.swipegate/keys.json'), read('acme.json')];
    t.match(keys, { tenant: 'my-site', keys: {}, operator: /^sgk_/ });
    for (const [userName, token, tenantId] of [
      ['admin', keys.admin.tokens.admin, 'my-site'],
      ['ann', acme.admin.tokens.ann, 'acme'],
    ]) {
      const me = await fetch(`${keys.admin.url}/v1/me`, { headers: { authorization: `Bearer ${token}` } });
      t.match(await me.json(), { userName, tenantId, roles: ['admin'] });
    }
    run.child.kill('SIGINT');
    t.equal(await run.code, 0, run.stderr());
    t.match(run.stdout(), /Every accepted swipe has exactly one correct decision\./);
    t.match(
      read('kept/users.json').map(({ username }: { username: string }) => username),
      ['admin', 'ann'],
    );
    const other = start(folder, ['--data', 'kept']);
    t.equal(await other.code, 2);
    t.match(other.stderr(), /--data kept holds the site of tenant my-site: write --empty --data kept/);
  },
);

t.test('a port in use is reported before anything is started', async (t) => {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? String(address.port) : '';
  const run = start(t.testdir(), ['--duration', '1s'], { env: { PORT: port } });
  t.equal(await run.code, 1);
  t.match(run.stderr(), /is in use\. Stop the process that uses it, or choose another port: PORT=/);
});

t.test('an invalid option is reported with exit code 2', async (t) => {
  const run = start(t.testdir(), ['--duration', 'soon']);
  t.equal(await run.code, 2);
  t.match(run.stderr(), /--duration soon is not a time: write/);
});

t.test('an invalid environment variable is reported without a stack trace', async (t) => {
  const run = start(t.testdir(), ['--no-simulator'], { env: { LOG_LEVEL: 'loud' } });
  t.equal(await run.code, 2);
  t.match(run.stderr(), /LOG_LEVEL/);
  t.notMatch(run.stderr(), /^ +at /m);
});

const SWIPEGATE = fileURLToPath(import.meta.resolve('@swipegate/commands/swipegate/cli'));

const command = (folder: string, args: string[]) =>
  resultOf(spawn(process.execPath, [SWIPEGATE, ...args], { cwd: folder }));
const inShell = (text: string, folder = '.') => resultOf(spawn('sh', ['-c', text], { cwd: folder }));

/** Pages of makes, and the answer of their devices' command that opens the demo's door. */
const OPENED: readonly [page: string, opens: RegExp][] = [
  ['hook', /^granted$/],
  ['zkteco', /^AUTH=SUCCESS\r\ntime=.+\r\nCONTROL DEVICE 01010105$/],
  ['control-id', /"event":7,.*"actions":\[\{"action":"door","parameters":"door=1"\}\]/],
  ['dahua', /^\{"message":"access granted","code":"200","auth":"true"\}$/],
  ['hikvision', /"checkResult":"success"/],
];

/** The first indented block of a page that calls the device port. */
function demoCommand(page: string): string {
  const text = readFileSync(new URL(`../../../../docs/readers/${page}.md`, import.meta.url), 'utf8');
  const blocks = text.match(/^ {4}.*(?:\n {4}.*)*/gm) ?? [];
  return blocks.find((block) => block.includes('http://127.0.0.1:8090/'))?.replaceAll(/^ {4}/gm, '') ?? '';
}

async function resultOf(child: ChildProcessWithoutNullStreams): Promise<{ code: unknown; output: string }> {
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  const [code] = await once(child, 'close');
  return { code, output };
}
