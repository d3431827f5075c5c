import { hasApiKeyForm, hashApiKey, type KeyRole } from '@swipegate/contract';
import { ProblemError } from '@swipegate/http/problem-details';
import type { FastifyInstance, FastifyRequest, onRequestHookHandler } from 'fastify';
import type { ApiKeyCache, Principal } from './api-key-directory.js';
import { LookupOverloadError } from './key-lane.js';
import type { RefusalPace } from './refusal-pace.js';
import { accessToken, type Users } from './users.js';

declare module 'fastify' {
  interface FastifyRequest {
    principal: Principal | null;
  }
}

const BEARER = /^Bearer +([\x21-\x7e]{1,256})$/i;

/** Finds the hash of a request's key: undefined without a key, `malformed` for a text that cannot be one. */
export type KeyHashOf = (request: FastifyRequest) => string | undefined;

/** Costs neither a hash nor a look-up. */
const MALFORMED = 'malformed';

/** Returns the hash of a key, as a {@link KeyHashOf} does. */
export function hashOfKey(key: string | undefined): string | undefined {
  return key === undefined || hasApiKeyForm(key) ? key && hashApiKey(key) : MALFORMED;
}

export interface Guard {
  role: KeyRole;
  pace: RefusalPace;
  /** Default: the key in Authorization: Bearer. */
  keyHashOf?: KeyHashOf;
  users?: Users | undefined;
}

/**
 * Returns a hook that requires a known API key of one role and sets `request.principal`. It holds
 * refusals back if many come, but not those of keys that may be good. Problems: `missing-key`, `unknown-key` (401), `wrong-key-role` (403), `lookup-unavailable` (503).
 * @param users also accepts their access tokens; problems as {@link Users.operator}
 */
export function keyAuthentication(
  app: FastifyInstance,
  keys: ApiKeyCache,
  { role, pace, keyHashOf = bearerHash, users }: Guard,
): onRequestHookHandler {
  app.decorateRequest('principal', null);
  return (request, _reply, done) => {
    const settle = (problem: Error | undefined): void => {
      if (problem === undefined) done();
      else pace.turn(() => done(problem));
    };
    const token = users && accessToken(request);
    if (users !== undefined && token !== undefined) {
      users.operator(request, token).then((user) => {
        request.principal = user;
        done();
      }, settle);
      return;
    }
    const keyHash = keyHashOf(request);
    if (keyHash === undefined) return settle(missingKey(role));
    if (keyHash === MALFORMED) return settle(unknownKey());
    const known = keys.peek(keyHash);
    if (known !== undefined) return settle(identify(request, known.principal, role));
    keys.find(keyHash).then(
      (principal) => settle(identify(request, principal, role)),
      (error: unknown) => {
        const problem = lookupFailed(request, error);
        // A flood of made-up keys fills that lane. Otherwise the key is probably good, and its client waits for a door.
        if (error instanceof LookupOverloadError && !error.isListed) settle(problem);
        else done(problem);
      },
    );
  };
}

const bearerHash: KeyHashOf = (request) => hashOfKey(bearerKey(request));

/** RFC 6750. */
export function bearerKey({ headers: { authorization } }: Pick<FastifyRequest, 'headers'>): string | undefined {
  return authorization === undefined ? undefined : BEARER.exec(authorization)?.[1];
}

/** Whether the key of an authenticated request is still valid. Never rejects. */
export type KeyCheck = (request: FastifyRequest) => Promise<boolean>;

/** For long-lived answers, whose key or token may end while they run. If the lookup fails, the key counts as valid. */
export function keyCheck(keys: ApiKeyCache): KeyCheck {
  return async (request) => {
    if (accessToken(request) !== undefined) return Date.now() < principalOf(request).endsMs;
    const keyHash = hashApiKey(bearerKey(request) ?? '');
    const known = keys.peek(keyHash);
    try {
      const principal = known === undefined ? await keys.find(keyHash) : known.principal;
      return principal !== undefined && Date.now() < principal.endsMs;
    } catch {
      return true;
    }
  };
}

/** Sets `request.principal`. @returns a problem if the key is unknown, has ended, or has the wrong role */
function identify(request: FastifyRequest, principal: Principal | undefined, role: KeyRole): ProblemError | undefined {
  // A cached key may have ended since. The negation also rejects an unreadable end (NaN).
  if (principal === undefined || !(Date.now() < principal.endsMs)) return unknownKey();
  if (principal.role !== role) return new ProblemError('wrong-key-role', wrongRole(principal));
  request.principal = principal;
  return undefined;
}

function unknownKey(): ProblemError {
  return new ProblemError(
    'unknown-key',
    'The key was never issued, or it has been revoked or replaced. Use a current key.',
    { headers: { 'www-authenticate': 'Bearer realm="swipegate", error="invalid_token"' } },
  );
}

function wrongRole({ keyId, role }: Principal): string {
  return role === 'operator'
    ? `The key ${keyId} is an operator’s key and cannot act for a reader. Use the reader’s own key.`
    : `The key ${keyId} is a reader’s key. Use an operator’s key for this resource.`;
}

function missingKey(role: KeyRole = 'reader'): ProblemError {
  return new ProblemError('missing-key', `Send the ${role}’s key in the header Authorization: Bearer KEY.`, {
    headers: { 'www-authenticate': 'Bearer realm="swipegate"' },
  });
}

function lookupFailed(request: FastifyRequest, error: unknown): ProblemError {
  request.log.warn({ err: error }, 'API key lookup failed');
  const detail = 'The key could not be looked up. Nothing was accepted. Send the same request again.';
  return new ProblemError('lookup-unavailable', detail, { retryAfter: 1 });
}

/** Returns the principal of an authenticated request. @throws {ProblemError} `missing-key` without one */
export function principalOf(request: Pick<FastifyRequest, 'principal'>): Principal {
  if (request.principal === null) throw missingKey();
  return request.principal;
}
