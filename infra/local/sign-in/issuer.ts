import { randomUUID } from 'node:crypto';
import { foreignCaller } from '@swipegate/http/foreign-callers';
import Fastify, { type FastifyError, type FastifyInstance, type FastifyReply } from 'fastify';
import type { JWTPayload } from 'jose';
import { urlOf } from '../processes/ports.js';
import { Client, type ClientUrls } from './client.js';
import { DEMO_USERS } from './demo-users.js';
import { Grants } from './grants.js';
import { type LocalOptions, localRoutes } from './local-routes.js';
import { OAuthError } from './oauth.js';
import { Sessions } from './sessions.js';
import { type SignInOptions, signInRoutes } from './sign-in-routes.js';
import { jwksUriOf, sendOAuthError, type TokenOptions, tokenRoutes } from './token-routes.js';
import { signingKey, Tokens } from './tokens.js';
import { type LocalUser, Users } from './users.js';

export interface IssuerOptions extends ClientUrls {
  /** Default: 0, which takes a free one. */
  port?: number;
  /** Default: 127.0.0.1. Anyone who can reach it can sign in as any user. */
  host?: string;
  /** File with the signing key, created if it does not exist. Default: a new key, kept in memory. */
  keyFile?: string | undefined;
  /** File of the users, to which new ones are added. Default: the demo's users, kept in memory. */
  usersFile?: string | undefined;
  /** ms since the epoch. Default: this machine's clock. */
  now?: () => number;
}

export interface Issuer {
  /** `iss` of its tokens and base URL of its endpoints, without a trailing slash. */
  issuer: string;
  clientId: string;
  jwksUri: string;
  users: readonly LocalUser[];
  /** Issues an access token without a sign-in. `overrides` replace claims; undefined omits one. @throws {UnknownUserError} */
  tokenFor(username: string, overrides?: JWTPayload): Promise<string>;
  /** For a console that learns its port after the issuer has started. */
  registerClientUrls(urls: ClientUrls): void;
  close(): Promise<void>;
}

export class UnknownUserError extends Error {
  override readonly name = 'UnknownUserError';
  readonly code = 'UNKNOWN_USER';
}

/**
 * Starts the local issuer: a hosted UI (where users choose who they are) and the tokens of a Cognito user pool. It has one
 * public client and supports authorization code with PKCE. Sessions and refresh tokens end with the process; access tokens stay
 * valid for their hour if the key is kept.
 *
 * The certified `oidc-provider` (9.13) does not fit. Its access tokens have `typ: at+jwt` and `aud` (RFC 9068); those of a
 * user pool have neither. Its logout asks for confirmation, and takes `post_logout_redirect_uri` instead of `logout_uri`.
 * Its clock is fixed to Date.now. It would need our own sign-in page as well.
 */
export async function startIssuer(options: IssuerOptions): Promise<Issuer> {
  const { port = 0, host = '127.0.0.1', now = Date.now } = options;
  const app = Fastify({ forceCloseConnections: true, bodyLimit: MOST_BODY_BYTES });
  const issuer = () => urlOf(app.server, host);
  const client = new Client(options);
  const tokens = await Tokens.withKey({ issuer, clientId: client.id, now }, await signingKey(options.keyFile));
  const users = await Users.in(options.usersFile, DEMO_USERS);
  const sessions = new Sessions({ issuer, now });
  const tokenFor: Issuer['tokenFor'] = async (username, overrides) => {
    const user = users.named(username);
    if (user === undefined) throw new UnknownUserError(`Unknown user ${username}.`);
    const authTime = Math.floor(now() / 1_000);
    return tokens.access({ user, scope: 'openid profile', authTime, originJti: randomUUID() }, overrides);
  };
  serve(app, { issuer, client, tokens, grants: new Grants(now), sessions, users, tokenFor, now });
  await app.listen({ port, host });
  return {
    issuer: issuer(),
    clientId: client.id,
    jwksUri: jwksUriOf(issuer()),
    get users() {
      return users.all;
    },
    tokenFor,
    registerClientUrls: (urls) => client.register(urls),
    close: () => app.close(),
  };
}

const MOST_BODY_BYTES = 16_384;

const HEADERS = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  // With no-referrer a browser would send `Origin: null` with our own form.
  'referrer-policy': 'same-origin',
};

function serve(app: FastifyInstance, options: SignInOptions & TokenOptions & LocalOptions): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, done) => {
    done(null, new URLSearchParams(body.toString()));
  });
  const isKnown = (origin: string) => options.client.isAt(origin);
  app.addHook('onRequest', async ({ host, raw }, reply) => {
    reply.headers(HEADERS);
    // Another site could let its own name resolve to this machine (DNS rebinding).
    if (host !== new URL(options.issuer()).host) {
      return refuse(reply, 421, `Wrong host. Use ${options.issuer()}.`);
    }
    const foreign = foreignCaller(raw, isKnown);
    if (foreign !== undefined) return refuse(reply, 403, foreign);
  });
  app.setErrorHandler<FastifyError | OAuthError>((error, _request, reply) => {
    if (error instanceof OAuthError) return sendOAuthError(reply, error);
    const status = error.statusCode ?? 500;
    return refuse(reply, status, status < 500 ? error.message : 'Internal error of the issuer.');
  });
  signInRoutes(app, options);
  localRoutes(app, options);
  app.register(async (crossOrigin) => tokenRoutes(crossOrigin, options));
}

function refuse(reply: FastifyReply, status: number, description: string): FastifyReply {
  return reply.code(status).send({ error: 'invalid_request', error_description: description });
}
