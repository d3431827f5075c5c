import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { messageOf } from '@swipegate/terminal/message-of';
import * as oauth from 'oauth4webapi';

/** A sign-in in the browser failed. */
export class SignInError extends Error {
  override readonly name = 'SignInError';
  readonly code = 'SIGN_IN_FAILED';
}

export interface SignInParts {
  issuer: string;
  clientId: string;
  /** The browser comes back to it: on this machine, and registered with the issuer. */
  redirectUri: string;
  /** Shows the sign-in page to the user. */
  open(url: URL): void;
  say(line: string): void;
  /** ms. Default: five minutes. */
  withinMs?: number;
}

const WITHIN_MS = 300_000;
const SCOPE = 'openid profile';
const PAGE = '<!doctype html><meta charset="utf-8"><title>Swipegate</title><p>';

/**
 * Signs a user in with the browser: authorization code with PKCE (RFC 7636), back to a port on this machine (RFC 8252,
 * section 7.3). The token stays in memory.
 * @returns the access token
 * @throws {SignInError}
 */
export async function signInWithBrowser({
  issuer,
  clientId,
  redirectUri,
  open,
  say,
  withinMs = WITHIN_MS,
}: SignInParts) {
  const client: oauth.Client = { client_id: clientId };
  const isLocal = /^http:\/\/(127\.0\.0\.1|localhost|\[::1\])(:|\/|$)/.test(issuer);
  const http = { [oauth.allowInsecureRequests]: isLocal };
  const server = await discovered(new URL(issuer), http);
  const [state, nonce, verifier] = [
    oauth.generateRandomState(),
    oauth.generateRandomNonce(),
    oauth.generateRandomCodeVerifier(),
  ];
  const url = new URL(server.authorization_endpoint ?? '');
  const parameters = {
    response_type: 'code',
    client_id: clientId,
    redirect_uri: redirectUri,
    scope: SCOPE,
    state,
    nonce,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  };
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  const address = await answerOf(new URL(redirectUri), state, withinMs, () => {
    say(`Sign in with the browser: ${url}`);
    open(url);
  });
  try {
    const code = oauth.validateAuthResponse(server, client, address, state);
    const answer = await oauth.authorizationCodeGrantRequest(
      server,
      client,
      oauth.None(),
      code,
      redirectUri,
      verifier,
      http,
    );
    const tokens = await oauth.processAuthorizationCodeResponse(server, client, answer, {
      expectedNonce: nonce,
      requireIdToken: true,
    });
    return tokens.access_token;
  } catch (error) {
    throw new SignInError(`Sign-in failed: ${reasonOf(error)}. Run the command again.`, { cause: error });
  }
}

async function discovered(issuer: URL, http: { [oauth.allowInsecureRequests]: boolean }) {
  try {
    return await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, http));
  } catch (error) {
    const reason = `The sign-in service ${issuer.href} cannot be used (${messageOf(error)}). Check --console or --issuer.`;
    throw new SignInError(reason, { cause: error });
  }
}

/** Listens until the browser comes back with this state. Other requests to the port do not end the wait. */
async function answerOf(redirect: URL, state: string, withinMs: number, begin: () => void): Promise<URL> {
  const server = createServer();
  const answered = new Promise<URL>((resolve) => {
    server.on('request', (request, response) => {
      const address = new URL(request.url ?? '/', redirect);
      const isOurs = address.pathname === redirect.pathname && address.searchParams.get('state') === state;
      response.writeHead(isOurs ? 200 : 404, { 'content-type': 'text/html; charset=utf-8', connection: 'close' });
      response.end(`${PAGE}${isOurs ? 'Signed in. Close this page and return to the terminal.' : 'Not found.'}`);
      if (isOurs) resolve(address);
    });
  });
  server.listen(Number(redirect.port), '127.0.0.1');
  await once(server, 'listening').catch((error: unknown) => {
    const reason = `The port ${redirect.port} is in use (${messageOf(error)}): the browser returns to it after the sign-in. Free it, or set SWIPEGATE_TOKEN.`;
    throw new SignInError(reason, { cause: error });
  });
  let timer: NodeJS.Timeout | undefined;
  try {
    begin();
    return await Promise.race([
      answered,
      new Promise<never>((_, reject) => {
        const late = new SignInError('Nobody signed in within five minutes. Run the command again.');
        timer = setTimeout(() => reject(late), withinMs);
      }),
    ]);
  } finally {
    clearTimeout(timer);
    server.close();
    server.closeAllConnections();
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof oauth.AuthorizationResponseError || error instanceof oauth.ResponseBodyError) {
    return error.error_description ?? error.error;
  }
  return messageOf(error);
}

/** Opens a page with the system's browser. Does nothing where there is none: the address is printed, too. */
export function openBrowser(url: URL): void {
  const [command, ...args] =
    process.platform === 'darwin'
      ? ['open', url.href]
      : process.platform === 'win32'
        ? ['rundll32', 'url.dll,FileProtocolHandler', url.href]
        : ['xdg-open', url.href];
  if (command === undefined) return;
  const child = spawn(command, args, { stdio: 'ignore', detached: true });
  child.on('error', () => undefined);
  child.unref();
}
