import { createPrivateKey, createPublicKey, generateKeyPair, type KeyObject, randomUUID } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { calculateJwkThumbprint, exportJWK, type JWK, type JWTPayload, jwtVerify, SignJWT } from 'jose';
import type { LocalUser } from './users.js';

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
  user: LocalUser;
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
  readonly #privateKey: KeyObject;
  readonly #publicKey: KeyObject;
  readonly #kid: string;
  /** Public key in the format of RFC 7517. */
  readonly publicJwk: JWK;

  private constructor(options: TokensOptions, privateKey: KeyObject, jwk: JWK, kid: string) {
    this.#options = options;
    this.#privateKey = privateKey;
    this.#publicKey = createPublicKey(privateKey);
    this.#kid = kid;
    this.publicJwk = { ...jwk, kid, alg: 'RS256', use: 'sig' };
  }

  static async withKey(options: TokensOptions, privateKey: KeyObject): Promise<Tokens> {
    const jwk = await exportJWK(createPublicKey(privateKey));
    return new Tokens(options, privateKey, jwk, await calculateJwkThumbprint(jwk));
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

  #common(user: LocalUser, authTime: number, originJti: string): JWTPayload {
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

const newKeyPair = promisify(generateKeyPair);

/** Reads the private signing key from a file, and writes a new one if there is none. Without a file, makes a new one. */
export async function signingKey(file?: string): Promise<KeyObject> {
  const stored = file === undefined ? undefined : await readFile(file, 'utf8').catch(() => undefined);
  if (stored !== undefined) return createPrivateKey(stored);
  const { privateKey } = await newKeyPair('rsa', { modulusLength: 2_048 });
  if (file !== undefined) await writeFile(file, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
  return privateKey;
}
