import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { closeServer, listenOnLoopback } from '@swipegate/infra/local/processes/ports';
import { startIssuer } from '@swipegate/infra/local/sign-in/issuer';
import t from 'tap';
import { type ConnectionValues, connect } from '../connection.js';
import { signInWithBrowser } from '../sign-in.js';

/** A free port: the fixed one may be in use on this machine. */
const REDIRECT_URI = await freeRedirect();
const issuer = await startIssuer({ redirectUris: [REDIRECT_URI], logoutUris: [] });
t.teardown(() => issuer.close());

const stderr = new Writable({ write: (_chunk, _encoding, done) => done() });
const find = (values: ConnectionValues, env: Record<string, string> = {}) => connect(values, { env, stderr });
const silent = { say: () => undefined };

async function freeRedirect(): Promise<string> {
  const server = createServer(() => undefined);
  const { port } = new URL(await listenOnLoopback(server));
  await closeServer(server);
  return `http://localhost:${port}/`;
}

/** A browser that chooses a user on the sign-in page, and then follows the redirect. */
async function choose(url: URL, username: string): Promise<Response> {
  const page = await fetch(url);
  const cookie = page.headers.get('set-cookie')?.split(';')[0] ?? '';
  const formToken = /name="form_token" value="([^"]+)"/.exec(await page.text())?.[1] ?? '';
  const body = new URLSearchParams({ form_token: formToken, username });
  const answer = await fetch(`${issuer.issuer}/login`, {
    method: 'POST',
    body,
    headers: { cookie },
    redirect: 'manual',
  });
  return fetch(String(answer.headers.get('location')).replace('localhost', '127.0.0.1'));
}

t.test('sign-in with the browser gives an access token; a foreign answer does not end the wait', async (t) => {
  const shown: string[] = [];
  const token = await signInWithBrowser({
    issuer: issuer.issuer,
    clientId: issuer.clientId,
    redirectUri: REDIRECT_URI,
    say: (line) => shown.push(line),
    open(url) {
      const foreign = fetch(`${REDIRECT_URI.replace('localhost', '127.0.0.1')}?code=x&state=y`);
      void foreign.then((answer) => t.equal(answer.status, 404)).then(() => choose(url, 'anders'));
    },
  });
  const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
  t.match(claims, { username: 'anders', token_use: 'access', 'cognito:groups': ['demo:admin'] });
  t.match(shown, [/^Sign in with the browser: http:/]);
});

t.test('sign-in that cannot work says why', async (t) => {
  const parts = { ...silent, clientId: issuer.clientId, redirectUri: REDIRECT_URI, open: () => undefined };
  await t.rejects(signInWithBrowser({ ...parts, issuer: 'http://127.0.0.1:9' }), {
    code: 'SIGN_IN_FAILED',
    message: /^The sign-in service http:\/\/127\.0\.0\.1:9\/ cannot be used/,
  });
  const late = signInWithBrowser({ ...parts, issuer: issuer.issuer, withinMs: 1 });
  await t.rejects(late, { message: /^Nobody signed in within five minutes/ });
  const other = createServer(() => undefined);
  const { port } = new URL(await listenOnLoopback(other));
  t.teardown(() => closeServer(other));
  const taken = { ...parts, issuer: issuer.issuer, redirectUri: `http://localhost:${port}/` };
  await t.rejects(signInWithBrowser(taken), { message: new RegExp(`^The port ${port} is in use`) });
});

t.test('the keys.json of npm start gives the API and its admin, with a new token', async (t) => {
  const folder = t.testdir();
  const file = (name: string, content: object) => {
    writeFileSync(join(folder, name), JSON.stringify(content));
    return join(folder, name);
  };
  const admin = {
    url: 'http://127.0.0.1:9999',
    tokens: { hanna: await issuer.tokenFor('hanna'), anders: await issuer.tokenFor('anders') },
  };
  const [old, fresh] = [
    file('old.json', { keys: {}, admin }),
    file('new.json', { keys: {}, admin: { ...admin, signIn: issuer.issuer } }),
  ];
  for (const local of [old, fresh]) t.match(await find({ local }), { url: admin.url });
  t.match(await find({ local: fresh, user: 'samuel' }), { url: admin.url }, 'a user who came later');
  await t.rejects(find({ local: old, user: 'samuel' }), {
    message: /^There is no user samuel .* one of hanna, anders\.$/,
  });
  const elsewhere = file('tenant.json', { keys: {}, tenant: 'acme', admin });
  await t.rejects(find({ local: elsewhere }), { message: /^There is no user with the role admin in/ });
  await t.rejects(find({ local: file('none.json', { keys: {} }) }), { message: /names no admin API/ });
  await t.rejects(find({ local: join(folder, 'missing.json') }), { message: /cannot be read/ });
});

t.test('an installation on AWS is found by its console or its API', async (t) => {
  const config = { apiUrl: 'https://api.example.com', issuer: issuer.issuer, clientId: issuer.clientId };
  const page = createServer((request, response) =>
    response.end(request.url === '/config.json' ? JSON.stringify(config) : ''),
  );
  const address = await listenOnLoopback(page);
  t.teardown(() => closeServer(page));
  const env = { SWIPEGATE_TOKEN: 'a token' };
  t.match(await find({ console: address }, env), { url: 'https://api.example.com' });
  t.match(await find({ api: 'https://other.example.com/', token: 'a token' }), { url: 'https://other.example.com' });
  await t.rejects(find({ api: 'https://other.example.com' }), { message: /^There is no token: set SWIPEGATE_TOKEN/ });
  await t.rejects(find({ console: `${address}/elsewhere` }, env), { message: /is not the configuration of a console/ });
  await t.rejects(find({ console: 'example' }, env), { message: /^--console example is not an http URL/ });
  await t.rejects(find({ local: 'keys.json', api: address }, env), { message: /^--local cannot be combined/ });
});
