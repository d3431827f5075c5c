import { randomUUID } from 'node:crypto';
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, type JWTPayload, jwtVerify, SignJWT } from 'jose';
import type { DemoUser } from './demo-users.js';

/** Of access and id token, as a user pool has it unless told otherwise. */
export const TOKEN_SECONDS = 3_600;

export interface TokensOptions {
  issuer: () => string;
  clientId: string;
  /** ms since the epoch. */
  now: () => number;
}

/** One sign-in of a user, to which all tokens that come of it belong. */
export interface SignIn {
  user: DemoUser;
  /** Granted, space between. */
  scope: string;
  /** When the user chose to be who they are, s since the epoch. */
  authTime: number;
  /** Names the sign-in in its tokens: what is revoked, is revoked by it. */
  originJti: string;
}

/**
 * Signs what a user pool signs, with the claims it gives them: access token
 * (https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-the-access-token.html) and id
 * token (https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-the-id-token.html).
 */
export class Tokens {
  readonly #options: TokensOptions;
  readonly #privateKey: CryptoKey;
  readonly #publicKey: CryptoKey;
  readonly #kid: string;
  /** As RFC 7517 publishes it. */
  readonly publicJwk: JWK;

  private constructor(options: TokensOptions, keys: { privateKey: CryptoKey; publicKey: CryptoKey }, jwk: JWK) {
    this.#options = options;
    this.#privateKey = keys.privateKey;
    this.#publicKey = keys.publicKey;
    this.#kid = randomUUID();
    this.publicJwk = { ...jwk, kid: this.#kid, alg: 'RS256', use: 'sig' };
  }

  /** With a key of its own: what another run signed is nobody's any more. */
  static async withNewKey(options: TokensOptions): Promise<Tokens> {
    const keys = await generateKeyPair('RS256', { modulusLength: 2_048 });
    return new Tokens(options, keys, await exportJWK(keys.publicKey));
  }

  /** @param overrides claims to be otherwise; undefined leaves one out */
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

  /** @param nonce of the authorization request, where it had one */
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

  /** The claims of an access token of ours. Rejects with jose's errors for anything else. */
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
    // No typ: a user pool's tokens have none.
    return new SignJWT(claims).setProtectedHeader({ kid: this.#kid, alg: 'RS256' }).sign(this.#privateKey);
  }
}
