import { once } from 'node:events';
import { get, type IncomingHttpHeaders, request } from 'node:http';
import t, { type Test } from 'tap';
import { type OpsServer, startOps } from '../ops-server.js';
import { CONTENT_SECURITY_POLICY } from '../page.js';
import { moments } from './moments.js';
import { OPERATOR_KEY, stubGateway } from './stub-gateway.js';

const REMOTE = { 'x-forwarded-for': '203.0.113.9' };
const PATHS = ['/ops/history', '/ops/stream', '/ops/denials', '/ops/silent-readers'];

async function start(t: Test): Promise<OpsServer> {
  const ops = await startOps({ port: 0, host: '127.0.0.1', operatorKey: OPERATOR_KEY });
  t.teardown(() => ops.close());
  return ops;
}

interface Answer {
  status: number | undefined;
  headers: IncomingHttpHeaders;
  text: string;
}

/** Sends a request. Unlike fetch, it can set another Host header. */
async function ask(
  { url }: OpsServer,
  path: string,
  headers: Record<string, string> = {},
  body?: unknown,
): Promise<Answer> {
  const posted = body === undefined ? undefined : JSON.stringify(body);
  const type = posted === undefined ? {} : { 'content-type': 'application/json' };
  const asked = request(new URL(path, url), {
    method: posted === undefined ? 'GET' : 'POST',
    headers: { ...headers, ...type },
  });
  asked.end(posted);
  const [answer] = await once(asked, 'response');
  let text = '';
  // A stream of events has no end.
  if (String(answer.headers['content-type']).includes('event-stream')) answer.destroy();
  else for await (const chunk of answer.setEncoding('utf8')) text += chunk;
  return { status: answer.statusCode, headers: answer.headers, text };
}

t.test('on this machine the page needs no key and runs only its own files', async (t) => {
  const ops = await start(t);
  const page = await ask(ops, '/ops');
  t.equal(page.status, 200);
  t.match(page.headers, {
    'content-security-policy': CONTENT_SECURITY_POLICY,
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-store',
  });
  t.notMatch(CONTENT_SECURITY_POLICY, /unsafe|\*|https?:/);
  const files = Array.from(page.text.matchAll(/(?:src|href)="(\/[^"]+)"/g), ([, path = '']) => path);
  t.ok(files.length >= 2);
  for (const path of files) t.equal((await ask(ops, path)).status, 200, path);
  t.equal((await ask(ops, '/')).headers.location, '/ops');
});

t.test('a remote request needs the operator’s key and gets no data', async (t) => {
  const ops = await start(t);
  const disguises: Record<string, string>[] = [
    REMOTE,
    { forwarded: 'for=203.0.113.9' },
    { via: '1.1 proxy' },
    { host: 'gate.example.com' },
    { host: '127.0.0.1.example.com:8081' },
    { host: 'localhost.example.com' },
  ];
  for (const headers of disguises) {
    const page = await ask(ops, '/ops', headers);
    t.equal(page.status, 401, JSON.stringify(headers));
    t.match(page.text, /Operator’s key/);
    t.notMatch(page.text, /id="definition"/);
    for (const path of PATHS) {
      const { status, text } = await ask(ops, path, headers);
      t.equal(status, 401, path);
      t.match(JSON.parse(text), { status: 401, detail: /operator’s key/ });
    }
  }
});

t.test('a key opens a session that scripts cannot read', async (t) => {
  const ops = await start(t);
  t.equal((await ask(ops, '/ops/session', REMOTE, { key: 'sgk_guessed' })).status, 403);
  t.equal((await ask(ops, '/ops/session', REMOTE, { key: '' })).status, 403);
  t.equal((await ask(ops, '/ops/session', REMOTE, {})).status, 400);
  const { status, headers } = await ask(ops, '/ops/session', REMOTE, { key: OPERATOR_KEY });
  t.equal(status, 204);
  const [cookie = ''] = headers['set-cookie'] ?? [];
  t.match(cookie, /; Path=\/ops; Max-Age=43200; HttpOnly; SameSite=Strict$/);
  t.notMatch(cookie, OPERATOR_KEY);
  const [pair = ''] = cookie.split(';');
  t.match((await ask(ops, '/ops', { ...REMOTE, cookie: `a=b; ${pair}` })).text, /id="definition"/);
  t.equal((await ask(ops, '/ops/history', { ...REMOTE, cookie: pair })).status, 200);
  t.equal((await ask(ops, '/ops/history', { ...REMOTE, cookie: `${pair}x` })).status, 401);
  t.equal((await ask(ops, '/ops/history', { ...REMOTE, authorization: `Bearer ${OPERATOR_KEY}` })).status, 200);
});

t.test('only the page’s own files are served', async (t) => {
  const ops = await start(t);
  for (const path of ['/ops/../package.json', '/ops/%2e%2e/ops-server.js', '/ops/page.ts', '/ops/__proto__', '/x']) {
    t.equal((await ask(ops, path)).status, 404, path);
  }
});

t.test('the stream sends a moment per second; the history has the earlier ones', async (t) => {
  const ops = await start(t);
  t.match(JSON.parse((await ask(ops, '/ops/denials')).text), { status: 503 }, 'before the gateway runs');
  const gateway = await stubGateway(t);
  ops.watch({ gatewayUrl: gateway.url, otherMetricsUrls: [] });
  let sent = 0;
  for await (const moment of moments(ops.url)) {
    t.match(moment, { gatewayAnswers: true, figures: { 'present/readersHeard': 24 } });
    sent += 1;
    if (sent === 3) break;
  }
  const { atMs, figures } = JSON.parse((await ask(ops, '/ops/history')).text);
  t.ok(atMs.length >= 3);
  t.equal(figures['throughput/swipesAccepted'].length, atMs.length);
  t.ok(figures['throughput/swipesAccepted'].at(-1) > 0);
  t.ok(figures['reasons/reason/granted'].at(-1) > 0);
});

t.test('operator queries are forwarded to the gateway; its errors are reported', async (t) => {
  const ops = await start(t);
  const gateway = await stubGateway(t);
  ops.watch({ gatewayUrl: gateway.url, otherMetricsUrls: [] });
  gateway.denials = [{ reason: 'denied-lockout' }];
  gateway.silentReaders = [{ readerId: 'hq-north-1' }];
  t.match(JSON.parse((await ask(ops, '/ops/denials')).text), { items: [{ reason: 'denied-lockout' }] });
  t.match(JSON.parse((await ask(ops, '/ops/silent-readers')).text), { items: [{ readerId: 'hq-north-1' }] });
  gateway.status = 500;
  t.match(JSON.parse((await ask(ops, '/ops/denials')).text), { status: 502, detail: /answered 500/ });
});

t.test('the server closes while a stream is open', async (t) => {
  const ops = await startOps({ port: 0, host: '127.0.0.1', operatorKey: OPERATOR_KEY });
  const looking = get(new URL('/ops/stream', ops.url));
  const [stream] = await once(looking, 'response');
  const ended = once(stream.resume(), 'end');
  await ops.close();
  await ended;
  t.pass();
});
