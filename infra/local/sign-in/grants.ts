import { createHash, randomUUID, timingSafeEqual } from 'node:crypto';
import { ExpiringMap } from './expiring-map.js';
import { type AuthorizationRequest, OAuthError } from './oauth.js';
import { type SignIn, TOKEN_SECONDS } from './tokens.js';
import type { LocalUser } from './users.js';

const CODE_MS = 60_000;
/** Default of a user pool. */
const REFRESH_MS = 30 * 86_400_000;

interface Grant extends SignIn {
  /** Expiry of all refresh tokens of this sign-in, ms since the epoch. Rotation does not extend it. */
  refreshUntil: number;
}

interface RefreshToken {
  grant: Grant;
  isUsed: boolean;
}

interface Code extends RefreshToken {
  request: AuthorizationRequest;
}

export interface Exchanged {
  signIn: SignIn;
  refreshToken: string;
  /** Nonce of the authorization request. A refreshed id token has none (OpenID Connect Core, section 12.2). */
  nonce: string | undefined;
}

const VERIFIER = /^[A-Za-z0-9._~-]{43,128}$/;

/**
 * Authorization codes and refresh tokens. Each works once; a second use indicates theft and revokes all tokens of the
 * sign-in (RFC 6749, section 4.1.2; RFC 9700, section 4.14.2), as in a user pool with rotation and no grace period
 * (https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-the-refresh-token.html).
 */
export class Grants {
  readonly #now: () => number;
  readonly #codes: ExpiringMap<Code>;
  readonly #refreshTokens: ExpiringMap<RefreshToken>;
  /** End of revocation, ms since the epoch, by `origin_jti`: then no token of the sign-in is valid any more. */
  readonly #revoked = new Map<string, number>();

  /** @param now ms since the epoch */
  constructor(now: () => number) {
    this.#now = now;
    this.#codes = new ExpiringMap({ ttlMs: CODE_MS, now });
    this.#refreshTokens = new ExpiringMap({ ttlMs: REFRESH_MS, now });
  }

  /** Issues a new code. @param authTime s since the epoch */
  codeFor(user: LocalUser, request: AuthorizationRequest, authTime: number): string {
    const refreshUntil = this.#now() + REFRESH_MS;
    const grant = { user, scope: request.scope, authTime, originJti: randomUUID(), refreshUntil };
    return this.#codes.add({ grant, request, isUsed: false });
  }

  /** @throws {OAuthError} `invalid_grant` */
  exchangeCode(code: string, redirectUri: string, codeVerifier: string): Exchanged {
    const found = this.#codes.get(code);
    if (found === undefined) throw invalidGrant('The code is unknown or older than a minute.');
    const { grant, request } = found;
    if (found.isUsed) {
      this.#revoke(grant);
      throw invalidGrant('The code was already used. All its tokens are revoked.');
    }
    found.isUsed = true;
    if (request.redirectUri !== redirectUri)
      throw invalidGrant('redirect_uri differs from that of the authorization request.');
    if (!isVerified(codeVerifier, request.codeChallenge)) {
      throw invalidGrant('code_verifier does not match code_challenge.');
    }
    return { signIn: grant, refreshToken: this.#refreshTokenFor(grant), nonce: request.nonce };
  }

  /** @throws {OAuthError} `invalid_grant` */
  exchangeRefreshToken(refreshToken: string): Exchanged {
    const found = this.#refreshTokens.get(refreshToken);
    if (found === undefined || this.isRevoked(found.grant.originJti)) {
      throw invalidGrant('The refresh token is unknown, expired or revoked.');
    }
    if (found.isUsed) {
      this.#revoke(found.grant);
      throw invalidGrant('The refresh token was already used. All tokens of its sign-in are revoked.');
    }
    found.isUsed = true;
    return { signIn: found.grant, refreshToken: this.#refreshTokenFor(found.grant), nonce: undefined };
  }

  /** Revokes a sign-in. Ignores an unknown token (RFC 7009, section 2.2). */
  revoke(refreshToken: string): void {
    const found = this.#refreshTokens.get(refreshToken);
    if (found !== undefined) this.#revoke(found.grant);
  }

  isRevoked(originJti: unknown): boolean {
    return typeof originJti === 'string' && this.#revoked.has(originJti);
  }

  #refreshTokenFor(grant: Grant): string {
    return this.#refreshTokens.add({ grant, isUsed: false }, Math.max(1, grant.refreshUntil - this.#now()));
  }

  #revoke({ originJti, refreshUntil }: Grant): void {
    for (const [name, until] of this.#revoked) if (until < this.#now()) this.#revoked.delete(name);
    this.#revoked.set(originJti, refreshUntil + TOKEN_SECONDS * 1_000);
  }
}

function isVerified(codeVerifier: string, codeChallenge: string): boolean {
  if (!VERIFIER.test(codeVerifier)) return false;
  const digest = createHash('sha256').update(codeVerifier).digest('base64url');
  return timingSafeEqual(Buffer.from(digest), Buffer.from(codeChallenge));
}

function invalidGrant(description: string): OAuthError {
  return new OAuthError('invalid_grant', description);
}
