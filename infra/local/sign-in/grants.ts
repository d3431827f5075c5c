import { createHash, randomUUID, timingSafeEqual } from 'node:crypto';
import type { AuthorizationRequest } from './authorization-request.js';
import type { DemoUser } from './demo-users.js';
import { Expiring } from './expiring.js';
import { OAuthError } from './oauth-error.js';
import { type SignIn, TOKEN_SECONDS } from './tokens.js';

export const CODE_MS = 60_000;
/** As a user pool has it unless told otherwise. */
export const REFRESH_MS = 30 * 86_400_000;

interface Grant extends SignIn {
  /** Of the newest refresh token and of all after it, ms since the epoch: rotation does not prolong it. */
  refreshUntil: number;
}

interface Code {
  grant: Grant;
  request: AuthorizationRequest;
  isUsed: boolean;
}

interface RefreshToken {
  grant: Grant;
  isUsed: boolean;
}

/** What a code or a refresh token is exchanged for. */
export interface Exchanged {
  signIn: SignIn;
  refreshToken: string;
  /** Of the authorization request. A refreshed id token has none (OpenID Connect Core, section 12.2). */
  nonce: string | undefined;
}

const VERIFIER = /^[A-Za-z0-9._~-]{43,128}$/;

/**
 * Authorization codes and refresh tokens. Each works once; who shows one again may have stolen it, or was stolen from, so all
 * that came of its sign-in ends (RFC 6749, section 4.1.2; RFC 9700, section 4.14.2). A user pool does the latter where refresh
 * token rotation is on, with no grace period
 * (https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-the-refresh-token.html).
 */
export class Grants {
  readonly #now: () => number;
  readonly #codes: Expiring<Code>;
  readonly #refreshTokens: Expiring<RefreshToken>;
  /** Until when each need be remembered, ms since the epoch, by `origin_jti`. */
  readonly #revoked = new Map<string, number>();

  /** @param now ms since the epoch */
  constructor(now: () => number) {
    this.#now = now;
    this.#codes = new Expiring({ ttlMs: CODE_MS, now });
    this.#refreshTokens = new Expiring({ ttlMs: REFRESH_MS, now });
  }

  /** A new code. @param authTime s since the epoch */
  codeFor(user: DemoUser, request: AuthorizationRequest, authTime: number): string {
    const { scope } = request;
    const refreshUntil = this.#now() + REFRESH_MS;
    return this.#codes.add({
      grant: { user, scope, authTime, originJti: randomUUID(), refreshUntil },
      request,
      isUsed: false,
    });
  }

  /** @throws {OAuthError} `invalid_grant` */
  exchangeCode(code: string, redirectUri: string, codeVerifier: string): Exchanged {
    const found = this.#codes.get(code);
    if (found === undefined) throw invalidGrant('The code is not known, or older than a minute.');
    const { grant, request } = found;
    if (found.isUsed) {
      this.#revoke(grant);
      throw invalidGrant('The code was used before: all that came of it is revoked.');
    }
    found.isUsed = true;
    if (request.redirectUri !== redirectUri)
      throw invalidGrant('redirect_uri is not that of the authorization request.');
    if (!isVerified(codeVerifier, request.codeChallenge)) {
      throw invalidGrant('code_verifier is not that of the code_challenge.');
    }
    return { signIn: grant, refreshToken: this.#refreshTokenFor(grant), nonce: request.nonce };
  }

  /** @throws {OAuthError} `invalid_grant` */
  exchangeRefreshToken(refreshToken: string): Exchanged {
    const found = this.#refreshTokens.get(refreshToken);
    if (found === undefined || this.isRevoked(found.grant.originJti)) {
      throw invalidGrant('The refresh token is not known, has expired or was revoked.');
    }
    if (found.isUsed) {
      this.#revoke(found.grant);
      throw invalidGrant('The refresh token was used before: all that came of its sign-in is revoked.');
    }
    found.isUsed = true;
    return { signIn: found.grant, refreshToken: this.#refreshTokenFor(found.grant), nonce: undefined };
  }

  /** Ends a sign-in. Nothing happens for a token that is not known (RFC 7009, section 2.2). */
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
