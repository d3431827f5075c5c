import * as oauth from 'oauth4webapi';
import type { Config } from './config.js';

/** Renewed this long before the access token ends, ms. */
const EARLY_MS = 60_000;
const SCOPE = 'openid profile';
/** Of a sign-in that is under way: the verifier, and what the answer must have. Worth nothing once it is used. */
const UNDER_WAY = 'swipegate-sign-in';
/** That somebody is signed in, not who: a reload goes straight to the hosted UI, whose session signs them in again. */
const SIGNED_IN = 'swipegate-signed-in';

export class SignInError extends Error {
  override readonly name = 'SignInError';
  readonly code: 'SIGN_IN_FAILED' | 'ISSUER_UNREACHABLE';

  constructor(code: SignInError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

interface UnderWay {
  state: string;
  nonce: string;
  verifier: string;
  /** The hash to go back to. */
  route: string;
}

interface Tokens {
  accessToken: string;
  refreshToken: string | undefined;
  /** ms since the epoch. */
  endsAtMs: number;
}

/**
 * Signs a user in: OpenID Connect, authorization code with PKCE (RFC 7636), as RFC 9700 and the BCP for browser-based
 * applications have it. On AWS the issuer is a Cognito user pool
 * (https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-userpools-server-contract-reference.html).
 *
 * Both tokens are in memory alone. The refresh token is not even in sessionStorage: a script of another's would find it there,
 * and a browser copies that storage when a tab is duplicated, so that two tabs would show the issuer the same refresh token,
 * which it takes for a theft and ends both. Who reloads the page is signed in again by the hosted UI's own session instead.
 */
export class SignIn {
  readonly #config: Config;
  readonly #client: oauth.Client;
  #server: Promise<oauth.AuthorizationServer> | undefined;
  #tokens: Tokens | undefined;
  #renewing: Promise<boolean> | undefined;

  constructor(config: Config) {
    this.#config = config;
    this.#client = { client_id: config.clientId };
  }

  /** Whether the page was signed in before it was loaded anew. */
  get wasSignedIn(): boolean {
    return sessionStorage.getItem(SIGNED_IN) !== null;
  }

  /** Leaves the page for the hosted UI, which leads back to it. @param route hash to come back to */
  async begin(route: string): Promise<void> {
    const server = await this.#discovered();
    const underWay: UnderWay = {
      state: oauth.generateRandomState(),
      nonce: oauth.generateRandomNonce(),
      verifier: oauth.generateRandomCodeVerifier(),
      route,
    };
    const url = new URL(server.authorization_endpoint ?? '');
    const parameters = {
      response_type: 'code',
      client_id: this.#config.clientId,
      redirect_uri: pageUrl(),
      scope: SCOPE,
      state: underWay.state,
      nonce: underWay.nonce,
      code_challenge: await oauth.calculatePKCECodeChallenge(underWay.verifier),
      code_challenge_method: 'S256',
    };
    for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
    sessionStorage.setItem(UNDER_WAY, JSON.stringify(underWay));
    location.assign(url);
  }

  /**
   * Takes the hosted UI's answer from the page's address, and its tokens for it.
   * @returns the hash to go back to; undefined where there is no answer
   * @throws {SignInError}
   */
  async complete(): Promise<string | undefined> {
    const address = new URL(location.href);
    if (!address.searchParams.has('state')) return undefined;
    // The code does not stay in the address, nor in the history.
    history.replaceState(null, '', pageUrl());
    const underWay = takeUnderWay();
    if (underWay === undefined) throw failed('This tab did not begin the sign-in.');
    const server = await this.#discovered();
    try {
      const parameters = oauth.validateAuthResponse(server, this.#client, address, underWay.state);
      const answer = await oauth.authorizationCodeGrantRequest(
        server,
        this.#client,
        oauth.None(),
        parameters,
        pageUrl(),
        underWay.verifier,
        this.#insecure(),
      );
      const tokens = await oauth.processAuthorizationCodeResponse(server, this.#client, answer, {
        expectedNonce: underWay.nonce,
        requireIdToken: true,
      });
      this.#take(tokens);
    } catch (error) {
      sessionStorage.removeItem(SIGNED_IN);
      throw failed(reasonOf(error), { cause: error });
    }
    sessionStorage.setItem(SIGNED_IN, '1');
    return underWay.route;
  }

  /** The access token, renewed where it is about to end; undefined where nobody is signed in. */
  async accessToken(): Promise<string | undefined> {
    if (this.#tokens !== undefined && this.#tokens.endsAtMs - EARLY_MS < Date.now()) await this.renew();
    return this.#tokens?.accessToken;
  }

  /** Exchanges the refresh token, once for all who ask at the same time. @returns false where only a new sign-in helps */
  renew(): Promise<boolean> {
    this.#renewing ??= this.#exchangeRefreshToken().finally(() => {
      this.#renewing = undefined;
    });
    return this.#renewing;
  }

  /** Ends the session here and at the hosted UI, which leads back to the page. */
  async signOut(): Promise<void> {
    const server = await this.#discovered();
    await this.#revoke(server);
    this.#tokens = undefined;
    sessionStorage.clear();
    // Cognito's takes logout_uri, where OpenID Connect's own has post_logout_redirect_uri
    // (https://docs.aws.amazon.com/cognito/latest/developerguide/logout-endpoint.html).
    const url = new URL(server.end_session_endpoint ?? new URL('/logout', server.authorization_endpoint));
    url.searchParams.set('client_id', this.#config.clientId);
    url.searchParams.set('logout_uri', pageUrl());
    location.assign(url);
  }

  /** The hosted UI's own sign-out leaves the refresh token good. Whether that worked is nothing that the user could do about. */
  async #revoke(server: oauth.AuthorizationServer): Promise<void> {
    const refreshToken = this.#tokens?.refreshToken;
    if (refreshToken === undefined || server.revocation_endpoint === undefined) return;
    await oauth
      .revocationRequest(server, this.#client, oauth.None(), refreshToken, this.#insecure())
      .catch(() => undefined);
  }

  async #exchangeRefreshToken(): Promise<boolean> {
    const refreshToken = this.#tokens?.refreshToken;
    if (refreshToken === undefined) return false;
    try {
      const server = await this.#discovered();
      const answer = await oauth.refreshTokenGrantRequest(
        server,
        this.#client,
        oauth.None(),
        refreshToken,
        this.#insecure(),
      );
      const tokens = await oauth.processRefreshTokenResponse(server, this.#client, answer);
      // Without rotation there is no new one, and the old one stays.
      this.#take({ refresh_token: refreshToken, ...tokens });
      return true;
    } catch {
      return false;
    }
  }

  #take({ access_token, refresh_token, expires_in = 0 }: Tokened): void {
    this.#tokens = {
      accessToken: access_token,
      refreshToken: refresh_token,
      endsAtMs: Date.now() + expires_in * 1_000,
    };
  }

  #discovered(): Promise<oauth.AuthorizationServer> {
    this.#server ??= this.#discover();
    return this.#server;
  }

  async #discover(): Promise<oauth.AuthorizationServer> {
    try {
      const issuer = new URL(this.#config.issuer);
      const answer = await oauth.discoveryRequest(issuer, this.#insecure());
      return await oauth.processDiscoveryResponse(issuer, answer);
    } catch (error) {
      this.#server = undefined;
      throw new SignInError('ISSUER_UNREACHABLE', 'The sign-in service does not answer.', { cause: error });
    }
  }

  /** Without TLS only on this machine, where the local issuer is. */
  #insecure() {
    return {
      [oauth.allowInsecureRequests]: /^http:\/\/(127\.0\.0\.1|localhost|\[::1\])(:|\/|$)/.test(this.#config.issuer),
    };
  }
}

type Tokened = Pick<oauth.TokenEndpointResponse, 'access_token' | 'refresh_token' | 'expires_in'>;

/** The page's own address without what follows it: registered with the issuer to the letter. */
function pageUrl(): string {
  return new URL('.', location.href).href;
}

function takeUnderWay(): UnderWay | undefined {
  const kept = sessionStorage.getItem(UNDER_WAY);
  sessionStorage.removeItem(UNDER_WAY);
  if (kept === null) return undefined;
  const underWay: UnderWay = JSON.parse(kept);
  return underWay;
}

function failed(reason: string, options?: ErrorOptions): SignInError {
  return new SignInError('SIGN_IN_FAILED', `Nobody is signed in. ${reason}`, options);
}

function reasonOf(error: unknown): string {
  if (error instanceof oauth.AuthorizationResponseError || error instanceof oauth.ResponseBodyError) {
    return error.error_description ?? error.error;
  }
  return 'The sign-in service’s answer is not one to this page.';
}
