import { compile, EmployeeId, TenantId } from '@swipegate/contract';
import { OptionError, parseOptions } from '@swipegate/terminal/options';

export const HELP = `erase: removes the remaining data of an employee who was erased in the back office

  npm run erase -- [options] TENANT EMPLOYEE

  --dry-run     count what would be erased; change nothing
  --name NAME   also search for their name, such as --name 'First Last'
  --json        print the result as JSON
  --local FILE  use a running npm start; FILE is its .swipegate/cloud.json
  --help        show this help

Removes the employee's id and name from decisions, changes, event store, archive and
uploaded files, including all older versions. docs/privacy.md lists what remains.
First erase them in the console, or with POST /v1/employees/EMPLOYEE/erase.

Exit code 0 means that a final search found nothing. The command can be interrupted
and run again. Environment variables name the tables and buckets:
docs/configuration.md. Without --local the AWS SDK's own settings apply: AWS_REGION,
AWS_PROFILE, …
`;

const isTenantId = compile(TenantId);
const isEmployeeId = compile(EmployeeId);

/** @returns undefined for --help. @throws {OptionError} naming the problem and the fix */
export function readOptions(args: readonly string[]) {
  const { values, positionals } = parseOptions(
    'npm run erase --',
    args,
    {
      'dry-run': { type: 'boolean' },
      name: { type: 'string' },
      json: { type: 'boolean' },
      local: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
    2,
  );
  if (values.help === true) return undefined;
  const [tenantId, employeeId] = positionals;
  if (!isTenantId(tenantId) || !isEmployeeId(employeeId)) {
    throw new OptionError(
      'The ids of tenant and employee are missing or invalid: write npm run erase -- demo emp-00042.',
    );
  }
  const name = values.name?.trim();
  if (name === '') throw new OptionError("--name is empty: write --name 'First Last', or omit it.");
  const { 'dry-run': dryRun = false, json = false, local } = values;
  return { tenantId, employeeId, name, dryRun, json, local };
}
