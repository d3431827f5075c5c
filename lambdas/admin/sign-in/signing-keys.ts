import { createLocalJWKSet, createRemoteJWKSet, errors, type JWTVerifyGetKey } from 'jose';
import { TokenError } from './token-error.js';

export interface SigningKeysOptions {
  /** URL of the issuer's key set (RFC 7517); for a user pool `ISSUER/.well-known/jwks.json`. */
  jwksUri: string;
  /** Minimum time between two fetches caused by an unknown `kid`, ms. Default: 30 s. */
  keyCooldownMs?: number | undefined;
  /** Age at which keys are fetched again, ms. Default: 10 min. */
  keyMaxAgeMs?: number | undefined;
}

const FETCH_MS = 3_000;

/**
 * Returns a lookup of the issuer's public keys. During an outage of the issuer, the last fetched keys stay in use, so
 * users remain signed in. The risk is small: keys rotate rarely, and a key withdrawn during the outage matters only
 * if its private half was stolen.
 *
 * The lookup throws {@link TokenError} `keys-unavailable` if it has no key for a token and the issuer does not answer.
 */
export function signingKeys({
  jwksUri,
  keyCooldownMs = 30_000,
  keyMaxAgeMs = 600_000,
}: SigningKeysOptions): JWTVerifyGetKey {
  const remote = createRemoteJWKSet(new URL(jwksUri), {
    cooldownDuration: keyCooldownMs,
    cacheMaxAge: keyMaxAgeMs,
    timeoutDuration: FETCH_MS,
  });
  // During an outage, requests use these keys until the cooldown ends instead of waiting for a fetch that fails.
  let outage: { keys: JWTVerifyGetKey; until: number; cause: unknown } | undefined;
  return async (header, token) => {
    if (outage === undefined || performance.now() >= outage.until) {
      try {
        const key = await remote(header, token);
        outage = undefined;
        return key;
      } catch (cause) {
        if (isAboutTheToken(cause)) throw cause;
        const last = remote.jwks();
        if (last === undefined) throw unavailable(cause);
        outage = { keys: createLocalJWKSet(last), until: performance.now() + keyCooldownMs, cause };
      }
    }
    const { keys, cause } = outage;
    try {
      return await keys(header, token);
    } catch {
      throw unavailable(cause);
    }
  };
}

function unavailable(cause: unknown): TokenError {
  return new TokenError(
    'keys-unavailable',
    'The signing keys of the sign-in service cannot be fetched. Send the request again in a moment.',
    { cause },
  );
}

/** Whether keys were fetched, but none fits the token. */
function isAboutTheToken(error: unknown): boolean {
  return (
    error instanceof errors.JWKSNoMatchingKey ||
    error instanceof errors.JWKSMultipleMatchingKeys ||
    error instanceof errors.JOSENotSupported
  );
}
