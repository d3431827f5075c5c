// Own process: takes long.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { demoKeys, demoSite } from '@swipegate/infra/local/demo/demo-site';
import t from 'tap';

const CLI = fileURLToPath(new URL('../cli.js', import.meta.url));

async function cli(...args: string[]) {
  const child = spawn(process.execPath, [CLI, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const text = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => {
    text.stdout += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    text.stderr += chunk.toString();
  });
  const [code] = await once(child, 'close');
  return { code, ...text };
}

t.test('help lists every command, in 80 columns', async (t) => {
  const { code, stdout } = await cli('--help');
  t.equal(code, 0);
  for (const name of ['run', 'list', 'init', 'replay', 'report', 'merge', 'stress'])
    t.match(stdout, new RegExp(`^  ${name} `, 'm'));
  t.ok(stdout.split('\n').every((line) => line.length <= 80));
  t.match((await cli('help', 'run')).stdout, /^swipegate-sim run \[SCENARIO\]/);
});

t.test('the version', async (t) => {
  const { code, stdout } = await cli('--version');
  t.equal(code, 0);
  t.match(stdout, /^\d+\.\d+\.\d+\n$/);
});

t.test('the command that npx runs stays executable after a build', async (t) => {
  // From simulator/dist/test to simulator/.
  const command = fileURLToPath(new URL('../../swipegate-sim.mjs', import.meta.url));
  const child = spawn(command, ['list', 'metro'], { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  const [code] = await once(child, 'close');
  t.equal(code, 0);
  t.match(text, /^metro: /);
});

t.test('invalid arguments end with exit code 2 and a message without a stack', async (t) => {
  for (const [args, naming] of [
    [[], /No command given: write, for example, swipegate-sim run/],
    [['ran'], /There is no command ran\. Did you mean run\?/],
    [['run', '--rte', '5'], /Did you mean --rate\?/],
    [['list', '--all'], /no option --all/],
    [['run', 'lunhc'], /Did you mean lunch/],
  ] as const) {
    const { code, stderr } = await cli(...args);
    t.equal(code, 2, args.join(' '));
    t.match(stderr, naming);
    t.notMatch(stderr, /^ +at /m);
  }
});

t.test('an unreachable gateway ends with exit code 1 and the reason', async (t) => {
  const site = demoSite();
  const folder = t.testdir({
    'site.json': JSON.stringify(site),
    'keys.json': JSON.stringify({ gateway: 'http://127.0.0.1:9', keys: demoKeys(site).keys }),
    // Nothing listens on this port either.
    'cloud.json': JSON.stringify({
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'x',
      AWS_SECRET_ACCESS_KEY: 'x',
      AWS_ENDPOINT_URL_DYNAMODB: 'http://127.0.0.1:9',
    }),
  });
  const files = ['site', 'keys', 'cloud'].flatMap((name) => [`--${name}`, join(folder, `${name}.json`)]);
  const { code, stderr } = await cli('run', ...files, '--duration', '1s');
  t.equal(code, 1);
  t.match(stderr, /ECONNREFUSED/);
  t.notMatch(stderr, /^ +at /m);
});
