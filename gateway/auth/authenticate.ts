import { hasApiKeyForm, hashApiKey, type KeyRole } from '@swipegate/contract';
import { ProblemError } from '@swipegate/http/problem-details';
import type { FastifyInstance, FastifyRequest, onRequestHookHandler } from 'fastify';
import type { ApiKeyCache, Principal } from './api-key-directory.js';

declare module 'fastify' {
  interface FastifyRequest {
    principal: Principal | null;
  }
}

const BEARER = /^Bearer +([\x21-\x7e]{1,256})$/i;

/**
 * Returns a hook that requires a known API key of one role (RFC 6750 bearer) and sets `request.principal`.
 * Problems: `missing-key`, `unknown-key` (401), `wrong-key-role` (403), `lookup-unavailable` (503).
 */
export function bearerAuthentication(app: FastifyInstance, keys: ApiKeyCache, role: KeyRole): onRequestHookHandler {
  app.decorateRequest('principal', null);
  return (request, _reply, done) => {
    const key = keyOf(request);
    if (key === undefined) return done(missingKey(role));
    // Text that cannot be a key costs neither a hash nor a look-up.
    if (!hasApiKeyForm(key)) return done(unknownKey());
    const keyHash = hashApiKey(key);
    const known = keys.peek(keyHash);
    if (known !== undefined) return done(identify(request, known.principal, role));
    lookUp(request, keys, keyHash).then((principal) => done(identify(request, principal, role)), done);
  };
}

function keyOf({ headers: { authorization } }: FastifyRequest): string | undefined {
  return authorization === undefined ? undefined : BEARER.exec(authorization)?.[1];
}

/** Whether the key of an authenticated request is still valid. Never rejects. */
export type KeyCheck = (request: FastifyRequest) => Promise<boolean>;

/** For long-lived answers, whose key may end while they run. If the lookup fails, the key counts as valid. */
export function keyCheck(keys: ApiKeyCache): KeyCheck {
  return async (request) => {
    const keyHash = hashApiKey(keyOf(request) ?? '');
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

async function lookUp(request: FastifyRequest, keys: ApiKeyCache, keyHash: string): Promise<Principal | undefined> {
  try {
    return await keys.find(keyHash);
  } catch (error) {
    request.log.warn({ err: error }, 'API key lookup failed');
    throw new ProblemError(
      'lookup-unavailable',
      'The key could not be looked up. Nothing was accepted. Send the same request again.',
      { retryAfter: 1 },
    );
  }
}

/** Returns the principal of an authenticated request. @throws {ProblemError} `missing-key` without one */
export function principalOf(request: FastifyRequest): Principal {
  if (request.principal === null) throw missingKey();
  return request.principal;
}
