import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { choose } from '../choose.js';
import { COMMANDS, type Listed } from '../commands.js';

const load: Listed['load'] = () => Promise.reject(new Error('not loaded here'));
const commands: Listed[] = ['site plan', 'site apply', 'tenant create', 'check'].map((name) => ({
  name,
  summary: name,
  load,
}));

t.test('a command has one word or two, and gets what follows', async (t) => {
  t.match(choose(['site', 'apply', 'a.yaml', '--why', 'x'], commands), {
    command: { name: 'site apply' },
    args: ['a.yaml', '--why', 'x'],
  });
  t.match(choose(['check', '--target', 'x'], commands), { command: { name: 'check' }, args: ['--target', 'x'] });
  t.same(choose(['help', 'site', 'apply'], commands), choose(['site', 'apply', '--help'], commands));
  t.match(choose(['site', '--help'], commands), { kind: 'help', commands: [{}, {}] });
  t.match(choose(['--help'], commands), { kind: 'help', commands });
  t.match(choose(['-V'], commands), { kind: 'version' });
});

t.test('a typo gets the nearest command', async (t) => {
  for (const [args, message] of [
    [[], 'No command given. See swipegate --help.'],
    [['stie', 'plan'], 'There is no command stie. Did you mean site? See swipegate --help.'],
    [['site', 'paln'], 'There is no command site paln. Did you mean site plan? See swipegate site --help.'],
    [['site'], 'swipegate site needs one of plan, apply. See swipegate site --help.'],
    [['site', '--json'], 'swipegate site needs one of plan, apply. See swipegate site --help.'],
    [['tenant', 'xxxxxxxx'], 'There is no command tenant xxxxxxxx. See swipegate tenant --help.'],
    [['--verbose'], 'There is no option --verbose. See swipegate --help.'],
  ] as const) {
    t.throws(() => choose(args, commands), { code: 'OPTION_INVALID', message }, args.join(' '));
  }
});

t.test('each command loads and has help in 80 columns', async (t) => {
  for (const { name, summary, load } of COMMANDS) {
    t.ok(summary.length <= 58, name);
    const { help } = await load();
    t.match(help, new RegExp(`^swipegate ${name}\\b`));
    t.ok(
      help.split('\n').every((line) => line.length <= 80),
      name,
    );
  }
});

t.test('the command that npx runs stays executable after a build, and lists the commands', async (t) => {
  // From packages/commands/dist/swipegate/test to packages/commands.
  const command = fileURLToPath(new URL('../../../swipegate.mjs', import.meta.url));
  const child = spawn(command, ['--help'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [shown, [code]] = await Promise.all([text(child.stdout), once(child, 'close')]);
  t.equal(code, 0);
  for (const { name } of COMMANDS) t.match(shown, new RegExp(`^ {2}${name} `, 'm'));
});

t.test('a reader of the output that leaves, as head does, is no failure', async (t) => {
  const command = fileURLToPath(new URL('../../../swipegate.mjs', import.meta.url));
  const child = spawn(command, ['--help'], { stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout.destroy();
  const [complaint, [code]] = await Promise.all([text(child.stderr), once(child, 'close')]);
  t.same([code, complaint], [0, '']);
});
