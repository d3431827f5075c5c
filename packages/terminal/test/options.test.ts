import t from 'tap';
import { day, instant, MANY, OptionError, parseOptions, rate, whole } from '../options.js';

const OPTIONS = { 'dry-run': { type: 'boolean' }, local: { type: 'string' } } as const;

t.test('a mistyped option is answered with the nearest one', async (t) => {
  const refused = (args: string[], message: string) =>
    t.throws(() => parseOptions('npm run erase --', args, OPTIONS), { code: 'OPTION_INVALID', message });
  refused(['--dryrun'], 'There is no option --dryrun. Did you mean --dry-run? See npm run erase -- --help.');
  refused(['--colour'], 'There is no option --colour. See npm run erase -- --help.');
  refused(['--local', ''], '--local has no value: write one after --local. See npm run erase -- --help.');
});

t.test('a negative number reaches the option, which says what it allows', async (t) => {
  const options = { rate: { type: 'string' }, readers: { type: 'string' }, json: { type: 'boolean' } } as const;
  const parse = (...args: string[]) => parseOptions('npm start --', args, options).values;
  t.match(parse('--rate', '-3', '--readers', '-.5', '--json'), { rate: '-3', readers: '-.5', json: true });
  t.throws(() => rate('--rate', parse('--rate', '-3').rate ?? ''), { message: /--rate -3 is not a rate: .*above 0/ });
  t.throws(() => whole('--readers', parse('--readers', '-1').readers ?? '', 1, 9), {
    message: /--readers -1 .* 1 to 9/,
  });
  t.throws(() => parse('--rate', '--json'), { message: /--rate has no value/ });
  t.throws(() => parse('--json', '-3'), { message: /no option -3/ });
});

t.test('one answer for one mistake', async (t) => {
  const refused = (args: string[], message: string, most = 0) =>
    t.throws(() => parseOptions('npm start --', args, { ...OPTIONS, help: { type: 'boolean' } }, most), { message });
  for (const typo of ['--locl', '-local', '--LOCAL', '--Locl=x']) {
    refused([typo], `There is no option ${typo.split('=')[0]}. Did you mean --local? See npm start -- --help.`);
  }
  refused(
    ['20s'],
    'Unexpected argument 20s: write values with spaces in quotes, and options after --. See npm start -- --help.',
  );
  refused(['a', 'b', 'c'], 'Unexpected argument c: write values with spaces', 2);
  t.same(parseOptions('x', ['a', 'b'], OPTIONS, MANY).positionals, ['a', 'b']);
  t.equal(parseOptions('x', ['a', '--help'], { help: { type: 'boolean' } }).values.help, true);
  refused(['\u001b[2J\u202e'], 'Unexpected argument \ufffd[2J\ufffd: write values');
  refused(['--\u001b]0;x\u0007'], 'There is no option --\ufffd]0;x\ufffd. See');
  t.equal(new OptionError('--from \u009b2J').message, '--from \ufffd2J');
});

t.test('a day that exists', async (t) => {
  t.equal(day('the first day', '2028-02-29'), '2028-02-29');
  for (const text of ['', '2026-02-29', '2026-13-01', '2026-1-2', '25.11.2026', 'today', '2026-11-25T00:00:00Z']) {
    t.throws(() => day('the first day', text), { message: `the first day ${text} is not a day: write, for example,` });
  }
});

t.test('an RFC 3339 time', async (t) => {
  t.equal(instant('--from', '2026-11-25T08:00:00+01:00'), '2026-11-25T08:00:00+01:00');
  for (const text of ['today', '2026-11-25', '2026-13-25T08:00:00Z', '2026-02-30T08:00:00Z', '2026-11-25T08:00:00']) {
    t.throws(() => instant('--from', text), { message: `--from ${text} is not an RFC 3339 time: write, for example,` });
  }
});
