import { dirname, join } from 'node:path';
import { CognitoIdentityProviderClient } from '@aws-sdk/client-cognito-identity-provider';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { EnvironmentError } from '@swipegate/aws/environment';
import { compile } from '@swipegate/contract';
import { printableText } from '@swipegate/terminal/fit';
import { readJsonFile } from '@swipegate/terminal/json-file';
import { OptionError } from '@swipegate/terminal/options';
import Type from 'typebox';
import { callingAws } from '../aws-failure.js';
import { type Command, useLocalCloud } from '../command.js';
import { createTenant, type Secrets, type TenantStep } from './create-tenant.js';
import { readEnvironment, type TenantEnvironment } from './environment.js';
import { KeysFile } from './keys-file.js';
import { LocalUsers } from './local-users.js';
import { HELP, readOptions, type TenantOptions } from './options.js';
import { TenantTables } from './tenant-tables.js';
import type { UserDirectory } from './user-directory.js';
import { UserPool } from './user-pool.js';

export const createCommand: Command = {
  help: HELP,
  async run(args, { stdout }) {
    const options = readOptions(args);
    if (options === undefined) {
      stdout.write(HELP);
      return 0;
    }
    if (options.local !== undefined) await useLocalCloud(options.local);
    const env = readEnvironment(process.env);
    const say = (text: string) => void stdout.write(`${printableText(text)}\n`);
    const users = directoryOf(options, env);
    const dynamodb = new DynamoDBClient({ requestHandler: new NodeHttpHandler({}) });
    const keysFile = options.keysFile === undefined ? undefined : new KeysFile(options.keysFile);
    try {
      say(
        `Tenant ${options.tenantId} ${options.local === undefined ? `of stage ${env.SWIPEGATE_STAGE}` : 'of npm start'}\n`,
      );
      const tables = new TenantTables(dynamodb, env);
      const parts = { tables, users, keysFile, say: (step: TenantStep) => say(lineOf(step)) };
      const secrets = await callingAws(() => createTenant(parts, options));
      if (users instanceof LocalUsers && keysFile !== undefined && options.local !== undefined) {
        await keysFile.add(await accessOf(options.local, users, options.admin.username));
      }
      say(closingText(options, secrets));
      return 0;
    } finally {
      users.destroy();
      dynamodb.destroy();
    }
  },
};

/** @throws {EnvironmentError | OptionError} */
function directoryOf({ local, sendsMail }: TenantOptions, env: TenantEnvironment): UserDirectory {
  const { SIGN_IN_URL: signIn, USER_POOL_ID: poolId } = env;
  if (local !== undefined) {
    if (signIn !== undefined) return new LocalUsers(signIn);
    throw new OptionError(`--local ${local} has no sign-in service: run npm start without --no-back-office.`);
  }
  const missing = [
    ...(env.SWIPEGATE_STAGE === undefined ? ['SWIPEGATE_STAGE: the stage of the deployment, such as production'] : []),
    ...(poolId === undefined ? ['USER_POOL_ID: the output UserPoolId of the stack swipegate-STAGE-back-office'] : []),
  ];
  if (poolId === undefined || missing.length > 0) {
    const where = 'docs/aws.md says where to find them. For a running npm start: --local .swipegate/keys.json.';
    throw new EnvironmentError(`Environment variables are missing:\n  ${missing.join('\n  ')}\n${where}`);
  }
  const cognito = new CognitoIdentityProviderClient({ requestHandler: new NodeHttpHandler({}) });
  return new UserPool(cognito, { poolId, sendsMail });
}

const TITLE_WIDTH = 16;

function lineOf({ title, isNew, detail }: TenantStep): string {
  return `  ${title.padEnd(TITLE_WIDTH)}${isNew ? 'created' : 'exists '}  ${detail}`;
}

function closingText({ tenantId, admin, local, keysFile }: TenantOptions, secrets: Secrets): string {
  const { operatorKey, temporaryPassword } = secrets;
  const next = keysFile !== undefined && local !== undefined ? ` The token in ${keysFile} is valid for an hour.` : '';
  return [
    '',
    ...(operatorKey === undefined ? [] : [`Operator’s key, shown only now: ${operatorKey}`]),
    ...(temporaryPassword === undefined
      ? []
      : [
          `Password for the first sign-in of ${admin.username}, shown only now, valid for 3 days: ${temporaryPassword}`,
        ]),
    `${admin.username} signs in at the console and sets up the site of ${tenantId}.${next}`,
  ].join('\n');
}

const isRunKeys = compile(
  Type.Object({ gateway: Type.String(), admin: Type.Object({ url: Type.String(), signIn: Type.String() }) }),
);

/** Returns the addresses of the run, and a token of the new admin. */
async function accessOf(cloudFile: string, users: LocalUsers, username: string) {
  const run: unknown = await readJsonFile(join(dirname(cloudFile), 'keys.json')).catch(() => undefined);
  if (!isRunKeys(run)) return {};
  const { gateway, admin } = run;
  return { gateway, admin: { ...admin, tokens: { [username]: await users.token(username) } } };
}
