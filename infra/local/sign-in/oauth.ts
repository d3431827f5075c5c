/** Error codes of RFC 6749 (4.1.2.1 and 5.2), RFC 6750, RFC 7009 and OpenID Connect Core (3.1.2.6). */
type OAuthErrorCode =
  | 'invalid_request'
  | 'invalid_client'
  | 'invalid_grant'
  | 'invalid_scope'
  | 'invalid_token'
  | 'unsupported_grant_type'
  | 'unsupported_response_type'
  | 'unsupported_token_type'
  | 'login_required';

/** Error sent as JSON with `error` and `error_description`, or in the query of a redirect. */
export class OAuthError extends Error {
  override readonly name = 'OAuthError';
  readonly code: OAuthErrorCode;

  constructor(code: OAuthErrorCode, description: string) {
    super(description);
    this.code = code;
  }
}

/** Parameters of a query or form; empty ones are omitted (RFC 6749, section 3.1). */
export type Parameters = ReadonlyMap<string, string>;

/** @throws {OAuthError} `invalid_request` for a duplicate parameter: two parsers could each use a different one */
export function parametersOf(pairs: URLSearchParams): Parameters {
  const parameters = new Map(pairs);
  if (parameters.size < pairs.size) throw new OAuthError('invalid_request', 'A parameter occurs more than once.');
  return new Map(Array.from(parameters).filter(([, value]) => value !== ''));
}

/** @throws {OAuthError} `invalid_request` when the parameter is missing */
export function need(parameters: Parameters, name: string): string {
  const value = parameters.get(name);
  if (value === undefined) throw new OAuthError('invalid_request', `${name} is missing.`);
  return value;
}

export const SCOPES: readonly string[] = ['openid', 'profile', 'email'];

/** Request to the authorization endpoint whose client and redirect URI have been checked. */
export interface AuthorizationRequest {
  redirectUri: string;
  scope: string;
  state: string | undefined;
  nonce: string | undefined;
  /** SHA-256 of the code verifier, base64url (RFC 7636). */
  codeChallenge: string;
  /** `none`: answer without showing a page, or fail; `login`: show the sign-in page even if the user is signed in. */
  prompt: 'none' | 'login' | undefined;
}

const SHA_256 = /^[\w-]{43}$/;

/** Parses an authorization request. @throws {OAuthError} to report to the redirect URI */
export function authorizationRequest(parameters: Parameters, redirectUri: string): AuthorizationRequest {
  if (need(parameters, 'response_type') !== 'code') {
    throw new OAuthError('unsupported_response_type', 'response_type must be code.');
  }
  const codeChallenge = parameters.get('code_challenge') ?? '';
  if (!SHA_256.test(codeChallenge) || parameters.get('code_challenge_method') !== 'S256') {
    throw new OAuthError('invalid_request', 'PKCE is required: send code_challenge with code_challenge_method=S256.');
  }
  const prompt = parameters.get('prompt');
  return {
    redirectUri,
    scope: grantedScope(parameters.get('scope')),
    state: parameters.get('state'),
    nonce: parameters.get('nonce'),
    codeChallenge,
    prompt: prompt === 'none' || prompt === 'login' ? prompt : undefined,
  };
}

/** Without a scope all are granted, as in a user pool. */
function grantedScope(scope: string | undefined): string {
  if (scope === undefined) return SCOPES.join(' ');
  const requested = Array.from(new Set(scope.split(' ')));
  if (requested.every((name) => SCOPES.includes(name))) return requested.join(' ');
  throw new OAuthError('invalid_scope', `scope may contain only ${SCOPES.join(', ')}.`);
}

/** URL that returns an answer to the client through the browser. */
export function answerUrl(
  { redirectUri, state }: Pick<AuthorizationRequest, 'redirectUri' | 'state'>,
  answer: Readonly<Record<string, string>>,
): string {
  const url = new URL(redirectUri);
  for (const [name, value] of Object.entries(answer)) url.searchParams.set(name, value);
  if (state !== undefined) url.searchParams.set('state', state);
  return url.href;
}
