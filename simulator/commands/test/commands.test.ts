import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { demoSite } from '@swipegate/infra/local/demo/demo-site';
import t from 'tap';
import { sampleRun } from '../../report/test/sample-run.js';
import type { Command } from '../command.js';
import { COMMANDS } from '../index.js';
import { initCommand } from '../init.js';
import { listCommand } from '../list.js';
import { mergeCommand } from '../merge.js';
import { replayCommand } from '../replay.js';
import { reportCommand } from '../report.js';
import { runCommand } from '../run.js';
import { stressCommand } from '../stress.js';
import { pipe } from './terminal.js';

async function call(command: Command, ...args: string[]) {
  const { io, stdout, stderr } = pipe();
  const code = await command.run(args, io);
  return { code, stdout: stdout(), stderr: stderr() };
}

t.test('every command prints its help in 80 columns', async (t) => {
  for (const command of COMMANDS) {
    const { code, stdout } = await call(command, '--help');
    t.equal(code, 0);
    t.equal(stdout, command.help);
    t.match(stdout, new RegExp(`^swipegate-sim ${command.name} `));
    t.same(
      stdout.split('\n').filter((line) => line.length > 80),
      [],
      command.name,
    );
    t.ok(command.summary.length <= 66);
  }
});

t.test('list: all scenarios, one of them, or as JSON', async (t) => {
  t.match((await call(listCommand)).stdout, /^name .*\nsteady +20 +1m /);
  t.match((await call(listCommand, 'metro')).stdout, /^metro: [\s\S]*332,000/);
  const [metro] = JSON.parse((await call(listCommand, 'metro', '--json')).stdout);
  t.match(metro, { name: 'metro', rate: 184 });
  await t.rejects(call(listCommand, 'metra'), { message: /Did you mean metro\?/ });
});

t.test('run devices: says what it needs', async (t) => {
  const folder = t.testdir({ 'site.json': JSON.stringify(demoSite()), 'keys.json': '{"keys":{}}' });
  const files = ['--site', join(folder, 'site.json'), '--keys', join(folder, 'keys.json')];
  await t.rejects(call(runCommand, 'devices', ...files), { message: /npm start -- --device-port 8090/ });
  const port = ['--device-port', 'http://127.0.0.1:1'];
  await t.rejects(call(runCommand, 'devices', ...files, ...port, '--threads', '2'), { message: /one thread/ });
  await t.rejects(call(runCommand, 'devices', ...files, ...port), { message: /names no admin API/ });
  t.match((await call(listCommand, 'devices')).stdout, /devices +3 zkteco-clock, 3 zkteco-panel/);
});

t.test('init writes a file with every member, and overwrites a file only with --force', async (t) => {
  const file = join(t.testdir(), 'mine.json');
  const { code, stdout } = await call(initCommand, 'mine', '--from', 'lunch', '--out', file);
  t.equal(code, 0);
  t.ok(stdout.includes(`swipegate-sim run ${file}`));
  const written = JSON.parse(readFileSync(file, 'utf8'));
  t.match(written, {
    name: 'mine',
    rate: 26,
    people: { strangers: 0.02 },
    readers: { perMinute: 30, heartbeat: null },
  });
  t.same(
    Object.keys(written).slice(0, 5),
    ['name', 'title', 'sources', 'rate', 'duration'],
    'members that people edit first come first',
  );
  t.match((await call(listCommand, file)).stdout, /^mine: /, 'list can read it');
  await t.rejects(call(initCommand, 'mine', '--out', file), {
    code: 'OPTION_INVALID',
    message: /already exists.*--force/,
  });
  t.equal((await call(initCommand, 'mine', '--out', file, '--force')).code, 0);
  const search = join(t.testdirName, 'search.json');
  await call(initCommand, 'limit', '--from', 'step-to-failure', '--out', search);
  t.match(JSON.parse(readFileSync(search, 'utf8')), { name: 'limit', search: { from: Number } });
  t.equal((await call(listCommand, search)).code, 0);
  await t.rejects(call(initCommand, 'mine', 'yours'), { code: 'OPTION_INVALID', message: /one scenario at a time/ });
  await t.rejects(call(initCommand, 'mine', '--from', 'lunhc'), { message: /Did you mean lunch/ });
  await t.rejects(call(initCommand, 'lunch'), { message: /another name, such as my-lunch/ });
  await t.rejects(call(initCommand, 'My Site'), { message: /lower-case letters/ });
  await t.rejects(call(initCommand, 'mine', '--out', join(t.testdirName, 'no', 'folder.json')), {
    code: 'OUTPUT_FILE_UNWRITABLE',
  });
});

t.test('report: one run with its page and CSV, or two compared', async (t) => {
  const folder = t.testdir({
    'a.json': JSON.stringify(sampleRun({ seconds: 5 })),
    'b.json': JSON.stringify(sampleRun({ seconds: 5, slowness: 3 })),
  });
  const [a, b] = [join(folder, 'a.json'), join(folder, 'b.json')];
  const one = await call(reportCommand, a, '--csv', join(folder, 'a.csv'));
  t.equal(one.code, 0);
  t.match(one.stdout, /durable, from due/);
  t.match(readFileSync(join(folder, 'a.html'), 'utf8'), /^<!doctype html>/i);
  t.match(readFileSync(join(folder, 'a.csv'), 'utf8'), /^at_second,/);
  const two = await call(reportCommand, a, b, '--html', join(folder, 'ab.html'));
  t.match(two.stdout, /^A .*\nB .*\n/);
  t.ok(existsSync(join(folder, 'ab.html')));
  t.notOk(existsSync(join(folder, 'b.html')), 'a comparison writes a page only on request');
  await call(reportCommand, b, '--no-html');
  t.notOk(existsSync(join(folder, 'b.html')));
  for (const [args, naming] of [
    [[], /Name one run/],
    [[a, b, a], /Name one run/],
    [[a, '--html', 'x', '--no-html'], /contradict/],
    [[a, b, '--csv', 'x'], /--csv works with one run only/],
    [[a, '--csv', a], /--csv would overwrite .*, which the command reads/],
    [[a, b, '--html', b], /--html would overwrite/],
    [[a, '--html', 'x', '--csv', './x'], /--csv would overwrite \.\/x, which --html writes/],
  ] as const) {
    await t.rejects(call(reportCommand, ...args), { code: 'OPTION_INVALID', message: naming });
  }
  await t.rejects(call(reportCommand, join(folder, 'none.json')), { code: 'RUN_FILE_UNUSABLE' });
  await t.rejects(call(reportCommand, a, '--html', join(folder, 'none', 'a.html')), { code: 'OUTPUT_FILE_UNWRITABLE' });
});

t.test('report --json prints figures of one or two runs, and writes a page only with --html', async (t) => {
  const folder = t.testdir({
    'a.json': JSON.stringify(sampleRun({ seconds: 5 }, { ok: false })),
    'b.json': JSON.stringify(sampleRun({ seconds: 5, slowness: 3 })),
  });
  const [a, b, page] = [join(folder, 'a.json'), join(folder, 'b.json'), join(folder, 'ab.html')];
  const one = await call(reportCommand, a, '--json');
  t.equal(one.code, 0, 'also for a failed run');
  const run = JSON.parse(one.stdout);
  t.match(run, { ok: false, counts: { retries: 31 }, acceptedPerSecond: Number, ack: { fromDue: { p99: Number } } });
  t.notOk('seconds' in run || 'perReader' in run || 'histogram' in run.ack.fromDue, 'without the long members');
  t.notOk(existsSync(join(folder, 'a.html')));
  const two = await call(reportCommand, a, b, '--json', '--html', page);
  const { a: first, b: second, figures } = JSON.parse(two.stdout);
  t.match([first.ok, second.ok], [false, true]);
  t.match(
    figures.find(({ name }: { name: string }) => name === 'swipe to durable, p50'),
    { unit: 'ms', a: Number, b: Number, verdict: 'worse' },
  );
  t.equal(new Set(figures.map(({ name }: { name: string }) => name)).size, figures.length, 'names are unique');
  t.ok(two.stderr.includes(`Wrote ${page}`));
  t.ok(existsSync(page));
});

t.test('merge writes the merged run and returns its exit code', async (t) => {
  const good = {
    faults: { lost: 0, duplicated: 0, wrong: 0, changed: 0, reordered: 0 },
    thresholds: [],
    invalidBecause: [],
    valid: true,
  };
  const part = (i: number) => {
    const { counts, ...run } = sampleRun({ seconds: 5 }, { ...good, shard: `${i}/2` });
    return JSON.stringify({ ...run, counts: { ...counts, refused: 0, unanswered: 0 } });
  };
  const folder = t.testdir({ '1.json': part(1), '2.json': part(2) });
  const [one, two, all] = ['1.json', '2.json', 'all.json'].map((name) => join(folder, name));
  if (one === undefined || two === undefined || all === undefined) throw new Error('no files');
  const whole = await call(mergeCommand, one, two, '--out', all, '--html', join(folder, 'all.html'));
  t.equal(whole.code, 0, whole.stdout);
  t.match(JSON.parse(readFileSync(all, 'utf8')), { shard: 'merged', ok: true });
  t.ok(existsSync(join(folder, 'all.html')));
  t.equal((await call(mergeCommand, one, '--out', all)).code, 1, 'a shard is missing');
  await t.rejects(call(mergeCommand, one, two, '--out', two), { message: /--out would overwrite/ });
  await t.rejects(call(mergeCommand, one, two, '--out', all, '--html', all), { message: /which --out writes/ });
  await t.rejects(call(mergeCommand, one, join(folder, 'none.json'), '--out', all), { code: 'RUN_FILE_UNUSABLE' });
  await t.rejects(call(mergeCommand, one, two), { code: 'OPTION_INVALID', message: /--out run\.json/ });
});

t.test('run, replay and stress reject invalid arguments before they start', async (t) => {
  const folder = t.testdir({ 'swipes.csv': 'readAt,readerId,cardId\n2026-11-23T09:00:00Z,door,ann\n' });
  for (const [command, args, naming] of [
    [runCommand, ['nowhere'], /There is no scenario nowhere/],
    [runCommand, ['steady', 'lunch'], /One scenario at a time/],
    [runCommand, ['--site', join(folder, 'none.json')], /none\.json cannot be read.*run npm start/],
    [replayCommand, [], /Name one trace/],
    [replayCommand, [join(folder, 'swipes.csv'), '--rate', '5'], /remove --rate/],
    [replayCommand, [join(folder, 'swipes.csv'), '--speed', '0'], /--speed 0/],
    [replayCommand, [join(folder, 'none.csv')], /cannot be read/],
    [stressCommand, ['now'], /Unexpected argument now/],
    [stressCommand, ['--batch', '501'], /--batch 501 is not a whole number from 1 to 500/],
    [stressCommand, ['--connections', '2', '--workers', '3'], /write --connections 3 or more/],
    [stressCommand, ['--duration', '0.2s'], /write 1s or more/],
    [stressCommand, ['--target', 'localhost:8080'], /is not an http URL/],
    [stressCommand, ['--site', join(folder, 'none.json')], /cannot be read/],
  ] as const) {
    await t.rejects(call(command, ...args), { message: naming }, `${command.name} ${args.join(' ')}`);
  }
});

t.test('a site whose readers have no keys', async (t) => {
  const folder = t.testdir({ 'keys.json': JSON.stringify({ keys: {} }) });
  const { demoSite } = await import('@swipegate/infra/local/demo/demo-site');
  writeFileSync(join(folder, 'site.json'), JSON.stringify(demoSite()));
  const files = ['--site', join(folder, 'site.json'), '--keys', join(folder, 'keys.json')];
  await t.rejects(call(runCommand, ...files), { code: 'OPTION_INVALID', message: /No reader of .* has a key/ });
  await t.rejects(call(stressCommand, ...files), { code: 'STRESS_NO_READER' });
});

t.test('run rejects files that it cannot write before it starts', async (t) => {
  const { demoSite, demoKeys } = await import('@swipegate/infra/local/demo/demo-site');
  const site = demoSite();
  const folder = t.testdir({
    'site.json': JSON.stringify(site),
    'keys.json': JSON.stringify({ gateway: 'http://127.0.0.1:9', keys: demoKeys(site).keys }),
    'cloud.json': '{}',
    folder: {},
  });
  const file = (name: string): string => join(folder, name);
  const files = ['site', 'keys', 'cloud'].flatMap((name) => [`--${name}`, file(`${name}.json`)]);
  for (const option of ['--out', '--html', '--csv', '--record']) {
    for (const there of ['none/out', 'folder']) {
      await t.rejects(call(runCommand, ...files, option, file(there)), { code: 'OUTPUT_FILE_UNWRITABLE' }, option);
    }
    await t.rejects(call(runCommand, ...files, option, file('site.json')), { message: /would overwrite/ });
  }
  await t.rejects(call(runCommand, ...files, '--out', file('a'), '--html', file('a')), {
    message: /which --out writes/,
  });
  t.strictSame(readdirSync(folder).sort(), ['cloud.json', 'folder', 'keys.json', 'site.json']);
});
