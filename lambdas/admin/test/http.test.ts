import { unexplainedRules } from '@swipegate/contract/test/unexplained-rules';
import t from 'tap';
import { CONSOLE, startAdminApi } from './admin-api.js';
import { ROUTES } from './route-table.js';

const api = await startAdminApi(t);
const { ask } = api;
const json = { 'content-type': 'application/json' };
const LOST = '/v1/cards/card-1/lost';

t.test('CORS allows only the console’s origin', async (t) => {
  const preflight = (origin: string, url = '/v1/employees') =>
    ask(undefined, 'OPTIONS', url, {
      headers: {
        origin,
        'access-control-request-method': 'PUT',
        'access-control-request-headers': 'authorization,content-type,idempotency-key,if-match,if-none-match',
      },
    });
  for (const url of ['/v1/employees', LOST, '/v1/schedules/a', '/v1/nowhere']) {
    const allowed = await preflight(CONSOLE, url);
    t.equal(allowed.statusCode, 204, url);
    t.equal(allowed.body, '');
    t.match(allowed.headers, {
      'access-control-allow-origin': CONSOLE,
      'access-control-allow-methods': 'GET, POST, PUT, DELETE',
      'access-control-allow-headers': 'authorization, content-type, idempotency-key, if-match, if-none-match',
      vary: 'origin',
    });
    t.equal(allowed.headers['access-control-allow-credentials'], undefined);
  }
  for (const origin of [
    'null',
    'http://evil.example',
    `${CONSOLE}.evil.example`,
    `${CONSOLE}/`,
    `${CONSOLE}0`,
    CONSOLE.replace('http', 'https'),
    CONSOLE.toUpperCase(),
    `${CONSOLE}, http://evil.example`,
    '*',
  ]) {
    const refused = await preflight(origin);
    t.not(refused.statusCode, 204, origin);
    const cors = Object.keys(refused.headers).filter((name) => name.startsWith('access-control'));
    t.same(cors, [], origin);
    const read = await ask('hanna', 'GET', '/v1/employees', { headers: { origin } });
    t.equal(read.headers['access-control-allow-origin'], undefined, origin);
  }
  const answers = [
    await ask('hanna', 'GET', '/v1/me', { headers: { origin: CONSOLE } }),
    await ask(undefined, 'GET', '/v1/me', { headers: { origin: CONSOLE } }),
    await ask('aylin', 'POST', LOST, { headers: { origin: CONSOLE }, payload: { why: 'Told so' } }),
    await ask('hanna', 'POST', LOST, { headers: { origin: CONSOLE }, payload: {} }),
    await ask('hanna', 'GET', '/v1/nowhere', { headers: { origin: CONSOLE } }),
  ];
  t.same(
    answers.map(({ statusCode }) => statusCode),
    [200, 401, 403, 400, 404],
  );
  for (const { headers } of answers) {
    t.equal(headers['access-control-allow-origin'], CONSOLE, 'error answers have CORS headers');
    t.match(headers['access-control-expose-headers'], /retry-after/);
  }
});

t.test('an unsupported method is a 405, an unknown path a 404', async (t) => {
  const table: [method: string, url: string, status: number, allow: string | undefined][] = [
    ['PATCH', '/v1/employees/a', 405, 'GET, HEAD, PUT'],
    ['POST', '/v1/employees', 405, 'GET, HEAD'],
    ['DELETE', '/v1/cards/a', 405, 'GET, HEAD'],
    ['GET', LOST, 405, 'POST'],
    ['HEAD', LOST, 405, 'POST'],
    ['OPTIONS', '/v1/me', 405, 'GET, HEAD'],
    ['DELETE', '/v1/changes', 405, 'GET, HEAD'],
    ['PUT', '/v1/nowhere', 404, undefined],
    ['GET', '/', 404, undefined],
    ['GET', '/v1', 404, undefined],
    ['POST', '/v1/cards/a/explode', 404, undefined],
  ];
  for (const [method, url, status, allow] of table) {
    const answer = await ask('anders', method, url);
    t.equal(answer.statusCode, status, `${method} ${url}`);
    t.equal(answer.headers['allow'], allow);
    t.match(answer.headers['content-type'], /^application\/problem\+json/);
    if (method !== 'HEAD')
      t.match(answer.json(), { status, code: status === 405 ? 'method-not-allowed' : 'not-found' });
  }
});

t.test('invalid bodies are refused', async (t) => {
  const whole = JSON.stringify({ why: 'Told so' });
  const post = (payload: string | Buffer, headers: Record<string, string> = json) =>
    ask('hanna', 'POST', LOST, { payload, headers });
  const table: [name: string, answer: ReturnType<typeof post>, status: number, code: string][] = [
    ['cut off', post(whole.slice(0, -1)), 400, 'malformed-json'],
    ['nothing', post(''), 400, 'malformed-json'],
    ['no JSON', post('why=Told so'), 400, 'malformed-json'],
    ['two documents', post(whole + whole), 400, 'malformed-json'],
    ['NaN', post('{"why":NaN}'), 400, 'malformed-json'],
    ['__proto__', post('{"why":"Told so","__proto__":{"admin":true}}'), 400, 'malformed-json'],
    ['null', post('null'), 400, 'bad-request'],
    ['a text', post('"why"'), 400, 'bad-request'],
    ['a list', post('[]'), 400, 'bad-request'],
    ['a member twice, the last wrong', post('{"why":"Told so","why":1}'), 400, 'bad-request'],
    ['very deep', post(`{"why":${'['.repeat(30_000)}${']'.repeat(30_000)}}`), 400, 'bad-request'],
    ['too large', post(JSON.stringify({ why: 'a'.repeat(70_000) })), 413, 'body-too-large'],
    ['text', post(whole, { 'content-type': 'text/plain' }), 415, 'unsupported-media-type'],
    [
      'a form',
      post('why=Told+so', { 'content-type': 'application/x-www-form-urlencoded' }),
      415,
      'unsupported-media-type',
    ],
    ['multipart', post('--a--', { 'content-type': 'multipart/form-data; boundary=a' }), 415, 'unsupported-media-type'],
    ['NDJSON', post(whole, { 'content-type': 'application/x-ndjson' }), 415, 'unsupported-media-type'],
    ['XML', post('<why/>', { 'content-type': 'application/xml' }), 415, 'unsupported-media-type'],
    ['no type', post(whole, { 'content-type': '' }), 415, 'unsupported-media-type'],
    ['bytes that are not UTF-8', post(Buffer.from([0x7b, 0xff, 0x7d])), 400, 'malformed-json'],
  ];
  for (const [name, pending, status, code] of table) {
    const answer = await pending;
    t.match(answer.json(), { status, code, type: `urn:swipegate:problem:${code}`, detail: /./ }, name);
    t.match(answer.headers['content-type'], /^application\/problem\+json/, name);
    if (status === 415) t.equal(answer.headers['accept-post'], 'application/json', name);
  }
  t.equal((await post(whole, { 'content-type': 'application/json; charset=utf-8' })).statusCode, 202);
  t.equal((await post(whole)).statusCode, 202);
});

t.test('the permission is checked before the body', async (t) => {
  for (const who of [undefined, 'aylin']) {
    const answer = await ask(who, 'POST', LOST, { payload: '{', headers: json });
    t.equal(answer.statusCode, who === undefined ? 401 : 403);
    const flood = await ask(who, 'POST', LOST, { payload: 'a'.repeat(100_000), headers: json });
    t.equal(flood.statusCode, who === undefined ? 401 : 403);
  }
});

t.test('answers have no-store, nosniff and vary', async (t) => {
  for (const [who, url] of [
    ['hanna', '/v1/me'],
    ['hanna', '/v1/employees'],
    [undefined, '/v1/employees'],
    ['hanna', '/v1/nowhere'],
    [undefined, '/openapi.json'],
  ] as const) {
    const { headers } = await ask(who, 'GET', url);
    t.match(headers, { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff', vary: /origin/ }, url);
  }
});

t.test('vary keeps the values of the route', async (t) => {
  const { headers } = await ask('samuel', 'GET', '/v1/cards/card-1/events');
  t.equal(headers['vary'], 'accept, origin');
});

t.test('the OpenAPI document has every route, with a summary and the token', async (t) => {
  const document = (await ask(undefined, 'GET', '/openapi.json')).json();
  t.same(unexplainedRules(document), [], 'each rule says what is allowed');
  const { paths } = document;
  const described = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods ?? {}).map((method) => `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`),
  );
  const hidden = ['GET /healthz', 'GET /openapi.json'];
  t.same([...described, ...hidden].sort(), Object.keys(ROUTES).sort());
  for (const [path, methods] of Object.entries(paths)) {
    for (const operation of Object.values(methods ?? {})) {
      t.match(operation, { security: [{ accessToken: [] }], summary: /./ }, path);
    }
  }
});

t.test('no log contains a token', async (t) => {
  const tokens = await Promise.all(['hanna', 'anders'].map((who) => api.issuer.tokenFor(who)));
  for (const token of tokens) {
    for (const url of ['/v1/me', '/v1/nowhere', `/v1/changes?access_token=${token}`, `/v1/changes/${token}`]) {
      await api.app.inject({ url, headers: { authorization: `Bearer ${token}` } });
    }
    await api.app.inject({ url: '/v1/me', headers: { authorization: `Bearer ${token.slice(0, -6)}AAAAAA` } });
  }
  t.match(api.logged(), /access token refused/, 'the refusal is logged');
  for (const part of tokens.flatMap((token) => token.split('.'))) t.notOk(api.logged().includes(part));
  t.notMatch(api.logged(), /Bearer|[Aa]uthorization/);
});
