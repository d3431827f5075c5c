import { type Action, may, rolesFor } from '@swipegate/contract/back-office/permissions';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { ProblemError } from '../problem-details.js';
import { type AdminUser, TokenError, type TokenVerifier } from './token-verifier.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Null if no token was sent, and on routes outside of {@link authenticate}. */
    user: AdminUser | null;
  }
  interface FastifyContextConfig {
    /** Action that a user's role must allow; see {@link authorize}. */
    action?: Action;
  }
}

const BEARER = /^Bearer +([\x21-\x7e]+)$/i;
const CHALLENGE = 'Bearer realm="swipegate"';

/**
 * Verifies `Authorization: Bearer` (RFC 6750) before the body is read, and sets `request.user`. A bad token ends the
 * request, even on a route that needs none. Problems: `missing-token` (401) for a malformed header, and those of
 * {@link userOfToken}.
 */
export function authenticate(app: FastifyInstance, verify: TokenVerifier): void {
  app.decorateRequest('user', null);
  app.addHook('onRequest', async (request) => {
    const { authorization } = request.headers;
    if (authorization === undefined) return;
    const token = BEARER.exec(authorization)?.[1];
    if (token === undefined) throw missingToken();
    request.user = await userOfToken(request, token, verify);
  });
}

/**
 * Returns the user that an access token was issued to.
 * @throws {ProblemError} `invalid-token` (401), `role-not-allowed` (403) without exactly one tenant, or
 * `lookup-unavailable` (503) without the issuer's keys
 */
export async function userOfToken(request: FastifyRequest, token: string, verify: TokenVerifier): Promise<AdminUser> {
  try {
    return await verify(token);
  } catch (error) {
    if (!(error instanceof TokenError)) throw error;
    throw refuse(request, error);
  }
}

/**
 * Requires a user whose role allows the `action` in the route's config. Register after {@link authenticate}.
 * Problems: `missing-token` (401), and those of {@link requireRouteAction}.
 * @param openRoutes URL patterns of routes that need no action and are open to every signed-in user
 */
export function authorize(app: FastifyInstance, openRoutes: readonly string[]): void {
  app.addHook('onRequest', async (request) => {
    const user = userOf(request);
    if (!openRoutes.includes(request.routeOptions.url ?? '')) requireRouteAction(request, user);
  });
}

/**
 * Deny by default: a route without an action is closed to everyone.
 * @throws {ProblemError} `role-not-allowed` (403) unless a role of the user allows the `action` in the route's config
 */
export function requireRouteAction(request: FastifyRequest, user: AdminUser): void {
  const { config, url } = request.routeOptions;
  if (config.action !== undefined) {
    requireAction(user, config.action);
    return;
  }
  request.log.error({ route: url }, 'the route has no action, so it is closed to everyone');
  throw notAllowed('No role allows this request.');
}

/** @throws {ProblemError} `role-not-allowed` unless a role of the user allows the action */
export function requireAction(user: AdminUser, action: Action): void {
  if (may(user, action)) return;
  const has = Array.from(user.roles).join(', ');
  const roles = rolesFor(action).join(', ');
  throw notAllowed(`${action} requires one of the roles ${roles}; you have ${has}. Ask an admin for the role.`);
}

/** The user of an authenticated request. @throws {ProblemError} `missing-token` if there is none */
export function userOf(request: FastifyRequest): AdminUser {
  if (request.user === null) throw missingToken();
  return request.user;
}

function refuse(request: FastifyRequest, { code, message, cause }: TokenError): ProblemError {
  if (code === 'keys-unavailable') {
    request.log.warn({ err: cause }, 'the signing keys of the issuer cannot be fetched');
    return new ProblemError('lookup-unavailable', message, { retryAfter: 1 });
  }
  request.log.info({ code }, 'access token refused');
  // 403, because a 401 asks for a new sign-in, which would not help.
  if (code === 'no-tenant') return notAllowed(message);
  return new ProblemError('invalid-token', message, {
    headers: { 'www-authenticate': `${CHALLENGE}, error="invalid_token"` },
  });
}

function notAllowed(detail: string): ProblemError {
  return new ProblemError('role-not-allowed', detail, {
    headers: { 'www-authenticate': `${CHALLENGE}, error="insufficient_scope"` },
  });
}

function missingToken(): ProblemError {
  return new ProblemError('missing-token', 'Sign in, and send the access token as Authorization: Bearer TOKEN.', {
    headers: { 'www-authenticate': CHALLENGE },
  });
}
