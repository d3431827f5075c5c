import { COMMAND_REDIRECT_URI } from '@swipegate/contract/back-office/command-sign-in';
import { refuseForeignCallers } from '@swipegate/http/foreign-callers';
import { composeAdminApp } from '@swipegate/lambdas/admin/app';
import { runChild, type ServedChild } from '../processes/child-side.js';
import { startIssuer } from '../sign-in/issuer.js';
import { startConsole } from './console-server.js';

/**
 * Child process `node main.js CONSOLE_PORT [KEY_FILE [USERS_FILE]]`: sign-in service, admin API and console. They listen only on loopback,
 * because anyone who can reach the sign-in service can sign in as any user.
 */
async function main([port = '0', keyFile, usersFile]: string[]): Promise<ServedChild> {
  const host = '127.0.0.1';
  const issuer = await startIssuer({
    host,
    port: portOf('ISSUER_PORT'),
    keyFile,
    usersFile,
    redirectUris: [],
    logoutUris: [],
  });
  let apiUrl = '';
  const page = await startConsole({
    port: Number(port),
    host,
    config: () => ({
      apiUrl,
      gatewayUrl: process.env['GATEWAY_URL'],
      issuer: issuer.issuer,
      clientId: issuer.clientId,
    }),
    uploadsUrl: process.env['AWS_ENDPOINT_URL_S3'],
  });
  issuer.registerClientUrls({ redirectUris: [page.url, COMMAND_REDIRECT_URI], logoutUris: [page.url] });
  const app = await composeAdminApp({
    ...process.env,
    TOKEN_ISSUER: issuer.issuer,
    TOKEN_CLIENT_ID: issuer.clientId,
    CONSOLE_ORIGIN: new URL(page.url).origin,
  });
  refuseForeignCallers(app.server, (origin) => origin === new URL(page.url).origin);
  apiUrl = await app.listen({ port: portOf('API_PORT'), host });
  const tokens = await Promise.all(
    issuer.users.map(async ({ username }) => [username, await issuer.tokenFor(username)] as const),
  );
  return {
    ready: { consoleUrl: page.url, apiUrl, issuer: issuer.issuer, tokens: Object.fromEntries(tokens) },
    onStop: async () => {
      await Promise.all([app.close(), page.close(), issuer.close()]);
    },
  };
}

/** Port that the process before this one had. Default: 0, for any. */
function portOf(variable: 'API_PORT' | 'ISSUER_PORT'): number {
  return Number(process.env[variable] ?? 0);
}

await runChild(() => main(process.argv.slice(2)));
