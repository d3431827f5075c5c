import t from 'tap';
import { DEMO_USERS } from '../demo-users.js';
import {
  authorizeUrl,
  exchange,
  formTokenIn,
  LOGOUT_URI,
  locationOf,
  newPkce,
  REDIRECT_URI,
  startTestIssuer,
  TestBrowser,
} from './sign-in.js';

const { issuer, clock } = await startTestIssuer(t);
const { verifier, challenge } = newPkce();
const LOGIN = `${issuer.issuer}/login`;

t.test('choosing a user on a page without scripts returns a code', async (t) => {
  const browser = new TestBrowser();
  const page = await browser.open(authorizeUrl(issuer, challenge));
  const html = await page.text();
  t.equal(page.status, 200);
  for (const { name, groups } of DEMO_USERS) t.match(html, `${name} <span class="groups">${groups.join(', ')}</span>`);
  t.match(html, /<html lang="en">/);
  t.match(html, /prefers-color-scheme:dark/);
  t.notMatch(html, /<script|\son\w+=|style="/);
  const policy = page.headers.get('content-security-policy') ?? '';
  t.match(
    policy,
    /^default-src 'none'; style-src 'sha256-[\w+/=]{44}'; form-action 'self' http:\/\/127\.0\.0\.1:4173;/,
  );
  t.match(policy, /frame-ancestors 'none'/);
  t.notMatch(policy, /unsafe|script-src/);
  t.match(page.headers.get('set-cookie'), /; HttpOnly; SameSite=Lax$/);

  const answer = await browser.open(LOGIN, { form_token: formTokenIn(html), username: 'hanna' });
  t.equal(answer.status, 303);
  const location = locationOf(answer);
  t.equal(`${location.origin}${location.pathname}`, REDIRECT_URI);
  t.equal(location.searchParams.get('state'), 'state-1');
  const { json } = await exchange(issuer, location.searchParams.get('code') ?? '', verifier);
  t.match(json, { token_type: 'Bearer', expires_in: 3_600 });
});

t.test('a form from another site or browser does not sign in', async (t) => {
  const browser = new TestBrowser();
  const formToken = formTokenIn(await (await browser.open(authorizeUrl(issuer, challenge))).text());
  const form = { form_token: formToken, username: 'anders' };
  const stranger = new TestBrowser();
  await stranger.open(authorizeUrl(issuer, challenge));
  const refused: [name: string, answer: Promise<Response>][] = [
    ['the page of another browser (login CSRF)', stranger.open(LOGIN, form)],
    ['no cookie', new TestBrowser().open(LOGIN, form)],
    ['no token', browser.open(LOGIN, { username: 'anders' })],
    ['a made-up token', browser.open(LOGIN, { ...form, form_token: 'x' })],
    ['another origin', browser.open(LOGIN, form, { origin: 'http://evil.example' })],
    ['an opaque origin', browser.open(LOGIN, form, { origin: 'null' })],
  ];
  for (const [name, answer] of refused) {
    const { status, headers } = await answer;
    t.same([status, headers.get('location')], [403, null], name);
  }
  t.equal((await browser.open(LOGIN, { ...form, username: 'nobody' })).status, 400);
  t.equal((await browser.open(LOGIN, form, { origin: issuer.issuer })).status, 303, 'the original form does');
  t.equal((await browser.open(LOGIN, form)).status, 403, 'once');
  const late = new TestBrowser();
  const token = formTokenIn(await (await late.open(authorizeUrl(issuer, challenge))).text());
  clock.now += 600_001;
  t.equal((await late.open(LOGIN, { form_token: token, username: 'hanna' })).status, 403, 'after ten minutes');
});

t.test('never redirects to an address that does not match a registered one exactly', async (t) => {
  const addresses = [
    'http://evil.example/callback',
    `${REDIRECT_URI}/`,
    `${REDIRECT_URI}?x=1`,
    `${REDIRECT_URI}/../evil`,
    REDIRECT_URI.replace('127.0.0.1', 'localhost'),
    REDIRECT_URI.replace('127.0.0.1', '127.0.0.1@evil.example'),
    REDIRECT_URI.toUpperCase(),
    'javascript:alert(1)',
    '',
  ];
  for (const redirect_uri of addresses) {
    const answer = await new TestBrowser().open(authorizeUrl(issuer, challenge, { redirect_uri }));
    t.same([answer.status, answer.headers.get('location')], [400, null], redirect_uri);
    t.match(answer.headers.get('content-security-policy'), /form-action 'none'/);
  }
  const answer = await new TestBrowser().open(authorizeUrl(issuer, challenge, { client_id: 'payroll' }));
  t.same([answer.status, answer.headers.get('location')], [400, null]);
});

t.test('other errors are reported to the application', async (t) => {
  const table: [changes: Record<string, string>, error: string][] = [
    [{ response_type: 'token' }, 'unsupported_response_type'],
    [{ response_type: '' }, 'invalid_request'],
    [{ code_challenge: '' }, 'invalid_request'],
    [{ code_challenge: 'short' }, 'invalid_request'],
    [{ code_challenge_method: 'plain' }, 'invalid_request'],
    [{ code_challenge_method: '' }, 'invalid_request'],
    [{ scope: 'openid aws.cognito.signin.user.admin' }, 'invalid_scope'],
    [{ prompt: 'none' }, 'login_required'],
  ];
  for (const [changes, error] of table) {
    const answer = await new TestBrowser().open(authorizeUrl(issuer, challenge, changes));
    const location = locationOf(answer);
    t.equal(answer.status, 302, JSON.stringify(changes));
    t.equal(`${location.origin}${location.pathname}`, REDIRECT_URI);
    t.match(Object.fromEntries(location.searchParams), { error, state: 'state-1' }, JSON.stringify(changes));
  }
  const twice = await new TestBrowser().open(`${authorizeUrl(issuer, challenge)}&scope=openid`);
  t.equal(locationOf(twice).searchParams.get('error'), 'invalid_request');
});

t.test('a user stays signed in for an hour or until sign-out', async (t) => {
  const browser = new TestBrowser();
  const url = authorizeUrl(issuer, challenge);
  const formToken = formTokenIn(await (await browser.open(url)).text());
  const before = browser.cookie;
  await browser.open(LOGIN, { form_token: formToken, username: 'samuel' });
  t.not(browser.cookie, before, 'a name planted before the sign-in is useless afterwards');
  const again = await browser.open(url);
  t.equal(again.status, 302);
  t.ok(locationOf(again).searchParams.get('code'));
  t.ok(locationOf(await browser.open(authorizeUrl(issuer, challenge, { prompt: 'none' }))).searchParams.get('code'));
  t.equal((await browser.open(authorizeUrl(issuer, challenge, { prompt: 'login' }))).status, 200);

  const logout = (parameters: Record<string, string>) =>
    browser.open(`${issuer.issuer}/logout?${new URLSearchParams(parameters)}`);
  for (const wrong of [
    { client_id: 'payroll', logout_uri: LOGOUT_URI },
    { client_id: issuer.clientId, logout_uri: 'http://evil.example/' },
    { client_id: issuer.clientId },
  ]) {
    const answer = await logout(wrong);
    t.same([answer.status, answer.headers.get('location')], [400, null], JSON.stringify(wrong));
  }
  t.equal((await browser.open(url)).status, 302, 'still signed in');
  const signedIn = browser.cookie;
  const out = await logout({ client_id: issuer.clientId, logout_uri: LOGOUT_URI });
  t.same([out.status, out.headers.get('location')], [302, LOGOUT_URI]);
  t.equal((await browser.open(url)).status, 200);
  browser.cookie = signedIn;
  t.equal((await browser.open(url)).status, 200, 'the old cookie is invalid too');
});

t.test('a session ends after an hour', async (t) => {
  const browser = new TestBrowser();
  const url = authorizeUrl(issuer, challenge);
  const formToken = formTokenIn(await (await browser.open(url)).text());
  await browser.open(LOGIN, { form_token: formToken, username: 'samuel' });
  clock.now += 3_600_000;
  t.equal((await browser.open(url)).status, 302);
  clock.now += 1;
  t.equal((await browser.open(url)).status, 200);
});
