import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from 'jose';
import t from 'tap';
import { codeOf, exchange, newPkce, post, refresh, START, startTestIssuer, tokensOf } from './sign-in.js';

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

t.test('tokens have the claims of a user pool’s tokens', async (t) => {
  const { issuer, clock } = await startTestIssuer(t);
  const keys = createRemoteJWKSet(new URL(issuer.jwksUri));
  const options = { issuer: issuer.issuer, currentDate: new Date(START), algorithms: ['RS256'] };
  const { tokens: signedIn } = await tokensOf(issuer);
  const access = await jwtVerify(String(signedIn['access_token']), keys, options);
  t.same(Object.keys(access.protectedHeader).sort(), ['alg', 'kid']);
  const common = {
    sub: '4f1c2a9e-5b7d-4c3a-9e21-7d0c5a8b6f10',
    iss: issuer.issuer,
    'cognito:groups': ['demo:hr'],
    auth_time: START / 1_000,
    iat: START / 1_000,
    exp: START / 1_000 + 3_600,
  };
  t.match(access.payload, {
    ...common,
    client_id: issuer.clientId,
    token_use: 'access',
    scope: 'openid profile',
    username: 'hanna',
    jti: UUID,
    origin_jti: UUID,
  });
  t.notOk('aud' in access.payload, 'a user pool’s access token has no audience');
  const id = await jwtVerify(String(signedIn['id_token']), keys, { ...options, audience: issuer.clientId });
  t.match(id.payload, {
    ...common,
    token_use: 'id',
    name: 'Hanna Reyes',
    email: 'hanna.reyes@demo.example',
    'cognito:username': 'hanna',
    nonce: 'nonce-1',
  });
  t.not(id.payload['jti'], access.payload['jti']);

  clock.now += 1_800_000;
  const { json } = await refresh(issuer, signedIn['refresh_token']);
  const later = { ...options, currentDate: new Date(clock.now) };
  const refreshed = await jwtVerify(String(json['id_token']), keys, later);
  t.match(refreshed.payload, { ...common, iat: clock.now / 1_000, exp: clock.now / 1_000 + 3_600 });
  t.notOk('nonce' in refreshed.payload);
});

t.test('a code works once, for a minute, for the client that requested it', async (t) => {
  const { issuer, clock } = await startTestIssuer(t);
  const { verifier, challenge } = newPkce();
  const wrong: [changes: Record<string, string>, error: string][] = [
    [{ code_verifier: newPkce().verifier }, 'invalid_grant'],
    [{ code_verifier: challenge }, 'invalid_grant'],
    [{ code_verifier: 'short' }, 'invalid_grant'],
    [{ code_verifier: '' }, 'invalid_request'],
    [{ redirect_uri: 'http://127.0.0.1:4173/other' }, 'invalid_grant'],
    [{ redirect_uri: '' }, 'invalid_request'],
    [{ code: 'x' }, 'invalid_grant'],
    [{ client_id: 'payroll' }, 'invalid_client'],
    [{ client_secret: 'x' }, 'invalid_client'],
    [{ grant_type: 'password' }, 'unsupported_grant_type'],
    [{ grant_type: 'client_credentials' }, 'unsupported_grant_type'],
  ];
  for (const [changes, error] of wrong) {
    const answer = await exchange(issuer, await codeOf(issuer, challenge), verifier, changes);
    t.equal(answer.status, 400, JSON.stringify(changes));
    t.match(answer.json, { error, error_description: /\.$/ }, JSON.stringify(changes));
    t.equal(answer.headers.get('cache-control'), 'no-store');
  }
  const guessed = await codeOf(issuer, challenge);
  await exchange(issuer, guessed, newPkce().verifier);
  t.match(
    (await exchange(issuer, guessed, verifier)).json,
    { error: 'invalid_grant' },
    'a wrong guess uses up the code',
  );

  const inTime = await codeOf(issuer, challenge);
  clock.now += 60_000;
  t.equal((await exchange(issuer, inTime, verifier)).status, 200);
  const late = await codeOf(issuer, challenge);
  clock.now += 60_001;
  t.match((await exchange(issuer, late, verifier)).json, { error: 'invalid_grant' });
});

t.test('a code used twice revokes its tokens', async (t) => {
  const { issuer } = await startTestIssuer(t);
  const { code, verifier, tokens } = await tokensOf(issuer);
  t.match((await exchange(issuer, code, verifier)).json, { error: 'invalid_grant' });
  t.match((await refresh(issuer, tokens['refresh_token'])).json, { error: 'invalid_grant' });
  t.equal((await userInfo(issuer.issuer, tokens['access_token'])).status, 401);
});

t.test('a refresh token is replaced at each use; using an old one revokes them all', async (t) => {
  const { issuer, clock } = await startTestIssuer(t);
  const { tokens: first } = await tokensOf(issuer);
  const { tokens: other } = await tokensOf(issuer);
  const second = (await refresh(issuer, first['refresh_token'])).json;
  t.not(second['refresh_token'], first['refresh_token']);
  const third = (await refresh(issuer, second['refresh_token'])).json;
  t.ok(third['access_token']);
  t.match((await refresh(issuer, first['refresh_token'])).json, { error: 'invalid_grant' });
  t.match((await refresh(issuer, third['refresh_token'])).json, { error: 'invalid_grant' });
  t.match((await refresh(issuer, other['access_token'])).json, { error: 'invalid_grant' });
  clock.now += 20 * 86_400_000;
  const renewed = (await refresh(issuer, other['refresh_token'])).json;
  t.ok(renewed['refresh_token'], 'another sign-in is not affected');
  clock.now += 10 * 86_400_000 + 1;
  t.match((await refresh(issuer, renewed['refresh_token'])).json, { error: 'invalid_grant' }, 'after 30 days in total');
});

t.test('a sign-in is revoked by its refresh token', async (t) => {
  const { issuer } = await startTestIssuer(t);
  const { tokens } = await tokensOf(issuer);
  const revoke = (token: unknown, client_id = issuer.clientId) =>
    post(issuer, '/oauth2/revoke', { token: String(token), client_id });
  t.match((await revoke(tokens['refresh_token'], 'payroll')).json, { error: 'invalid_client' });
  t.match((await revoke(tokens['access_token'])).json, { error: 'unsupported_token_type' });
  t.equal((await userInfo(issuer.issuer, tokens['access_token'])).status, 200);
  t.equal((await revoke(tokens['refresh_token'])).status, 200);
  t.match((await refresh(issuer, tokens['refresh_token'])).json, { error: 'invalid_grant' });
  t.equal((await userInfo(issuer.issuer, tokens['access_token'])).status, 401);
  t.equal((await revoke('made-up')).status, 200, 'RFC 7009: does not reveal which tokens exist');
});

t.test('userInfo needs an access token with the scope openid', async (t) => {
  const { issuer, clock } = await startTestIssuer(t);
  const { tokens } = await tokensOf(issuer, 'olga');
  const answer = await userInfo(issuer.issuer, tokens['access_token']);
  t.same(await answer.json(), {
    sub: '1b6e8c03-d2f5-4987-9c4e-a7053f1d8e26',
    username: 'olga',
    name: 'Olga Novak',
    email: 'olga.novak@other.example',
    email_verified: 'true',
  });
  const narrow = await issuer.tokenFor('olga', { scope: 'profile' });
  for (const token of [tokens['id_token'], narrow, 'x', '']) {
    const refused = await userInfo(issuer.issuer, token);
    t.equal(refused.status, 401);
    t.match(refused.headers.get('www-authenticate'), /error="invalid_token"/);
  }
  clock.now += 3_600_000;
  t.equal((await userInfo(issuer.issuer, tokens['access_token'])).status, 401, 'after an hour');
});

t.test('scripts get tokens without a browser', async (t) => {
  const { issuer } = await startTestIssuer(t);
  const other = await startTestIssuer(t);
  const keys = createRemoteJWKSet(new URL(issuer.jwksUri));
  const token = await issuer.tokenFor('aylin', { 'cognito:groups': ['demo:admin'], username: undefined });
  const { payload } = await jwtVerify(token, keys, { currentDate: new Date(START) });
  t.match(payload, { 'cognito:groups': ['demo:admin'], token_use: 'access', scope: 'openid profile' });
  t.notOk('username' in payload);
  await t.rejects(issuer.tokenFor('nobody'), { code: 'UNKNOWN_USER' });
  const foreign = await other.issuer.tokenFor('aylin');
  t.not(decodeProtectedHeader(foreign).kid, decodeProtectedHeader(token).kid, 'each run has its own key');
  await t.rejects(jwtVerify(foreign, keys));
});

function userInfo(issuer: string, token: unknown): Promise<Response> {
  return fetch(`${issuer}/oauth2/userInfo`, { headers: { authorization: `Bearer ${token}` } });
}
