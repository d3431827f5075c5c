import { OAuthError } from './oauth-error.js';
import { need, type Parameters } from './parameters.js';

export const SCOPES = ['openid', 'profile', 'email'] as const;

/** What a client asks of the authorization endpoint, once it is known who asks and where the answer goes. */
export interface AuthorizationRequest {
  redirectUri: string;
  scope: string;
  state: string | undefined;
  nonce: string | undefined;
  /** SHA-256 of the code verifier, base64url (RFC 7636). */
  codeChallenge: string;
  /** `none`: answer at once or not at all; `login`: let the user choose though they are signed in. */
  prompt: 'none' | 'login' | undefined;
}

const SHA_256 = /^[\w-]{43}$/;

/**
 * @throws {OAuthError} to be sent to the redirect URI
 */
export function authorizationRequest(parameters: Parameters, redirectUri: string): AuthorizationRequest {
  if (need(parameters, 'response_type') !== 'code') {
    throw new OAuthError('unsupported_response_type', 'response_type must be code.');
  }
  const codeChallenge = parameters.get('code_challenge') ?? '';
  if (!SHA_256.test(codeChallenge) || parameters.get('code_challenge_method') !== 'S256') {
    throw new OAuthError('invalid_request', 'PKCE is needed: code_challenge with code_challenge_method=S256.');
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

/** Without a scope all are granted, as a user pool does. */
function grantedScope(scope: string | undefined): string {
  if (scope === undefined) return SCOPES.join(' ');
  const asked = new Set(scope.split(' '));
  for (const name of asked) {
    if (!SCOPES.some((known) => known === name)) {
      throw new OAuthError('invalid_scope', `scope takes ${SCOPES.join(', ')}.`);
    }
  }
  return Array.from(asked).join(' ');
}

/** Where the browser is sent with an answer. */
export function answerUrl(
  { redirectUri, state }: Pick<AuthorizationRequest, 'redirectUri' | 'state'>,
  answer: Readonly<Record<string, string>>,
): string {
  const url = new URL(redirectUri);
  for (const [name, value] of Object.entries(answer)) url.searchParams.set(name, value);
  if (state !== undefined) url.searchParams.set('state', state);
  return url.href;
}
