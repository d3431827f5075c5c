import { compile, explain, UserId } from '@swipegate/contract';
import { errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';
import Type from 'typebox';
import { type AdminUser, rolesByTenant } from './admin-user.js';
import { type SigningKeysOptions, signingKeys } from './signing-keys.js';
import { TokenError } from './token-error.js';

export interface TokenVerifierOptions extends SigningKeysOptions {
  /** `iss`, to the letter: `https://cognito-idp.REGION.amazonaws.com/POOL`. */
  issuer: string;
  /** The app client of the console. */
  clientId: string;
  /** How far our clock and the issuer's may differ, s. Default: 30. */
  clockToleranceSeconds?: number | undefined;
  /** ms since the epoch. Default: this machine's clock. */
  now?: (() => number) | undefined;
}

/** @throws {TokenError} when the token is nobody's who may use the admin API */
export type TokenVerifier = (bearerToken: string) => Promise<AdminUser>;

/** Characters of a token. API Gateway takes 10,240 bytes of headers in all; a token of 50 groups has 3,000. */
export const LONGEST_TOKEN = 8_192;

/** A user pool's access token lasts a day at the longest. */
const LONGEST_LIFE_SECONDS = 86_400;

const COMPACT_JWS = /^[\w-]+\.[\w-]+\.[\w-]+$/;

const AccessClaims = Type.Object({
  sub: UserId,
  username: Type.String({ minLength: 1, maxLength: 128 }),
  // Left out where a user has no groups.
  'cognito:groups': Type.Optional(Type.Array(Type.String())),
});
const isAccessClaims = compile(AccessClaims);

/**
 * Verifies access tokens of a Cognito user pool, or of the local issuer, as AWS says
 * (https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-tokens-verifying-a-jwt.html):
 * RS256 with a key that the issuer publishes, its issuer, times, use and client; and that its groups are of one tenant.
 *
 * On AWS the JWT authorizer of API Gateway has done most of it before. It is done again in depth: a route that was deployed
 * without its authorizer, or a function that is invoked past the API, opens to nobody.
 *
 * A key is looked for among the issuer's alone: `jku`, `jwk`, `x5u` and `x5c` of a header are not looked at.
 */
export function createTokenVerifier(options: TokenVerifierOptions): TokenVerifier {
  const { issuer, clientId, clockToleranceSeconds = 30, now = Date.now } = options;
  const keys = signingKeys(options);
  return async (bearerToken) => {
    if (bearerToken.length > LONGEST_TOKEN || !COMPACT_JWS.test(bearerToken)) throw malformed();
    const payload = await verify(bearerToken, keys, { issuer, clockToleranceSeconds, now });
    if (payload['token_use'] !== 'access') {
      throw new TokenError('token-invalid', 'This is not an access token. Send access_token, not id_token.');
    }
    if (payload['client_id'] !== clientId) {
      throw new TokenError('token-invalid', 'The token was issued to another application. Sign in at the console.');
    }
    return userOf(payload);
  };
}

interface Expected {
  issuer: string;
  clockToleranceSeconds: number;
  now: () => number;
}

async function verify(
  token: string,
  keys: JWTVerifyGetKey,
  { issuer, clockToleranceSeconds, now }: Expected,
): Promise<JWTPayload> {
  try {
    const { payload } = await jwtVerify(token, keys, {
      algorithms: ['RS256'],
      issuer,
      requiredClaims: ['exp', 'iat', 'sub'],
      // Without it `iat` would only have to be a number.
      maxTokenAge: LONGEST_LIFE_SECONDS,
      clockTolerance: clockToleranceSeconds,
      currentDate: new Date(now()),
    });
    return payload;
  } catch (error) {
    throw asTokenError(error);
  }
}

/** jose's errors hold the claims, so none becomes a cause. */
function asTokenError(error: unknown): TokenError {
  if (error instanceof TokenError) return error;
  if (error instanceof errors.JWTExpired) {
    return new TokenError('token-expired', 'The token has expired. Get a new one with the refresh token, or sign in.');
  }
  if (error instanceof errors.JWSInvalid || error instanceof errors.JWTInvalid) return malformed();
  if (error instanceof errors.JWTClaimValidationFailed) {
    return new TokenError('token-invalid', `The token’s ${error.claim} is not as it must be. Sign in again.`);
  }
  return new TokenError('token-invalid', 'The token was not signed by the sign-in service. Sign in again.');
}

function malformed(): TokenError {
  return new TokenError(
    'token-malformed',
    `This is not a signed JWT of at most ${LONGEST_TOKEN} characters. Send the access_token as it was issued.`,
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
      `The user has roles in ${has}. Ask an admin for groups TENANT:ROLE of one tenant.`,
    );
  }
  const [tenantId, roles] = tenant;
  return { userId: payload.sub, userName: payload.username, tenantId, roles };
}
