import t from 'tap';
import { readOptions } from '../options.js';

t.test('whom, and how', async (t) => {
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

t.test('a wrong command line is named', async (t) => {
  const refused = (args: string[], message: RegExp) => {
    t.throws(() => readOptions(args), { code: 'OPTION_INVALID', message }, args.join(' '));
  };
  refused(['acme'], /takes the tenant and the employee, by their ids: write npm run erase -- demo emp-00042/);
  refused(['acme', 'not an id'], /by their ids/);
  refused(['acme', 'emp-1', 'Novak'], /Novak belongs to no option\. Put a name into quotes/);
  refused(['acme', 'emp-1', '--name', ' '], /--name is empty/);
  refused(['acme', 'emp-1', '--force'], /Unknown option '--force'/);
});
