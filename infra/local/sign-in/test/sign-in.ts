import { createHash, randomBytes } from 'node:crypto';
import type { Test } from 'tap';
import { type Issuer, startIssuer } from '../issuer.js';

export const REDIRECT_URI = 'http://127.0.0.1:4173/callback';
export const LOGOUT_URI = 'http://127.0.0.1:4173/';
export const START = Date.parse('2026-11-24T08:00:00Z');

/** Issuer with a clock that a test can move. */
export async function startTestIssuer(t: Test) {
  const clock = { now: START };
  const issuer = await startIssuer({ redirectUris: [REDIRECT_URI], logoutUris: [LOGOUT_URI], now: () => clock.now });
  t.teardown(() => issuer.close());
  return { issuer, clock };
}

/** Browser with one cookie that does not follow redirects. */
export class TestBrowser {
  cookie = '';

  async open(url: string, form?: Record<string, string>, headers: Record<string, string> = {}): Promise<Response> {
    const answer = await fetch(url, {
      redirect: 'manual',
      headers: { ...(this.cookie === '' ? {} : { cookie: this.cookie }), ...headers },
      ...(form === undefined ? {} : { method: 'POST', body: new URLSearchParams(form) }),
    });
    this.cookie = answer.headers.get('set-cookie')?.split(';')[0] ?? this.cookie;
    return answer;
  }
}

/** Code verifier and challenge (RFC 7636). */
export function newPkce() {
  const verifier = randomBytes(32).toString('base64url');
  return { verifier, challenge: createHash('sha256').update(verifier).digest('base64url') };
}

/** Address of the sign-in page. @param changes parameters to replace; an empty value omits one */
export function authorizeUrl({ issuer, clientId }: Issuer, challenge: string, changes: Record<string, string> = {}) {
  const parameters = {
    response_type: 'code',
    client_id: clientId,
    redirect_uri: REDIRECT_URI,
    scope: 'openid profile',
    state: 'state-1',
    nonce: 'nonce-1',
    code_challenge: challenge,
    code_challenge_method: 'S256',
    ...changes,
  };
  const pairs = Object.entries(parameters).filter(([, value]) => value !== '');
  return `${issuer}/oauth2/authorize?${new URLSearchParams(pairs)}`;
}

export function formTokenIn(page: string): string {
  return /name="form_token" value="([^"]+)"/.exec(page)?.[1] ?? '';
}

export function locationOf(answer: Response): URL {
  return new URL(answer.headers.get('location') ?? 'about:blank');
}

/** Chooses a user on the sign-in page. */
export async function codeOf(issuer: Issuer, challenge: string, username = 'hanna', browser = new TestBrowser()) {
  const page = await (await browser.open(authorizeUrl(issuer, challenge))).text();
  const answer = await browser.open(`${issuer.issuer}/login`, { form_token: formTokenIn(page), username });
  return locationOf(answer).searchParams.get('code') ?? '';
}

export async function post(issuer: Issuer, path: string, form: Record<string, string>, headers = {}) {
  const body = new URLSearchParams(form);
  const answer = await fetch(`${issuer.issuer}${path}`, { method: 'POST', body, headers });
  const text = await answer.text();
  const json: Record<string, unknown> = text === '' ? {} : JSON.parse(text);
  return { status: answer.status, headers: answer.headers, json };
}

export function exchange(issuer: Issuer, code: string, verifier: string, changes: Record<string, string> = {}) {
  return post(issuer, '/oauth2/token', {
    grant_type: 'authorization_code',
    client_id: issuer.clientId,
    redirect_uri: REDIRECT_URI,
    code,
    code_verifier: verifier,
    ...changes,
  });
}

export function refresh(issuer: Issuer, refreshToken: unknown) {
  return post(issuer, '/oauth2/token', {
    grant_type: 'refresh_token',
    client_id: issuer.clientId,
    refresh_token: String(refreshToken),
  });
}

/** Signs in and returns the tokens. */
export async function tokensOf(issuer: Issuer, username?: string) {
  const { verifier, challenge } = newPkce();
  const code = await codeOf(issuer, challenge, username);
  return { code, verifier, tokens: (await exchange(issuer, code, verifier)).json };
}
