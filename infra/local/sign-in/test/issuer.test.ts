import { request } from 'node:http';
import { join } from 'node:path';
import { decodeJwt } from 'jose';
import t from 'tap';
import { startIssuer } from '../issuer.js';
import { authorizeUrl, newPkce, post, REDIRECT_URI, startTestIssuer, tokensOf } from './sign-in.js';

const ORIGIN = new URL(REDIRECT_URI).origin;

t.test('discovery lists existing endpoints and only public keys', async (t) => {
  const { issuer } = await startTestIssuer(t);
  const configuration: Record<string, unknown> = JSON.parse(
    await (await fetch(`${issuer.issuer}/.well-known/openid-configuration`)).text(),
  );
  t.match(configuration, {
    issuer: issuer.issuer,
    jwks_uri: issuer.jwksUri,
    code_challenge_methods_supported: ['S256'],
    id_token_signing_alg_values_supported: ['RS256'],
  });
  for (const [name, value] of Object.entries(configuration)) {
    if (!/_endpoint$|_uri$/.test(name)) continue;
    const method = /^(?:token|revocation)_/.test(name) ? 'POST' : 'GET';
    t.not((await fetch(String(value), { method })).status, 404, name);
  }
  const { keys }: { keys: Record<string, string>[] } = JSON.parse(await (await fetch(issuer.jwksUri)).text());
  t.equal(keys.length, 1);
  t.same(Object.keys(keys[0] ?? {}).sort(), ['alg', 'e', 'kid', 'kty', 'n', 'use'], 'no private parts');
  t.equal(Buffer.from(keys[0]?.['n'] ?? '', 'base64url').length * 8, 2_048);
});

t.test('only pages of the client may read answers', async (t) => {
  const { issuer } = await startTestIssuer(t);
  const paths = ['/.well-known/openid-configuration', '/.well-known/jwks.json', '/oauth2/userInfo', '/oauth2/token'];
  for (const path of paths) {
    const method = path === '/oauth2/token' ? 'POST' : 'GET';
    const ask = (origin: string, how = method) =>
      fetch(`${issuer.issuer}${path}`, { method: how, headers: { origin } });
    for (const how of [method, 'OPTIONS']) {
      const [ours, foreign] = await Promise.all([ask(ORIGIN, how), ask('http://evil.example', how)]);
      t.equal(ours.headers.get('access-control-allow-origin'), ORIGIN, `${how} ${path}`);
      t.equal(foreign.headers.get('access-control-allow-origin'), null, `${how} ${path}`);
      t.equal(ours.headers.get('access-control-allow-credentials'), null);
      t.equal(foreign.status, 403, `${how} ${path}`);
    }
    const preflight = await ask(ORIGIN, 'OPTIONS');
    t.equal(preflight.status, 204);
    t.match(preflight.headers.get('access-control-allow-headers'), 'authorization');
  }
  const page = await fetch(authorizeUrl(issuer, newPkce().challenge), { headers: { origin: ORIGIN } });
  t.equal(page.headers.get('access-control-allow-origin'), null, 'no page may read the sign-in page');
});

t.test('addresses can be registered later', async (t) => {
  const { issuer } = await startTestIssuer(t);
  const late = { redirectUris: ['http://localhost:5173/callback'], logoutUris: ['http://localhost:5173/'] };
  const url = authorizeUrl(issuer, newPkce().challenge, { redirect_uri: 'http://localhost:5173/callback' });
  t.equal((await fetch(url)).status, 400);
  t.throws(() => issuer.registerClientUrls({ ...late, logoutUris: ['nowhere'] }), TypeError);
  t.equal((await fetch(url)).status, 400);
  issuer.registerClientUrls(late);
  t.equal((await fetch(url)).status, 200);
  const answer = await fetch(issuer.jwksUri, { headers: { origin: 'http://localhost:5173' } });
  t.equal(answer.headers.get('access-control-allow-origin'), 'http://localhost:5173');
});

t.test('an unknown Host is refused (DNS rebinding)', async (t) => {
  const { issuer } = await startTestIssuer(t);
  const status = await new Promise((resolve, reject) => {
    const asked = request(authorizeUrl(issuer, newPkce().challenge), { headers: { host: 'evil.example' } });
    asked.on('response', (response) => resolve(response.resume().statusCode)).on('error', reject);
    asked.end();
  });
  t.equal(status, 421);
});

t.test('other content types and too long bodies are refused', async (t) => {
  const { issuer } = await startTestIssuer(t);
  const send = (body: string, type: string) =>
    fetch(`${issuer.issuer}/oauth2/token`, { method: 'POST', body, headers: { 'content-type': type } });
  t.equal((await send('{"grant_type":"refresh_token"}', 'application/json')).status, 415);
  const form = 'application/x-www-form-urlencoded';
  t.equal((await send(`code=${'x'.repeat(20_000)}`, form)).status, 413);
  t.match(await (await send('client_id=a&client_id=b', form)).json(), { error: 'invalid_request' });
  t.match(await (await send('', form)).json(), { error: 'invalid_request' });
});

t.test('uses the given port and frees it on close', async (t) => {
  const { issuer: taken } = await startTestIssuer(t);
  const port = Number(new URL(taken.issuer).port);
  const options = { port, redirectUris: [REDIRECT_URI], logoutUris: [] };
  await t.rejects(startIssuer(options), { code: 'EADDRINUSE' });
  await taken.close();
  const next = await startIssuer(options);
  t.teardown(() => next.close());
  t.equal(next.issuer, taken.issuer);
});

t.test('a user who is added signs in, gets a token and is there after a restart', async (t) => {
  const usersFile = join(t.testdir(), 'users.json');
  const start = () => startIssuer({ redirectUris: [REDIRECT_URI], logoutUris: [], usersFile });
  const first = await start();
  const ann = { username: 'ann', name: 'Ann Lee', email: 'ann@acme.example' };
  const added = await post(first, '/local/users', { ...ann, group: 'acme:admin' });
  t.match(added, { status: 201, json: { groups: ['acme:admin'] } });
  const again = await post(first, '/local/users', { ...ann, group: 'acme:hr' });
  t.match(again, { status: 200, json: { sub: added.json['sub'], groups: ['acme:admin', 'acme:hr'] } });
  const { tokens } = await tokensOf(first, 'ann');
  t.match(decodeJwt(String(tokens['access_token'])), { username: 'ann', 'cognito:groups': ['acme:admin', 'acme:hr'] });
  await first.close();
  const second = await start();
  t.teardown(() => second.close());
  t.match(second.users.at(-1), { ...ann, groups: ['acme:admin', 'acme:hr'] });
  const { json } = await post(second, '/local/token', { username: 'ann' });
  t.match(decodeJwt(String(json['access_token'])), { sub: added.json['sub'], token_use: 'access' });
  const wrong: [path: string, form: Record<string, string>, reason: RegExp][] = [
    ['/local/users', { ...ann, email: 'eve@acme.example', group: 'acme:hr' }, /exists with another mail address/],
    ['/local/users', { ...ann, group: 'other:hr' }, /of one tenant/],
    ['/local/users', { ...ann, username: 'bob', group: 'acme:king' }, /TENANT:ROLE/],
    ['/local/users', { ...ann, username: 'b o b', group: 'acme:hr' }, /username/],
    ['/local/token', { username: 'eve' }, /no user eve/],
  ];
  for (const [path, form, reason] of wrong) {
    t.match(await post(second, path, form), { status: 400, json: { error_description: reason } }, String(reason));
  }
  t.equal(second.users.length, 7);
});
