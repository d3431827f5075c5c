import { ADMIN_ROLES, type AdminRole } from '@swipegate/contract';
import type { Action } from '@swipegate/contract/back-office/permissions';
import { createTokenVerifier } from '@swipegate/http/sign-in/token-verifier';
import t from 'tap';
import { appWithIssuer, smallApp } from './small-app.js';

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

/** Repeats the permission table, so that a mistake there fails this test. */
const MATRIX: Record<Action, string> = {
  'employees.read': 'hr guard security auditor admin',
  'employees.write': 'hr admin',
  'visits.read': 'hr guard security auditor admin',
  'visits.write': 'hr guard security admin',
  'permits.write': 'hr security admin',
  'cards.read': 'hr guard security auditor admin',
  'cards.link': 'hr admin',
  'cards.unlink': 'hr admin',
  'cards.block': 'hr guard security admin',
  'cards.trace': 'guard security admin',
  'cards.reactivate': 'hr admin',
  'events.read': 'hr guard security auditor admin',
  'swipes.read': 'guard security auditor admin',
  'presence.read': 'hr guard security auditor admin',
  'muster.read': 'guard security auditor admin',
  'attendance.read': 'hr auditor admin',
  'alarms.read': 'guard security auditor admin',
  'alarms.handle': 'guard security admin',
  'passback.forgive': 'guard security admin',
  'muster.write': 'guard security admin',
  'site.read': 'hr guard security auditor admin',
  'site.write': 'security admin',
  'keys.write': 'security admin',
  'doors.command': 'guard security admin',
  'lockdown.set': 'guard security admin',
  'operator-keys.write': 'admin',
  'tenant.write': 'admin',
  'imports.use': 'hr security admin',
  'imports.write': 'hr admin',
  'erasure.write': 'admin',
};
const USER_OF: Record<AdminRole, string> = {
  hr: 'hanna',
  guard: 'gabriel',
  security: 'samuel',
  auditor: 'aylin',
  admin: 'anders',
};

t.test('each role may do its own actions only', async (t) => {
  const { app, issuer } = await appWithIssuer(t);
  for (const role of ADMIN_ROLES) {
    const headers = bearer(await issuer.tokenFor(USER_OF[role]));
    for (const [action, roles] of Object.entries(MATRIX)) {
      const answer = await app.inject({ method: 'POST', url: `/${action}`, headers });
      if (roles.split(' ').includes(role)) {
        t.equal(answer.statusCode, 200, `${role} ${action}`);
        t.match(answer.json(), { userName: USER_OF[role], tenantId: 'demo', roles: [role] });
      } else {
        t.equal(answer.statusCode, 403, `${role} ${action}`);
        t.match(answer.json(), {
          code: 'role-not-allowed',
          detail: new RegExp(`^${action} requires one of the roles .*; you have ${role}`),
        });
        t.equal(answer.headers['www-authenticate'], 'Bearer realm="swipegate", error="insufficient_scope"');
      }
    }
  }
});

t.test('a route without an action is closed, even to an admin, unless it is listed', async (t) => {
  const { app, issuer, logged } = await appWithIssuer(t);
  for (const who of Object.values(USER_OF)) {
    const headers = bearer(await issuer.tokenFor(who));
    for (const method of ['GET', 'HEAD'] as const) {
      t.equal((await app.inject({ method, url: '/forgotten', headers })).statusCode, 403, `${who} ${method}`);
    }
    t.match((await app.inject({ url: '/forgotten', headers })).json(), { code: 'role-not-allowed' }, who);
    t.same((await app.inject({ url: '/listed/1', headers })).json(), { user: who });
  }
  t.match(logged(), /"route":"\/forgotten".*has no action/);
  for (const url of ['/forgotten', '/listed/1'])
    t.match((await app.inject(url)).json(), { code: 'missing-token' }, url);
});

t.test('the tenant comes from the token’s groups, which must name exactly one', async (t) => {
  const { app, issuer } = await appWithIssuer(t);
  const ask = async (token: string) =>
    (await app.inject({ method: 'POST', url: '/employees.read?tenantId=demo', headers: bearer(token) })).json();
  t.match(await ask(await issuer.tokenFor('olga')), { tenantId: 'other', roles: ['hr'] });
  const both = await ask(await issuer.tokenFor('olga', { 'cognito:groups': ['other:hr', 'demo:hr'] }));
  t.match(both, { code: 'role-not-allowed', status: 403, detail: /several tenants/ });
  const none = await ask(await issuer.tokenFor('olga', { 'cognito:groups': undefined }));
  t.match(none, { code: 'role-not-allowed', detail: /no tenant/ });
});

t.test('a request without a token has no user', async (t) => {
  const { app, issuer } = await appWithIssuer(t);
  const token = await issuer.tokenFor('anders');
  for (const authorization of [undefined, '', 'Bearer', 'Bearer ', `Basic ${token}`, token, `Bearer ${token} x`]) {
    const headers = authorization === undefined ? {} : { authorization };
    for (const url of ['/erasure.write', '/employees.read']) {
      const answer = await app.inject({ method: 'POST', url, headers });
      t.match(answer.json(), { status: 401, code: 'missing-token' }, `${authorization}`);
      t.equal(answer.headers['www-authenticate'], 'Bearer realm="swipegate"');
    }
  }
  t.match((await app.inject('/closed')).json(), { status: 401, code: 'missing-token' });
  t.same((await app.inject('/open')).json(), { user: null });
  t.same((await app.inject({ url: '/open', headers: bearer(token) })).json(), { user: 'anders' });
  t.equal((await app.inject({ url: '/open', headers: { authorization: `bearer  ${token}` } })).statusCode, 200);
});

t.test('a refused token ends the request and names the fix', async (t) => {
  const { app, issuer } = await appWithIssuer(t);
  const past = Math.floor(Date.now() / 1_000) - 3_600;
  const table: [token: string, detail: RegExp][] = [
    [await issuer.tokenFor('anders', { exp: past }), /expired.*refresh token/],
    [await issuer.tokenFor('anders', { token_use: 'id' }), /access_token, not id_token/],
    [await issuer.tokenFor('anders', { client_id: 'payroll' }), /another application/],
    ['sgk_0123456789', /not a signed JWT/],
    ['x'.repeat(9_000), /at most 8192/],
  ];
  for (const [token, detail] of table) {
    for (const request of [{ method: 'POST', url: '/employees.read' } as const, { url: '/open' }]) {
      const answer = await app.inject({ ...request, headers: bearer(token) });
      t.match(answer.json(), { status: 401, code: 'invalid-token', detail });
      t.equal(answer.headers['www-authenticate'], 'Bearer realm="swipegate", error="invalid_token"');
    }
  }
});

t.test('without keys the answer is 503, not 401', async (t) => {
  const { app, issuer } = await appWithIssuer(t);
  const headers = bearer(await issuer.tokenFor('anders'));
  await issuer.close();
  const answer = await app.inject({ method: 'POST', url: '/erasure.write', headers });
  t.match(answer.json(), { status: 503, code: 'lookup-unavailable', detail: /again/ });
  t.equal(answer.headers['retry-after'], '1');
  t.equal(answer.headers['www-authenticate'], undefined);
});

t.test('a verifier that throws refuses the request', async (t) => {
  const { app } = smallApp(t, async () => {
    throw new Error('on purpose');
  });
  t.match((await app.inject({ url: '/open', headers: bearer('x') })).json(), { status: 500, code: 'internal-error' });
});

t.test('no log or answer contains a token', async (t) => {
  const { app, issuer, logged } = await appWithIssuer(t);
  const good = await issuer.tokenFor('anders');
  const [head = '', body = '', signature = ''] = good.split('.');
  const past = Math.floor(Date.now() / 1_000) - 3_600;
  const tokens = [
    good,
    await issuer.tokenFor('hanna'),
    await issuer.tokenFor('hanna', { exp: past }),
    await issuer.tokenFor('hanna', { iss: 'https://issuer.example' }),
    await issuer.tokenFor('hanna', { sub: '../secret-subject' }),
    await issuer.tokenFor('hanna', { 'cognito:groups': ['demo:hr', 'other:hr'] }),
    `${head}.${body}.${Buffer.from('secret-signature').toString('base64url')}`,
    `${head}.${body}.`,
    `${Buffer.from('{"alg":"none"}').toString('base64url')}.${body}.${signature}`,
    'secret-that-is-no-token',
  ];
  const { app: cut, logged: loggedCut } = smallApp(
    t,
    createTokenVerifier({ ...issuer, jwksUri: 'http://127.0.0.1:1/jwks.json' }),
  );
  const answers: string[] = [];
  for (const token of tokens) {
    for (const url of ['/open', '/closed', '/broken', '/nowhere']) {
      for (const each of [app, cut]) answers.push(await said(each.inject({ url, headers: bearer(token) })));
    }
    answers.push(await said(app.inject({ method: 'POST', url: '/erasure.write', headers: bearer(token) })));
  }
  t.match(logged(), /access token refused/, 'the refusal is logged');
  t.match(logged(), /on purpose/);
  t.match(loggedCut(), /cannot be fetched/);
  const secrets = tokens.flatMap((token) => [token, ...token.split('.')]).filter((part) => part !== '');
  const claims = ['secret-subject', 'issuer.example', 'secret-signature', '4f1c2a9e-5b7d-4c3a-9e21-7d0c5a8b6f10'];
  for (const text of [logged(), loggedCut(), ...answers]) {
    t.same(
      [...secrets, ...claims].filter((secret) => text.includes(secret)),
      [],
    );
  }
});

async function said(answer: Promise<{ body: string; headers: Record<string, unknown> }>): Promise<string> {
  const { body, headers } = await answer;
  return `${JSON.stringify(headers)}\n${body}`;
}
