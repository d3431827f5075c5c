import { createTokenVerifier } from '@swipegate/http/sign-in/token-verifier';
import { startIssuer } from '@swipegate/infra/local/sign-in/issuer';
import type { InjectOptions } from 'fastify';
import t, { type Test } from 'tap';
import { KEY, OPERATOR_KEY, swipe, testApp } from './test-app.js';

const CONSOLE = 'http://127.0.0.1:8083';
const issuer = await startIssuer({ redirectUris: [], logoutUris: [] });
t.teardown(() => issuer.close());
const { issuer: name, clientId, jwksUri } = issuer;
const verify = createTokenVerifier({ issuer: name, clientId, jwksUri });
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const as = async (user: string) => bearer(await issuer.tokenFor(user));

const ALARM = '/v1/alarms/north-in/0193a1d2-7c1e-7000-8000-000000000002';
/** Tables that answer with the tenant that asks. */
const queries = {
  alarms: async (tenantId: string) => ({ fromMs: 0, toMs: 0, items: [], nextCursor: tenantId }),
  silentReaders: async (tenantId: string) => ({ items: [], nextCursor: tenantId }),
};

async function appWithUsers(t: Test, env: Record<string, string> = {}) {
  const made = await testApp({ CONSOLE_ORIGIN: CONSOLE, ...env }, queries, { verify });
  t.teardown(() => made.app.close());
  return made;
}

t.test('a role of the user must allow the operators’ resource', async (t) => {
  const { app } = await appWithUsers(t);
  const forgive: InjectOptions = {
    method: 'POST',
    url: '/v1/cards/card-1/forgive-passback',
    payload: { reason: 'test' },
  };
  const table: [request: InjectOptions, roles: string][] = [
    [{ url: '/v1/buildings/hq/muster' }, 'guard security auditor admin'],
    [{ url: '/v1/buildings/hq/occupancy' }, 'guard security auditor admin'],
    [{ url: '/v1/cards/card-1/events' }, 'guard security auditor admin'],
    [{ url: '/v1/employees/emp-1/events' }, 'guard security auditor admin'],
    [{ url: '/v1/readers/north-in/events' }, 'guard security auditor admin'],
    [{ url: '/v1/alarms' }, 'guard security auditor admin'],
    [{ url: '/v1/denials' }, 'guard security auditor admin'],
    [{ url: '/v1/readers/silent' }, 'hr guard security auditor admin'],
    [forgive, 'guard security admin'],
    [{ method: 'POST', url: `${ALARM}/acknowledge`, payload: {} }, 'guard security admin'],
    [{ method: 'POST', url: `${ALARM}/close`, payload: { note: 'n' } }, 'guard security admin'],
    [{ method: 'POST', url: `${ALARM}/reopen`, payload: { note: 'n' } }, 'guard security admin'],
  ];
  const users = { hr: 'hanna', guard: 'gabriel', security: 'samuel', auditor: 'aylin', admin: 'anders' };
  for (const [request, roles] of table) {
    for (const [role, user] of Object.entries(users)) {
      const answer = await app.inject({ ...request, headers: await as(user) });
      const allowed = roles.split(' ').includes(role);
      t.equal(answer.json().code === 'role-not-allowed', !allowed, `${request.url} ${role}`);
      if (!allowed) t.equal(answer.statusCode, 403);
    }
  }
});

t.test('a user reads the own tenant, and no key does the same by a token', async (t) => {
  const { app } = await appWithUsers(t);
  const mine = await app.inject({ url: '/v1/alarms', headers: await as('gabriel') });
  t.match(mine.json(), { nextCursor: 'demo' });
  const olga = bearer(await issuer.tokenFor('olga', { 'cognito:groups': ['other:admin'] }));
  const theirs = await app.inject({ url: '/v1/alarms', headers: olga });
  t.match(theirs.json(), { nextCursor: 'other' });
  const keyed = await app.inject({ url: '/v1/alarms', headers: bearer(OPERATOR_KEY) });
  t.match(keyed.json(), { nextCursor: 'acme' }, 'an operator’s key still works');
  t.match((await app.inject({ url: '/v1/alarms', headers: bearer(KEY) })).json(), { code: 'wrong-key-role' });
});

t.test('a token that is not good opens nothing', async (t) => {
  const { app, sink } = await appWithUsers(t);
  const good = await issuer.tokenFor('anders');
  const [head, body] = good.split('.');
  const seconds = Math.floor(Date.now() / 1_000);
  const bad: [token: string, code: string][] = [
    [`${head}.${body}.${'A'.repeat(342)}`, 'invalid-token'],
    [await issuer.tokenFor('anders', { exp: seconds - 60 }), 'invalid-token'],
    [await issuer.tokenFor('anders', { client_id: 'another' }), 'invalid-token'],
    [await issuer.tokenFor('anders', { 'cognito:groups': ['demo:admin', 'other:admin'] }), 'role-not-allowed'],
    ['a.b.c', 'invalid-token'],
  ];
  for (const [token, code] of bad) {
    const answer = await app.inject({ url: '/v1/alarms', headers: bearer(token) });
    t.equal(answer.json().code, code, token.slice(-20));
  }
  const headers = { ...bearer(good), 'content-type': 'application/json' };
  const posted = await app.inject({ method: 'POST', url: '/v1/swipes', headers, payload: swipe() });
  t.equal(posted.statusCode, 401, 'a user is no reader');
  t.same(sink.puts, []);
  const { app: without } = await testApp();
  t.teardown(() => without.close());
  const unknown = await without.inject({ url: '/v1/alarms', headers: bearer(good) });
  t.equal(unknown.json().code, 'missing-key', 'a gateway without TOKEN_ISSUER knows no users');
});

t.test('a user has a rate of requests, as a key has', async (t) => {
  const { app } = await appWithUsers(t, { RATE_LIMIT_PER_SECOND: '2' });
  const headers = await as('gabriel');
  const answers = await Promise.all(Array.from({ length: 6 }, () => app.inject({ url: '/v1/denials', headers })));
  t.ok(answers.some(({ statusCode }) => statusCode === 429));
  const other = await app.inject({ url: '/v1/denials', headers: await as('samuel') });
  t.equal(other.statusCode, 200, 'another user has an own rate');
});

t.test('the console’s page alone may call the operators’ resources', async (t) => {
  const { app } = await appWithUsers(t);
  const ask = (origin: string, method: 'GET' | 'OPTIONS', url = '/v1/alarms') =>
    app.inject({ method, url, headers: { origin, 'access-control-request-method': 'GET' } });
  const preflight = await ask(CONSOLE, 'OPTIONS');
  t.equal(preflight.statusCode, 204);
  t.match(preflight.headers, {
    'access-control-allow-origin': CONSOLE,
    'access-control-allow-headers': /authorization/,
    vary: 'origin',
  });
  const refused = await ask(CONSOLE, 'GET');
  t.equal(refused.statusCode, 401);
  t.equal(refused.headers['access-control-allow-origin'], CONSOLE, 'the page can read why');
  const other = await ask('https://evil.example', 'OPTIONS');
  t.equal(other.statusCode, 405);
  t.notOk(other.headers['access-control-allow-origin']);
  t.notOk((await ask('https://evil.example', 'GET')).headers['access-control-allow-origin']);
  t.equal((await ask(CONSOLE, 'GET', '/v1/swipes')).headers['access-control-allow-origin'], undefined);
});
