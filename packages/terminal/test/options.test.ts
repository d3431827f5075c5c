import t from 'tap';
import { instant, parseOptions, rate, whole } from '../options.js';

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

t.test('an RFC 3339 time', async (t) => {
  t.equal(instant('--from', '2026-11-25T08:00:00+01:00'), '2026-11-25T08:00:00+01:00');
  for (const text of ['today', '2026-11-25', '2026-13-25T08:00:00Z']) {
    t.throws(() => instant('--from', text), { message: `--from ${text} is not an RFC 3339 time: write, for example,` });
  }
});
