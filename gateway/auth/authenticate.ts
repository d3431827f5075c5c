import { hashApiKey, type KeyRole } from '@swipegate/contract';
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
 * A hook that lets only requests with a known API key of one role pass (RFC 6750 bearer), and remembers whose it is.
 * Problems: `missing-key`, `unknown-key` (401), `wrong-key-role` (403), `lookup-unavailable` (503).
 */
export function bearerAuthentication(app: FastifyInstance, keys: ApiKeyCache, role: KeyRole): onRequestHookHandler {
  app.decorateRequest('principal', null);
  return (request, _reply, done) => {
    const key = keyOf(request);
    if (key === undefined) return done(missingKey(role));
    const keyHash = hashApiKey(key);
    const known = keys.peek(keyHash);
    if (known !== undefined) return done(identify(request, known.principal, role));
    lookUp(request, keys, keyHash).then((principal) => done(identify(request, principal, role)), done);
  };
}

function keyOf({ headers: { authorization } }: FastifyRequest): string | undefined {
  return authorization === undefined ? undefined : BEARER.exec(authorization)?.[1];
}

/** Whether the key of a request that was let in is honoured still; never rejects. */
export type KeyCheck = (request: FastifyRequest) => Promise<boolean>;

/** For answers that go on for long: their key may end meanwhile. While the directory cannot be asked, it has not ended. */
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

/** Remembers whose request it is. @returns what is wrong, if it is nobody's who may make it */
function identify(request: FastifyRequest, principal: Principal | undefined, role: KeyRole): ProblemError | undefined {
  // Not by the cache alone: it may have looked the key up before its end. An end that is no time (NaN) is in the past.
  if (principal === undefined || !(Date.now() < principal.endsMs)) {
    return new ProblemError(
      'unknown-key',
      'This key was never issued, or it has been withdrawn, or replaced by another.',
      {
        headers: { 'www-authenticate': 'Bearer realm="swipegate", error="invalid_token"' },
      },
    );
  }
  if (principal.role !== role) return new ProblemError('wrong-key-role', wrongRole(principal));
  request.principal = principal;
  return undefined;
}

function wrongRole({ keyId, role }: Principal): string {
  return role === 'operator'
    ? `The key ${keyId} is an operator’s, which posts nothing and speaks for no reader. Use the reader’s own key.`
    : `The key ${keyId} speaks for readers. Use an operator’s key to read what happened.`;
}

function missingKey(role: KeyRole = 'reader'): ProblemError {
  return new ProblemError('missing-key', `Send the ${role}’s key as Authorization: Bearer KEY.`, {
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
      'The key could not be looked up; nothing was accepted. Send the same again.',
      {
        retryAfter: 1,
      },
    );
  }
}

/** The principal of an authenticated request. */
export function principalOf(request: FastifyRequest): Principal {
  if (request.principal === null) throw missingKey();
  return request.principal;
}
