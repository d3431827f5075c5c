import { ADMIN_ROLES, AdminRole, CHECK_TENANT, compile, DisplayName, TenantId } from '@swipegate/contract';
import { plainText } from '@swipegate/contract/values/plain-text';
import { OptionError, parseOptions } from '@swipegate/terminal/options';
import type { TenantRequest } from './create-tenant.js';

export const HELP = `swipegate tenant create: a tenant, its first admin and operator's key

  npx swipegate tenant create ID --admin-email MAIL [options]

  --admin-email MAIL  mail address of the first admin
  --name NAME         name that the console shows (ID)
  --admin-user USER   user name to sign in with (the part of MAIL before the @)
  --roles ROLES       further roles of the admin: hr, security, auditor
  --no-mail           send no invitation; print a temporary password, once
  --keys FILE         write the operator's key into a new file that only you can
                      read, instead of printing it once
  --existing          go on though the tenant has other admins or a site
  --local FILE        use a running npm start; FILE is its .swipegate/keys.json
  --help              show this help

On AWS it reads SWIPEGATE_STAGE, USER_POOL_ID (the output UserPoolId of the
stack swipegate-STAGE-back-office) and the SDK's own settings (AWS_REGION).

It leaves alone what is there: run it again after a failure, and it does what
is missing. It never resets a password or makes a second operator's key.

Defaults are in parentheses. Exit codes: 0 done, 1 failed or refused, 2 invalid
option or environment.
`;

export interface TenantOptions extends TenantRequest {
  sendsMail: boolean;
  keysFile: string | undefined;
  local: string | undefined;
}

const COMMAND = 'swipegate tenant create';
const EXAMPLE = `npx ${COMMAND} acme --name 'Acme Ltd' --admin-email ann@acme.example`;
const isTenantId = compile(TenantId);
const isName = compile(DisplayName);
const isRole = compile(AdminRole);
const MAIL = /^[^\s@,;<>"]+@[^\s@,;<>"]+\.[^\s@,;<>"]+$/;
const USER = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

/** @returns undefined for --help. @throws {OptionError} naming the problem and the fix */
export function readOptions(args: readonly string[]): TenantOptions | undefined {
  const { values, positionals } = parseOptions(
    COMMAND,
    args,
    {
      name: { type: 'string' },
      'admin-email': { type: 'string' },
      'admin-user': { type: 'string' },
      roles: { type: 'string' },
      'no-mail': { type: 'boolean' },
      keys: { type: 'string' },
      existing: { type: 'boolean' },
      local: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
    1,
  );
  if (values.help === true) return undefined;
  const [tenantId] = positionals;
  if (tenantId === undefined) throw new OptionError(`The id of the tenant is missing: write, for example, ${EXAMPLE}.`);
  if (!isTenantId(tenantId) || tenantId === CHECK_TENANT) {
    const rule = `must be 1 to 64 letters, digits or . _ : -, such as acme, and not ${CHECK_TENANT}`;
    throw new OptionError(`The id ${tenantId} ${rule}.`);
  }
  const { 'admin-email': email, name = tenantId, local } = values;
  if (email === undefined) throw new OptionError(`--admin-email is missing: write, for example, ${EXAMPLE}.`);
  if (!MAIL.test(email) || email.length > 254) {
    throw new OptionError(`--admin-email ${email} is not a mail address: write, for example, ann@acme.example.`);
  }
  if (!isName(name)) {
    throw new OptionError(
      '--name must be 1 to 128 characters without control characters, at least one of them visible.',
    );
  }
  const username = values['admin-user'] ?? email.slice(0, email.indexOf('@')).toLowerCase();
  if (!USER.test(username)) {
    const rule = 'must be 1 to 128 letters, digits or . _ -, starting with a letter or digit';
    throw new OptionError(`The user name ${username} ${rule}: choose one with --admin-user ann.`);
  }
  if (local !== undefined && values['no-mail'] === true) {
    throw new OptionError('--no-mail is for AWS: the sign-in of npm start has no passwords. Remove it or --local.');
  }
  return {
    tenantId,
    name: plainText(name),
    admin: { username, email },
    roles: (values.roles ?? '').split(/[\s,]+/).flatMap((role) => (role === '' ? [] : roleOf(role))),
    mayExist: values.existing === true,
    sendsMail: values['no-mail'] !== true,
    keysFile: values.keys,
    local,
  };
}

function roleOf(text: string): AdminRole {
  if (isRole(text)) return text;
  throw new OptionError(`--roles ${text} is not a role: write some of ${ADMIN_ROLES.join(', ')}, separated by commas.`);
}
