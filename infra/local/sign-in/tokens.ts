import { randomUUID } from 'node:crypto';
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, type JWTPayload, jwtVerify, SignJWT } from 'jose';
import type { DemoUser } from './demo-users.js';

/** Lifetime of access and id tokens: the default of a user pool. */
export const TOKEN_SECONDS = 3_600;

interface TokensOptions {
  issuer: () => string;
  clientId: string;
  /** ms since the epoch. */
  now: () => number;
}

/** Sign-in of a user, shared by all its tokens. */
export interface SignIn {
  user: DemoUser;
  /** Granted scopes, separated by spaces. */
  scope: string;
  /** Time of the sign-in, s since the epoch. */
  authTime: number;
  /** Identifies the sign-in in its tokens; revocation refers to it. */
  originJti: string;
}

/**
 * Signs tokens with the claims of a user pool: access tokens
 * (https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-the-access-token.html) and id
 * tokens (https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-the-id-token.html).
 */
export class Tokens {
  readonly #options: TokensOptions;
  readonly #privateKey: CryptoKey;
  readonly #publicKey: CryptoKey;
  readonly #kid = randomUUID();
  /** Public key in the format of RFC 7517. */
  readonly publicJwk: JWK;

  private constructor(options: TokensOptions, keys: { privateKey: CryptoKey; publicKey: CryptoKey }, jwk: JWK) {
    this.#options = options;
    this.#privateKey = keys.privateKey;
    this.#publicKey = keys.publicKey;
    this.publicJwk = { ...jwk, kid: this.#kid, alg: 'RS256', use: 'sig' };
  }

  /** With a new key, tokens of earlier runs are invalid. */
  static async withNewKey(options: TokensOptions): Promise<Tokens> {
    const keys = await generateKeyPair('RS256', { modulusLength: 2_048 });
    return new Tokens(options, keys, await exportJWK(keys.publicKey));
  }

  /** Signs an access token. @param overrides claims to replace; undefined omits a claim */
  access({ user, scope, authTime, originJti }: SignIn, overrides: JWTPayload = {}): Promise<string> {
    return this.#sign({
      ...this.#common(user, authTime, originJti),
      client_id: this.#options.clientId,
      token_use: 'access',
      version: 2,
      scope,
      username: user.username,
      ...overrides,
    });
  }

  /** @param nonce nonce of the authorization request, if it had one */
  id({ user, authTime, originJti }: SignIn, nonce?: string): Promise<string> {
    return this.#sign({
      ...this.#common(user, authTime, originJti),
      aud: this.#options.clientId,
      token_use: 'id',
      name: user.name,
      email: user.email,
      email_verified: true,
      'cognito:username': user.username,
      ...(nonce === undefined ? {} : { nonce }),
    });
  }

  /** Returns the claims of an access token of this issuer. Rejects with an error of jose for an invalid one. */
  async verifyAccess(token: string): Promise<JWTPayload> {
    const { payload } = await jwtVerify(token, this.#publicKey, {
      algorithms: ['RS256'],
      issuer: this.#options.issuer(),
      currentDate: new Date(this.#options.now()),
    });
    if (payload['token_use'] !== 'access') throw new TypeError('Not an access token');
    return payload;
  }

  #common(user: DemoUser, authTime: number, originJti: string): JWTPayload {
    const iat = Math.floor(this.#options.now() / 1_000);
    return {
      iss: this.#options.issuer(),
      sub: user.sub,
      'cognito:groups': user.groups,
      auth_time: authTime,
      iat,
      exp: iat + TOKEN_SECONDS,
      origin_jti: originJti,
      jti: randomUUID(),
    };
  }

  #sign(claims: JWTPayload): Promise<string> {
    // No `typ` header: a user pool's tokens have none.
    return new SignJWT(claims).setProtectedHeader({ kid: this.#kid, alg: 'RS256' }).sign(this.#privateKey);
  }
}
