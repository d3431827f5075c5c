import * as oauth from 'oauth4webapi';
import type { Config } from './config.js';

/** Time before its expiry at which the access token is renewed, ms. */
const EARLY_MS = 60_000;
const SCOPE = 'openid profile';
const LOCAL_ISSUER = /^http:\/\/(127\.0\.0\.1|localhost|\[::1\])(:|\/|$)/;
/** Storage key of a sign-in in progress: the verifier and the expected state and nonce. Useless after one use. */
const UNDER_WAY = 'swipegate-sign-in';
/**
 * Storage key of a random mark of a signed-in browser. With it, a reload or a new tab goes straight to the hosted UI. A
 * sign-out removes it, which ends the session in every tab. It does not name the user.
 */
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
  /** Hash to return to. */
  route: string;
}

/** Tokens of a signed-in user. */
export interface Session {
  /** `sub` of the user. */
  subject: string;
  accessToken: string;
  refreshToken: string | undefined;
  /** ms since the epoch. */
  endsAtMs: number;
}

/**
 * Signs a user in with OpenID Connect: authorization code with PKCE (RFC 7636), following RFC 9700 and the BCP for
 * browser-based applications. On AWS the issuer is a Cognito user pool
 * (https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-userpools-server-contract-reference.html).
 *
 * Both tokens stay in memory: an injected script could read sessionStorage, and a duplicated tab copies it. Two tabs
 * with one refresh token look like theft to the issuer. After a reload the hosted UI's session signs the user in again.
 */
export class SignIn {
  readonly #config: Config;
  readonly #client: oauth.Client;
  /** Allows an issuer without TLS only on this machine (the local issuer). */
  readonly #http: { [oauth.allowInsecureRequests]: boolean };
  #server: Promise<oauth.AuthorizationServer> | undefined;
  #session: Session | undefined;
  /** User of this tab. Stays when the session ends: only they may resume it. */
  #subject: string | undefined;
  /** The browser's mark when this tab signed in. */
  #mark: string | null = null;
  #renewing: Promise<boolean> | undefined;

  constructor(config: Config) {
    this.#config = config;
    this.#client = { client_id: config.clientId };
    this.#http = { [oauth.allowInsecureRequests]: LOCAL_ISSUER.test(config.issuer) };
  }

  /** Whether this browser is signed in, in this tab before a reload or in another. */
  get wasSignedIn(): boolean {
    return localStorage.getItem(SIGNED_IN) !== null;
  }

  /** Redirects to the hosted UI, which redirects back. @param route hash to return to */
  async begin(route: string): Promise<void> {
    const server = await this.#discovered();
    const state = oauth.generateRandomState();
    const nonce = oauth.generateRandomNonce();
    const verifier = oauth.generateRandomCodeVerifier();
    const url = new URL(server.authorization_endpoint ?? '');
    const parameters = {
      response_type: 'code',
      client_id: this.#config.clientId,
      redirect_uri: pageUrl(),
      scope: SCOPE,
      state,
      nonce,
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
    };
    for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
    sessionStorage.setItem(UNDER_WAY, JSON.stringify({ state, nonce, verifier, route } satisfies UnderWay));
    location.assign(url);
  }

  /**
   * Reads the hosted UI's answer from the page's URL and exchanges its code for tokens.
   * @returns the hash to return to; undefined if the URL has no answer
   * @throws {SignInError}
   */
  async complete(): Promise<string | undefined> {
    const address = new URL(location.href);
    if (!address.searchParams.has('state')) return undefined;
    // Remove the code from the URL and the history.
    const underWay = takeUnderWay();
    history.replaceState(null, '', `${pageUrl()}${underWay?.route ?? ''}`);
    if (underWay === undefined) throw failed('This tab did not start the sign-in.');
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
        this.#http,
      );
      const tokens = await oauth.processAuthorizationCodeResponse(server, this.#client, answer, {
        expectedNonce: underWay.nonce,
        requireIdToken: true,
      });
      const subject = oauth.getValidatedIdTokenClaims(tokens)?.sub ?? '';
      this.#take({ ...sessionOf(tokens), subject });
    } catch (error) {
      throw failed(reasonOf(error), { cause: error });
    }
    return underWay.route;
  }

  /** Returns the access token, renewed if it is about to expire; undefined if the user is not signed in. */
  async accessToken(): Promise<string | undefined> {
    // Another tab signed out; since then another user may have signed in there.
    if (localStorage.getItem(SIGNED_IN) !== this.#mark) this.#session = undefined;
    if (this.#session !== undefined && this.#session.endsAtMs - EARLY_MS < Date.now()) await this.renew();
    return this.#session?.accessToken;
  }

  /** Gives up this tab's session, for the tab that goes on with it: an issuer takes a refresh token from one tab only. */
  leave(): Session | undefined {
    const session = this.#session;
    this.#session = undefined;
    return session;
  }

  /** Goes on with a session that another tab left. @returns false if it is of another user, and stays signed out */
  resume(session: Session): boolean {
    if (session.subject === '' || session.subject !== this.#subject) return false;
    this.#take(session);
    return true;
  }

  /** Exchanges the refresh token, once for concurrent callers. @returns false if the user must sign in again */
  renew(): Promise<boolean> {
    this.#renewing ??= this.#exchangeRefreshToken().finally(() => {
      this.#renewing = undefined;
    });
    return this.#renewing;
  }

  /** Ends the session here and at the hosted UI, which redirects back to the page. */
  async signOut(): Promise<void> {
    const server = await this.#discovered();
    await this.#revoke(server);
    this.#session = undefined;
    localStorage.removeItem(SIGNED_IN);
    sessionStorage.clear();
    // Cognito takes logout_uri instead of OpenID Connect's post_logout_redirect_uri
    // (https://docs.aws.amazon.com/cognito/latest/developerguide/logout-endpoint.html).
    const url = new URL(server.end_session_endpoint ?? new URL('/logout', server.authorization_endpoint));
    url.searchParams.set('client_id', this.#config.clientId);
    url.searchParams.set('logout_uri', pageUrl());
    location.assign(url);
  }

  /** Revokes the refresh token, which the hosted UI's sign-out leaves valid. Ignores failures: the user cannot act. */
  async #revoke(server: oauth.AuthorizationServer): Promise<void> {
    const refreshToken = this.#session?.refreshToken;
    if (refreshToken === undefined || server.revocation_endpoint === undefined) return;
    const revoked = oauth.revocationRequest(server, this.#client, oauth.None(), refreshToken, this.#http);
    await revoked.catch(() => undefined);
  }

  async #exchangeRefreshToken(): Promise<boolean> {
    const { refreshToken, subject = '' } = this.#session ?? {};
    if (refreshToken === undefined) return false;
    try {
      const server = await this.#discovered();
      const answer = await oauth.refreshTokenGrantRequest(server, this.#client, oauth.None(), refreshToken, this.#http);
      const tokens = await oauth.processRefreshTokenResponse(server, this.#client, answer);
      // Without rotation the answer has no refresh token; keep the old one.
      this.#session = { ...sessionOf({ refresh_token: refreshToken, ...tokens }), subject };
      return true;
    } catch {
      return false;
    }
  }

  #take(session: Session): void {
    this.#session = session;
    this.#subject = session.subject;
    this.#mark = localStorage.getItem(SIGNED_IN) ?? crypto.randomUUID();
    localStorage.setItem(SIGNED_IN, this.#mark);
  }

  #discovered(): Promise<oauth.AuthorizationServer> {
    this.#server ??= this.#discover();
    return this.#server;
  }

  async #discover(): Promise<oauth.AuthorizationServer> {
    try {
      const issuer = new URL(this.#config.issuer);
      const answer = await oauth.discoveryRequest(issuer, this.#http);
      return await oauth.processDiscoveryResponse(issuer, answer);
    } catch (error) {
      this.#server = undefined;
      throw new SignInError('ISSUER_UNREACHABLE', 'The sign-in service does not answer.', { cause: error });
    }
  }
}

function sessionOf({ access_token, refresh_token, expires_in = 0 }: oauth.TokenEndpointResponse) {
  return { accessToken: access_token, refreshToken: refresh_token, endsAtMs: Date.now() + expires_in * 1_000 };
}

/** The page's URL without query and hash. It must equal the URL registered with the issuer exactly. */
function pageUrl(): string {
  return new URL('.', location.href).href;
}

function takeUnderWay(): UnderWay | undefined {
  const kept = sessionStorage.getItem(UNDER_WAY);
  sessionStorage.removeItem(UNDER_WAY);
  return kept === null ? undefined : JSON.parse(kept);
}

function failed(reason: string, options?: ErrorOptions): SignInError {
  return new SignInError('SIGN_IN_FAILED', `Sign-in failed. ${reason}`, options);
}

function reasonOf(error: unknown): string {
  if (error instanceof oauth.AuthorizationResponseError || error instanceof oauth.ResponseBodyError) {
    return error.error_description ?? error.error;
  }
  return 'The sign-in service’s answer does not belong to this page.';
}
