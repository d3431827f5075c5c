import { type Action, may, rolesFor } from '@swipegate/contract/back-office/permissions';
import { ProblemError } from '@swipegate/http/problem-details';
import type { FastifyInstance, FastifyRequest, onRequestHookHandler } from 'fastify';
import type { AdminUser } from './admin-user.js';
import { TokenError } from './token-error.js';
import type { TokenVerifier } from './token-verifier.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Null where no token was sent, and outside of {@link authenticate}. */
    user: AdminUser | null;
  }
}

const BEARER = /^Bearer +([\x21-\x7e]+)$/i;
const CHALLENGE = 'Bearer realm="swipegate"';

/**
 * Finds out, for each request of an app, or of the part of it that it is given, whose `Authorization: Bearer` it has
 * (RFC 6750), before its body is read. A token that is not accepted ends the request also where none would be needed.
 *
 * Problems: `invalid-token` (401), `role-not-allowed` (403) for who has roles in no tenant or in several,
 * `lookup-unavailable` (503) when the issuer's keys cannot be had.
 */
export function authenticate(app: FastifyInstance, verify: TokenVerifier): void {
  app.decorateRequest('user', null);
  app.addHook('onRequest', async (request) => {
    const { authorization } = request.headers;
    if (authorization === undefined) return;
    const token = BEARER.exec(authorization)?.[1];
    if (token === undefined) throw missingToken();
    try {
      request.user = await verify(token);
    } catch (error) {
      if (!(error instanceof TokenError)) throw error;
      throw refuse(request, error);
    }
  });
}

/**
 * A hook for a route that lets only those pass whose role allows an action. Problems: `missing-token` (401),
 * `role-not-allowed` (403).
 */
export function requireAction(action: Action): onRequestHookHandler {
  return (request, _reply, done) => {
    const { user } = request;
    if (user === null) return done(missingToken());
    if (may(user, action)) return done();
    const has = Array.from(user.roles).join(', ');
    const detail = `${action} is for ${rolesFor(action).join(', ')}; you are ${has}. Ask an admin for the role.`;
    done(notAllowed(detail));
  };
}

/** The user of an authenticated request. @throws {ProblemError} `missing-token` where it has none */
export function userOf(request: FastifyRequest): AdminUser {
  if (request.user === null) throw missingToken();
  return request.user;
}

function refuse(request: FastifyRequest, { code, message, cause }: TokenError): ProblemError {
  if (code === 'keys-unavailable') {
    request.log.warn({ err: cause }, 'the keys of access tokens cannot be fetched');
    return new ProblemError('lookup-unavailable', message, { retryAfter: 1 });
  }
  request.log.info({ code }, 'access token refused');
  // To sign in again would not help, which is what a 401 asks for.
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
