import t from 'tap';
import { readOptions } from '../options.js';

t.test('reads tenant, employee and options', async (t) => {
  t.strictSame(readOptions(['acme', 'emp-1']), {
    tenantId: 'acme',
    employeeId: 'emp-1',
    name: undefined,
    dryRun: false,
    json: false,
    local: undefined,
  });
  t.match(readOptions(['--dry-run', '--json', '--local', 'c.json', '--name', ' Nina Novak ', 'acme', 'emp-1']), {
    name: 'Nina Novak',
    dryRun: true,
    json: true,
    local: 'c.json',
  });
  t.equal(readOptions(['--help']), undefined);
});

t.test('names what is wrong with the command line', async (t) => {
  const refused = (args: string[], message: RegExp) => {
    t.throws(() => readOptions(args), { code: 'OPTION_INVALID', message }, args.join(' '));
  };
  refused(['acme'], /ids of tenant and employee are missing or invalid: write npm run erase -- demo emp-00042/);
  refused(['acme', 'not an id'], /missing or invalid/);
  refused(['acme', 'emp-1', 'Novak'], /Unexpected argument Novak: write values with spaces in quotes/);
  refused(['acme', 'emp-1', '--name', ' '], /--name is empty/);
  refused(['acme', 'emp-1', '--force'], /There is no option --force\./);
  refused(['--dryrun'], /There is no option --dryrun\. Did you mean --dry-run\? See npm run erase -- --help\./);
});
