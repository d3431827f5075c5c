import { existsSync } from 'node:fs';
import { compile, jsonAttribute, roleOfGroup } from '@swipegate/contract';
import { COMMAND_REDIRECT_URI } from '@swipegate/contract/back-office/command-sign-in';
import { readJsonFile } from '@swipegate/terminal/json-file';
import { messageOf } from '@swipegate/terminal/message-of';
import { OptionError, url } from '@swipegate/terminal/options';
import Type from 'typebox';
import type { CommandIo } from '../command.js';
import { AdminClient } from './client.js';
import { openBrowser, signInWithBrowser } from './sign-in.js';

/** Options with which a command finds the admin API and its user. */
export const CONNECTION_OPTIONS = {
  api: { type: 'string' },
  token: { type: 'string' },
  console: { type: 'string' },
  issuer: { type: 'string' },
  'client-id': { type: 'string' },
  local: { type: 'string' },
  user: { type: 'string' },
} as const;

export const CONNECTION_HELP = `Which installation, and as which user:

  --local FILE      a running npm start, by its keys.json. Default, without
                    --api and --console: .swipegate/keys.json
  --user NAME       its user. Default: its admin
  --console URL     an installation on AWS, by the address of its console; signs
                    you in with the browser, which returns to localhost:8977
  --api URL         the same by the address of its admin API. To sign in, add
                    --issuer URL and --client-id ID
  --token TOKEN     access token, instead of a sign-in. Better: SWIPEGATE_TOKEN
`;

export type ConnectionValues = { [Name in keyof typeof CONNECTION_OPTIONS]?: string | undefined };

export const DEFAULT_KEYS_FILE = '.swipegate/keys.json';

const isKeysFile = compile(
  Type.Object({
    tenant: Type.Optional(Type.String()),
    admin: Type.Object({
      url: Type.String(),
      tokens: Type.Record(Type.String(), Type.String()),
      signIn: Type.Optional(Type.String()),
    }),
  }),
);
const isConfig = compile(Type.Object({ apiUrl: Type.String(), issuer: Type.String(), clientId: Type.String() }));
const isToken = compile(Type.Object({ access_token: Type.String() }));
const isClaims = compile(Type.Object({ 'cognito:groups': Type.Array(Type.String()) }));

/**
 * Finds the admin API and a token, or signs the user in.
 * @throws {OptionError} naming the option that helps
 * @throws {SignInError}
 */
export async function connect(
  values: ConnectionValues,
  { env, stderr }: Pick<CommandIo, 'env' | 'stderr'>,
): Promise<AdminClient> {
  const say = (line: string) => void stderr.write(`${line}\n`);
  if (values.local !== undefined && (values.api !== undefined || values.console !== undefined)) {
    throw new OptionError('--local cannot be combined with --api or --console: write one of them.');
  }
  const token = values.token ?? (env['SWIPEGATE_TOKEN'] || undefined);
  if (values.api === undefined && values.console === undefined) return connectLocally(values, token);
  const config = values.console === undefined ? undefined : await configOf(url('--console', values.console));
  const api = values.api === undefined ? config?.apiUrl : url('--api', values.api).href;
  if (api === undefined) throw new OptionError('The address of the admin API is unknown: write --api URL.');
  if (token !== undefined) return new AdminClient({ url: api, token });
  const issuer = values.issuer ?? config?.issuer;
  const clientId = values['client-id'] ?? config?.clientId;
  if (issuer === undefined || clientId === undefined) {
    throw new OptionError(
      'There is no token: set SWIPEGATE_TOKEN, or write --console URL to sign in with the browser.',
    );
  }
  const parts = { issuer, clientId, redirectUri: COMMAND_REDIRECT_URI, open: openBrowser, say };
  return new AdminClient({ url: api, token: await signInWithBrowser(parts) });
}

async function connectLocally({ local, user }: ConnectionValues, token: string | undefined): Promise<AdminClient> {
  const file = local ?? DEFAULT_KEYS_FILE;
  if (local === undefined && !existsSync(file)) {
    throw new OptionError(
      `There is no ${file}: run npm start -- --empty in this folder, or write --console URL for an installation on AWS.`,
    );
  }
  const keys = await readJsonFile(file).catch((error: unknown) => {
    throw new OptionError(`${file} cannot be read (${messageOf(error)}): name the keys.json of a running npm start.`);
  });
  if (!isKeysFile(keys)) {
    throw new OptionError(
      `${file} names no admin API: name the keys.json of a running npm start with its back office.`,
    );
  }
  const { admin, tenant } = keys;
  if (token !== undefined) return new AdminClient({ url: admin.url, token });
  const name = user ?? Object.keys(admin.tokens).find((each) => isAdmin(admin.tokens[each], tenant));
  const known = name === undefined ? undefined : admin.tokens[name];
  // Users that came later are not in the file, but the sign-in service knows them.
  const fresh = name === undefined || admin.signIn === undefined ? undefined : await newToken(admin.signIn, name);
  const found = fresh ?? known;
  if (found === undefined) {
    const names = Object.keys(admin.tokens).join(', ');
    throw new OptionError(
      `There is no user ${name ?? 'with the role admin'} in ${file}: write --user with one of ${names}.`,
    );
  }
  return new AdminClient({ url: admin.url, token: found });
}

/** Whether a token names an admin, of that tenant if it is given. The API checks the token, not this. */
function isAdmin(token = '', tenant: string | undefined): boolean {
  const claims = jsonAttribute(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
  if (!isClaims(claims)) return false;
  return claims['cognito:groups'].map(roleOfGroup).some((group) => {
    return group?.role === 'admin' && (tenant === undefined || group.tenantId === tenant);
  });
}

/** A token that is valid for another hour; undefined if the local sign-in service does not know the user. */
async function newToken(signIn: string, username: string): Promise<string | undefined> {
  const body = new URLSearchParams({ username });
  const answer = await fetch(`${signIn}/local/token`, { method: 'POST', body }).catch(() => undefined);
  const said: unknown = answer?.ok === true ? await answer.json() : undefined;
  return isToken(said) ? said.access_token : undefined;
}

async function configOf(page: URL) {
  const address = new URL('config.json', page.href.endsWith('/') ? page : `${page.href}/`);
  const answer = await fetch(address).catch(() => undefined);
  const config: unknown = answer?.ok === true ? await answer.json().catch(() => undefined) : undefined;
  if (isConfig(config)) return config;
  throw new OptionError(`${address.href} is not the configuration of a console: check --console.`);
}
