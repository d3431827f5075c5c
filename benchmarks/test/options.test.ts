import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import t from 'tap';

const module = new URL('../measure/options.js', import.meta.url).href;
const run = fileURLToPath(new URL('../run.js', import.meta.url));

/** Runs a benchmark that prints its options; the defaults are 2 rounds of 60,000 swipes. */
function runWith(...args: string[]) {
  const program = `import { readOptions } from '${module}';
    console.log(JSON.stringify(readOptions({ rounds: 2, swipes: 60000 })));`;
  return spawnSync(process.execPath, ['--input-type=module', '-e', program, '--', 'bench', ...args], {
    encoding: 'utf8',
  });
}

t.test('options are whole numbers, with or without an equals sign', async (t) => {
  t.same(JSON.parse(runWith().stdout), { rounds: 2, swipes: 60_000, json: false });
  t.same(JSON.parse(runWith('--rounds=3', '--json').stdout), { rounds: 3, swipes: 60_000, json: true });
  t.same(JSON.parse(runWith('--swipes', '5').stdout), { rounds: 2, swipes: 5, json: false });
});

t.test('prints a problem in one line, as all commands do', async (t) => {
  const wrong = [['--rounds'], ['--nope'], ['--rounds=x'], ['--rounds=0'], ['--rounds=1.5'], ['stray'], ['--json=yes']];
  for (const args of wrong) {
    const { status, stdout, stderr } = runWith(...args);
    t.same([status, stdout], [2, ''], args.join(' '));
    t.match(stderr, /^[^\n]+\n$/);
    if (args[0] === '--nope') t.equal(stderr, 'There is no option --nope. See npm run bench -- bench --help.\n');
  }
  const help = runWith('--help');
  t.same([help.status, help.stderr], [0, '']);
  t.equal(help.stdout, 'Options and their defaults: --json, --rounds=2, --swipes=60000\n');
});

t.test('npm run bench passes options on, and lists the benchmarks', async (t) => {
  const bench = (...args: string[]) => spawnSync(process.execPath, [run, ...args], { encoding: 'utf8' });
  t.match(bench('no-such'), {
    status: 2,
    stderr: /There is no benchmark no-such\. Benchmarks: aggregate, .* See npm run bench -- --help\./,
  });
  t.match(bench('--help'), { status: 0, stdout: /aggregate.*stream-cost/s });
  t.match(bench('stream-cost', '--rounds', '3'), { status: 2, stderr: /There is no option --rounds\./ });
  t.match(bench('stream-cst'), { status: 2, stderr: /no benchmark stream-cst\. Did you mean stream-cost\?/ });
});
