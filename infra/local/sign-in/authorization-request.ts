import { OAuthError } from './oauth-error.js';
import { need, type Parameters } from './parameters.js';

export const SCOPES = ['openid', 'profile', 'email'] as const;

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

/**
 * Parses the parameters of an authorization request.
 * @throws {OAuthError} to report to the redirect URI
 */
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
  const requested = new Set(scope.split(' '));
  for (const name of requested) {
    if (!SCOPES.some((known) => known === name)) {
      throw new OAuthError('invalid_scope', `scope may contain only ${SCOPES.join(', ')}.`);
    }
  }
  return Array.from(requested).join(' ');
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
