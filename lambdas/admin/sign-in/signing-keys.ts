import { createLocalJWKSet, createRemoteJWKSet, errors, type JWTVerifyGetKey } from 'jose';
import { TokenError } from './token-error.js';

export interface SigningKeysOptions {
  /** Where the issuer publishes its keys (RFC 7517), for a user pool `ISSUER/.well-known/jwks.json`. */
  jwksUri: string;
  /** A made-up `kid` makes us ask for new keys at most this often, ms. Default: 30 s. */
  keyCooldownMs?: number | undefined;
  /** Keys are asked for anew when they are this old, ms. Default: 10 min. */
  keyMaxAgeMs?: number | undefined;
}

const FETCH_MS = 3_000;

/**
 * The issuer's public keys. An outage of the issuer does not sign anybody out: keys that were fetched once serve until they
 * can be fetched again. They are public and change by the month, and a key that an issuer withdrew in that very outage would
 * have to be known to a thief to matter.
 *
 * @throws {TokenError} `keys-unavailable` when there is no key for a token and the issuer cannot be asked for it.
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
  // Not every request of an outage waits for a fetch that fails.
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
    'The keys of the sign-in service cannot be fetched now. Send the same again in a moment.',
    { cause },
  );
}

/** Whether keys were there and none was the token's. */
function isAboutTheToken(error: unknown): boolean {
  return (
    error instanceof errors.JWKSNoMatchingKey ||
    error instanceof errors.JWKSMultipleMatchingKeys ||
    error instanceof errors.JOSENotSupported
  );
}
