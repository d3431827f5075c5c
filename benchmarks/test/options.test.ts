import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { readCommandLine } from '../measure/command-line.js';
import { BENCHMARKS, parse } from '../measure/options.js';

const folder = fileURLToPath(new URL('..', import.meta.url));
const refusal = (message: RegExp | string) => ({ name: 'OptionError', message });

t.test('options are whole numbers, with or without an equals sign', async (t) => {
  const defaults = { rounds: 2, swipes: 60_000 };
  t.same(parse('bench', defaults, []), { ...defaults, json: false });
  t.same(parse('bench', defaults, ['--rounds=3', '--json']), { rounds: 3, swipes: 60_000, json: true });
  t.same(parse('bench', defaults, ['--swipes', '5']), { rounds: 2, swipes: 5, json: false });
  t.equal(parse('bench', defaults, ['--help']), 'help');
  const wrong = [['--rounds'], ['--nope'], ['--rounds=x'], ['--rounds=0'], ['--rounds=1.5'], ['stray'], ['--json=yes']];
  for (const args of wrong) {
    t.throws(() => parse('bench', defaults, args), refusal(/^[^\n]+\.$/), args.join(' '));
  }
  const program = `import { readOptions } from '${new URL('../measure/options.js', import.meta.url).href}'; readOptions({});`;
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--input-type=module', '-e', program, '--', 'bench', '--nope'],
    { encoding: 'utf8' },
  );
  t.same(
    [status, stdout, stderr],
    [2, '', 'There is no option --nope. See npm run bench -- bench --help.\n'],
    'a benchmark that is run alone does the same',
  );
});

t.test('npm run bench refuses an option before it runs anything', async (t) => {
  const wrong: [args: string[], message: RegExp | string][] = [
    [['--jsn'], 'There is no option --jsn. Did you mean --json? See npm run bench -- --help.'],
    [['producer', '--round=2'], /no option --round\. Did you mean --rounds\?/],
    [['producer', '--seconds', '3'], /^There is no option --seconds\..* See npm run bench -- producer --help\.$/],
    [['--rounds', '3'], /^There is no option --rounds\..* See npm run bench -- decide-cost --help\.$/],
    [['producer', '--rounds', 'x'], /--rounds x is not a whole number/],
    [['no-such'], /There is no benchmark no-such\. Benchmarks: aggregate, .* See npm run bench -- --help\./],
    [['stream-cst'], /no benchmark stream-cst\. Did you mean stream-cost\?/],
    [['__proto__'], /There is no benchmark __proto__/],
  ];
  for (const [args, message] of wrong) t.throws(() => readCommandLine(args), refusal(message), args.join(' '));
  const { status, stdout, stderr } = spawnSync(process.execPath, [`${folder}measure/run.js`, '--jsn'], {
    encoding: 'utf8',
  });
  t.same([status, stdout], [2, '']);
  t.equal(
    stderr,
    'There is no option --jsn. Did you mean --json? See npm run bench -- --help.\n',
    'no header before it',
  );
});

t.test('npm run bench knows every benchmark, and passes options on', async (t) => {
  const files = readdirSync(folder).filter((file) => file.endsWith('.js'));
  t.same(Object.keys(BENCHMARKS), files.map((file) => basename(file, '.js')).sort());
  t.match(readCommandLine([]), { benchmarks: Object.keys(BENCHMARKS), flags: [] });
  t.same(readCommandLine(['--json', 'producer', '--rounds', '2', 'aggregate']), {
    benchmarks: ['producer', 'aggregate'],
    flags: ['--json', '--rounds=2'],
  });
  t.match(readCommandLine(['--help']), /aggregate +--json, --records=50000, --rounds=7\n.*stream-cost/s);
  t.notMatch(readCommandLine(['producer', '-h']), /aggregate/);
});
