import { parseArgs } from 'node:util';
import { compile, EmployeeId, TenantId } from '@swipegate/contract';
import { OptionError } from '../local-cloud.js';

export const HELP = `erase: what is left of one employee, after their erasure in the back office

  npm run erase -- [options] TENANT EMPLOYEE

  --dry-run     counts what would be erased; changes nothing
  --name NAME   their name, such as --name 'First Last': it is looked for as well
  --json        the result as JSON
  --local FILE  of a running npm start: its .swipegate/cloud.json
  --help        this

Takes the employee's id and name from decisions, changes, event store, archive and
uploaded files, with all older versions; docs/privacy.md says what else there is.
First erase them in the console, or by POST /v1/employees/EMPLOYEE/erase.

Exit code 0 only if nothing is found afterwards. Safe to break off and to run again.
Tables and buckets are named by environment variables: docs/configuration.md. Without
--local they are reached as the AWS SDK is told: AWS_REGION, AWS_PROFILE, …
`;

export interface CommandOptions {
  tenantId: string;
  employeeId: string;
  name: string | undefined;
  dryRun: boolean;
  json: boolean;
  local: string | undefined;
}

const isTenantId = compile(TenantId);
const isEmployeeId = compile(EmployeeId);

/** @returns undefined when help is asked for. @throws {OptionError} naming what is wrong and what to write instead */
export function readOptions(args: string[]): CommandOptions | undefined {
  const { values, positionals } = parse(args);
  if (values.help === true) return undefined;
  const [tenantId, employeeId, more] = positionals;
  if (!isTenantId(tenantId) || !isEmployeeId(employeeId)) {
    throw new OptionError('It takes the tenant and the employee, by their ids: write npm run erase -- demo emp-00042.');
  }
  if (more !== undefined) throw new OptionError(`${more} belongs to no option. Put a name into quotes.`);
  const name = values.name?.trim();
  if (name === '') throw new OptionError("--name is empty: write --name 'First Last', or leave it out.");
  return {
    tenantId,
    employeeId,
    name,
    dryRun: values['dry-run'] === true,
    json: values.json === true,
    local: values.local,
  };
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      strict: true,
      allowPositionals: true,
      options: {
        'dry-run': { type: 'boolean' },
        name: { type: 'string' },
        json: { type: 'boolean' },
        local: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    // Node adds advice, which is longer than its error.
    const reason = error instanceof Error ? error.message.split(/[.\n]/)[0] : String(error);
    throw new OptionError(`${reason}.`);
  }
}
