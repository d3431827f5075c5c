import t from 'tap';
import { instant, parseOptions } from '../options.js';

const OPTIONS = { 'dry-run': { type: 'boolean' }, local: { type: 'string' } } as const;

t.test('a mistyped option is answered with the nearest one', async (t) => {
  const refused = (args: string[], message: string) =>
    t.throws(() => parseOptions('npm run erase --', args, OPTIONS), { code: 'OPTION_INVALID', message });
  refused(['--dryrun'], 'There is no option --dryrun. Did you mean --dry-run? See npm run erase -- --help.');
  refused(['--colour'], 'There is no option --colour. See npm run erase -- --help.');
  refused(['--local', ''], '--local has no value: write one after --local. See npm run erase -- --help.');
});

t.test('an RFC 3339 time', async (t) => {
  t.equal(instant('--from', '2026-11-25T08:00:00+01:00'), '2026-11-25T08:00:00+01:00');
  for (const text of ['today', '2026-11-25', '2026-13-25T08:00:00Z']) {
    t.throws(() => instant('--from', text), { message: `--from ${text} is not an RFC 3339 time: write, for example,` });
  }
});
