import { type AdminRole, compile, explain, roleOfGroup, UserId } from '@swipegate/contract';
import {
  createLocalJWKSet,
  createRemoteJWKSet,
  customFetch,
  errors,
  type JSONWebKeySet,
  type JWTPayload,
  type JWTVerifyGetKey,
  jwtVerify,
} from 'jose';
import Type from 'typebox';

export interface AdminUser {
  /** `sub` claim: unchanged when the user is renamed. */
  userId: string;
  userName: string;
  tenantId: string;
  roles: ReadonlySet<AdminRole>;
  /** End of the token's validity, ms since the epoch. */
  endsMs: number;
}

export type TokenErrorCode = 'token-malformed' | 'token-expired' | 'token-invalid' | 'no-tenant' | 'keys-unavailable';

/** Neither message nor cause contains any part of the token: a reader of logs must not be able to act as a user. */
export class TokenError extends Error {
  override readonly name = 'TokenError';
  readonly code: TokenErrorCode;

  constructor(code: TokenErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

export interface TokenVerifierOptions {
  /** URL of the issuer's key set (RFC 7517); for a user pool `ISSUER/.well-known/jwks.json`. */
  jwksUri: string;
  /** Gets the key set in place of `jwksUri`. */
  fetchKeys?: (() => Promise<Response>) | undefined;
  /** Gets the key set with which a token was verified. Never rejects. */
  onKeys?: ((keys: JSONWebKeySet) => Promise<void>) | undefined;
  /** Minimum time between two fetches caused by an unknown `kid`, ms. Default: 30 s. */
  keyCooldownMs?: number | undefined;
  /** Age at which keys are fetched again, ms. Default: 10 min. */
  keyMaxAgeMs?: number | undefined;
  /** Must equal the `iss` claim exactly: `https://cognito-idp.REGION.amazonaws.com/POOL`. */
  issuer: string;
  /** The app client of the console. */
  clientId: string;
  /** Allowed difference between our clock and the issuer's, s. Default: 30. */
  clockToleranceSeconds?: number | undefined;
  /** ms since the epoch. Default: this machine's clock. */
  now?: (() => number) | undefined;
}

/** @throws {TokenError} if the token is invalid, or its user may not use the admin API */
export type TokenVerifier = (bearerToken: string) => Promise<AdminUser>;

/** URL of the key set of an issuer, as user pools have it. */
export function keySetOf(issuer: string): string {
  return `${issuer}/.well-known/jwks.json`;
}

/** Maximum length, characters. API Gateway allows 10,240 bytes of headers in all; a token with 50 groups has 3,000. */
export const LONGEST_TOKEN = 8_192;

/** Longest lifetime of a user pool's access token: one day. */
const LONGEST_LIFE_SECONDS = 86_400;

const COMPACT_JWS = /^[\w-]+\.[\w-]+\.[\w-]+$/;

const AccessClaims = Type.Object({
  sub: UserId,
  exp: Type.Number(),
  username: Type.String({ minLength: 1, maxLength: 128 }),
  // Missing if the user has no groups.
  'cognito:groups': Type.Optional(Type.Array(Type.String())),
});
const isAccessClaims = compile(AccessClaims);

/**
 * Verifies access tokens of a Cognito user pool or of the local issuer, as AWS describes
 * (https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-tokens-verifying-a-jwt.html).
 * Ignores the headers `jku`, `jwk`, `x5u` and `x5c`. API Gateway's authorizer checks most of this first; this check
 * covers a route deployed without its authorizer, and a direct invocation of the function.
 */
export function createTokenVerifier(options: TokenVerifierOptions): TokenVerifier {
  const { issuer, clientId, clockToleranceSeconds = 30, now = Date.now } = options;
  const keys = signingKeys(options);
  return async (bearerToken) => {
    if (bearerToken.length > LONGEST_TOKEN || !COMPACT_JWS.test(bearerToken)) throw malformed();
    const { payload } = await jwtVerify(bearerToken, keys, {
      algorithms: ['RS256'],
      issuer,
      requiredClaims: ['exp', 'iat', 'sub'],
      // Without this, jose accepts any number as `iat`.
      maxTokenAge: LONGEST_LIFE_SECONDS,
      clockTolerance: clockToleranceSeconds,
      currentDate: new Date(now()),
    }).catch((error: unknown) => {
      throw asTokenError(error);
    });
    if (payload['token_use'] !== 'access') {
      throw new TokenError('token-invalid', 'This is not an access token. Send access_token, not id_token.');
    }
    if (payload['client_id'] !== clientId) {
      throw new TokenError('token-invalid', 'The token was issued to another application. Sign in at the console.');
    }
    return userOf(payload);
  };
}

/** Never sets jose's error as the cause: it contains the claims. */
function asTokenError(error: unknown): TokenError {
  if (error instanceof TokenError) return error;
  if (error instanceof errors.JWTExpired) {
    return new TokenError('token-expired', 'The token has expired. Get a new one with the refresh token, or sign in.');
  }
  if (error instanceof errors.JWSInvalid || error instanceof errors.JWTInvalid) return malformed();
  if (error instanceof errors.JWTClaimValidationFailed) {
    return new TokenError('token-invalid', `The token’s ${error.claim} is missing or invalid. Sign in again.`);
  }
  return new TokenError('token-invalid', 'The token was not signed by the sign-in service. Sign in again.');
}

function malformed(): TokenError {
  return new TokenError(
    'token-malformed',
    `The token is not a signed JWT of at most ${LONGEST_TOKEN} characters. Send the access_token as it was issued.`,
  );
}

function userOf(payload: JWTPayload): AdminUser {
  if (!isAccessClaims(payload)) {
    const { field, reason } = explain(isAccessClaims.errors);
    throw new TokenError('token-invalid', `The token’s ${field} ${reason}. Sign in again.`);
  }
  const tenants = Array.from(rolesByTenant(payload['cognito:groups'] ?? []));
  const [tenant] = tenants;
  if (tenant === undefined || tenants.length > 1) {
    const has = tenant === undefined ? 'no tenant' : 'several tenants';
    throw new TokenError(
      'no-tenant',
      `The user has roles in ${has}. Ask an admin for groups TENANT:ROLE of exactly one tenant.`,
    );
  }
  const [tenantId, roles] = tenant;
  return { userId: payload.sub, userName: payload.username, tenantId, roles, endsMs: payload.exp * 1_000 };
}

function rolesByTenant(groups: readonly string[]): Map<string, Set<AdminRole>> {
  const tenants = new Map<string, Set<AdminRole>>();
  for (const group of groups) {
    const found = roleOfGroup(group);
    if (found === undefined) continue;
    const { tenantId, role } = found;
    tenants.set(tenantId, (tenants.get(tenantId) ?? new Set()).add(role));
  }
  return tenants;
}

/**
 * During an outage of the issuer, the last fetched keys stay in use, so users remain signed in. The risk is small: keys
 * rotate rarely, and a withdrawn one matters only if it was stolen. Throws `keys-unavailable` without a fitting key.
 */
function signingKeys(options: TokenVerifierOptions): JWTVerifyGetKey {
  const { jwksUri, fetchKeys, onKeys, keyCooldownMs = 30_000, keyMaxAgeMs = 600_000 } = options;
  const remote = createRemoteJWKSet(new URL(jwksUri), {
    cooldownDuration: keyCooldownMs,
    cacheMaxAge: keyMaxAgeMs,
    timeoutDuration: 3_000,
    ...(fetchKeys && { [customFetch]: fetchKeys }),
  });
  // During an outage, requests use these keys until the cooldown ends instead of waiting for a fetch that fails.
  let outage: { keys: JWTVerifyGetKey; until: number; cause: unknown } | undefined;
  return async (header, token) => {
    if (outage === undefined || performance.now() >= outage.until) {
      try {
        const key = await remote(header, token);
        outage = undefined;
        const keys = remote.jwks();
        if (keys !== undefined) await onKeys?.(keys);
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
