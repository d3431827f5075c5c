import type { InjectOptions } from 'fastify';
import t from 'tap';
import { json, KEY, ndjson, OTHER_KEY, swipe, testApp } from './test-app.js';

interface Row {
  name: string;
  request: InjectOptions;
  status: number;
  code: string;
  field?: string;
  reason?: RegExp;
  detail?: RegExp;
}

const post = (payload: unknown, headers: Record<string, string> = json): InjectOptions => ({
  method: 'POST',
  url: '/v1/swipes',
  headers,
  payload: typeof payload === 'string' ? payload : JSON.stringify(payload),
});

const rows: Row[] = [
  { name: 'malformed JSON', request: post('{"swipeId": '), status: 400, code: 'malformed-json', reason: /JSON/ },
  { name: 'an empty body', request: post(''), status: 400, code: 'malformed-json', reason: /empty/ },
  { name: 'a number', request: post('42'), status: 422, code: 'invalid-item', field: '', reason: /object/ },
  { name: 'null', request: post('null'), status: 422, code: 'invalid-item', field: '' },
  {
    name: 'a wrong type',
    request: post(swipe({ cardId: 42 })),
    status: 422,
    code: 'invalid-item',
    field: 'cardId',
    reason: /string/,
  },
  {
    name: 'a missing member',
    request: post(swipe({ readAt: undefined })),
    status: 422,
    code: 'invalid-item',
    field: 'readAt',
    reason: /missing/,
  },
  {
    name: 'an unknown member',
    request: post(swipe({ readat: 'x' })),
    status: 422,
    code: 'invalid-item',
    field: 'readat',
    reason: /not a known field; allowed are swipeId/,
  },
  {
    name: 'an invalid swipeId',
    request: post(swipe({ swipeId: '7' })),
    status: 422,
    code: 'invalid-item',
    field: 'swipeId',
    reason: /UUID/,
  },
  {
    name: 'an invalid direction',
    request: post(swipe({ direction: 'up' })),
    status: 422,
    code: 'invalid-item',
    field: 'direction',
    reason: /one of in, out/,
  },
  {
    name: 'an unknown reader',
    request: post(swipe({ readerId: 'nowhere' })),
    status: 403,
    code: 'reader-not-allowed',
    field: 'readerId',
    reason: /nowhere/,
    detail: /^readerId nowhere does not belong to the key key-north\.$/,
  },
  {
    name: 'another tenant’s reader',
    request: post(swipe({ readerId: 'globex-in' })),
    status: 403,
    code: 'reader-not-allowed',
    field: 'readerId',
  },
  {
    name: 'another tenant’s key',
    request: post(swipe(), { ...json, authorization: `Bearer ${OTHER_KEY}` }),
    status: 403,
    code: 'reader-not-allowed',
  },
  { name: 'no key', request: post(swipe(), { 'content-type': 'application/json' }), status: 401, code: 'missing-key' },
  {
    name: 'a wrong scheme',
    request: post(swipe(), { ...json, authorization: `Basic ${KEY}` }),
    status: 401,
    code: 'missing-key',
  },
  {
    name: 'a wrong key',
    request: post(swipe(), { ...json, authorization: 'Bearer sgk_guess' }),
    status: 401,
    code: 'unknown-key',
  },
  {
    name: 'an oversize body',
    request: post(' '.repeat(300_000)),
    status: 413,
    code: 'body-too-large',
    detail: /262144 bytes/,
  },
  { name: '501 items', request: post(Array.from({ length: 501 }, () => 1)), status: 413, code: 'too-many-items' },
  { name: 'no items', request: post([]), status: 422, code: 'empty-batch' },
  {
    name: 'one bad item in an array',
    request: post([swipe({ cardId: '' })]),
    status: 422,
    code: 'invalid-item',
    detail: /^The one item was not accepted\.$/,
  },
  {
    name: 'a compressed body',
    request: post('packed', { ...json, 'content-encoding': 'gzip' }),
    status: 415,
    code: 'unsupported-media-type',
    field: 'Content-Encoding',
    detail: /Content-Encoding gzip is not supported/,
  },
  { name: 'only bad items', request: post([1, swipe({ cardId: '' })]), status: 422, code: 'invalid-item' },
  {
    name: 'an unknown content type',
    request: post('<swipe/>', { ...json, 'content-type': 'text/xml' }),
    status: 415,
    code: 'unsupported-media-type',
  },
  {
    name: 'no content type',
    request: post('x', { authorization: `Bearer ${KEY}` }),
    status: 415,
    code: 'unsupported-media-type',
  },
  {
    name: 'a wait that is not a number',
    request: post(swipe(), { ...json, prefer: 'wait=soon' }),
    status: 400,
    code: 'malformed-prefer',
    field: 'Prefer',
  },
  {
    name: 'NDJSON without one good line',
    request: post('{"a":\nnot json\n', ndjson),
    status: 400,
    code: 'malformed-json',
  },
  {
    name: 'a wrong method',
    request: { method: 'DELETE', url: '/v1/swipes', headers: json },
    status: 405,
    code: 'method-not-allowed',
  },
  { name: 'an unknown path', request: { method: 'GET', url: '/v2/swipes' }, status: 404, code: 'not-found' },
  {
    name: 'a decision with an invalid swipeId',
    request: { method: 'GET', url: '/v1/swipes/7/decision', headers: json },
    status: 400,
    code: 'bad-request',
    field: 'swipeId',
    reason: /^must be a UUID or a ULID/,
  },
  {
    name: 'an invalid readerId',
    request: { method: 'GET', url: '/v1/readers/-/decisions', headers: json },
    status: 400,
    code: 'bad-request',
    field: 'readerId',
    reason: /^must be 1 to 64 letters, digits or/,
  },
  {
    name: 'an unknown decision',
    request: { method: 'GET', url: '/v1/swipes/0193a1d2-7c1e-7000-8000-ffffffffffff/decision', headers: json },
    status: 404,
    code: 'decision-not-found',
  },
  {
    name: 'another key’s event stream',
    request: { method: 'GET', url: '/v1/readers/globex-in/decisions', headers: json },
    status: 403,
    code: 'reader-not-allowed',
    field: 'readerId',
  },
];

t.test('every bad request gets a clear problem and writes nothing to the stream', async (t) => {
  const { app, sink } = await testApp();
  t.teardown(() => app.close());
  for (const { name, request, status, code, field, reason, detail = /\S/ } of rows) {
    const answer = await app.inject(request);
    const problem = answer.json();
    t.equal(answer.statusCode, status, `${name}: status`);
    t.match(answer.headers['content-type'], /^application\/problem\+json/, `${name}: content type`);
    t.match(
      problem,
      { code, status, type: `urn:swipegate:problem:${code}`, title: String, detail, instance: /\S/ },
      name,
    );
    if (field !== undefined) t.equal(problem.field, field, `${name}: field`);
    if (reason !== undefined) t.match(problem.reason, reason, `${name}: reason`);
    if (status === 401) t.match(answer.headers['www-authenticate'], /^Bearer/, `${name}: challenge`);
    if (status === 415) t.match(answer.headers['accept-post'], /ndjson/, `${name}: what is accepted`);
  }
  t.same(sink.puts, []);
});

t.test('a byte-order mark is not an error', async (t) => {
  const { app, sink } = await testApp();
  t.teardown(() => app.close());
  const mark = '\uFEFF';
  const lines = () => [swipe(), swipe()].map((each) => JSON.stringify(each));
  for (const [name, request, status] of [
    ['one swipe', post(`${mark}${JSON.stringify(swipe())}`), 202],
    ['one swipe on several lines', post(`${mark}\r\n${JSON.stringify(swipe(), null, 2)}\r\n`), 202],
    ['an array', post(`${mark}${JSON.stringify([swipe(), swipe()])}`), 207],
    ['NDJSON', post(`${mark}${lines().join('\n')}`, ndjson), 207],
    [
      'NDJSON of two files, with CRLF',
      post(
        lines()
          .map((line) => `${mark}${line}\r\n`)
          .join(''),
        ndjson,
      ),
      207,
    ],
  ] as const) {
    const answer = await app.inject(request);
    t.equal(answer.statusCode, status, name);
    if (status === 207) t.match(answer.json(), { accepted: 2, rejected: [] }, name);
  }
  t.equal(sink.puts.length, 8);
  const utf16 = Buffer.from(`${mark}${JSON.stringify(swipe())}`, 'utf16le');
  const answer = await app.inject({ method: 'POST', url: '/v1/swipes', headers: json, payload: utf16 });
  t.match(answer.json(), { status: 400, code: 'malformed-json', reason: /UTF-16; send UTF-8/ });
});

t.test('a bad item in the middle of an array is rejected alone', async (t) => {
  const { app, sink } = await testApp();
  t.teardown(() => app.close());
  const good = [swipe(), swipe(), swipe()];
  const answer = await app.inject(
    post([good[0], swipe({ cardId: 7 }), good[1], swipe({ readerId: 'globex-in' }), good[2]]),
  );
  t.equal(answer.statusCode, 207);
  t.match(answer.json(), {
    accepted: 3,
    rejected: [
      { index: 1, code: 'invalid-item', field: 'cardId', reason: /^must be a string: 1 to 64/, swipeId: /-/ },
      { index: 3, code: 'reader-not-allowed', field: 'readerId' },
    ],
  });
  t.same(
    sink.puts.map(({ record }) => record['swipeId']),
    good.map(({ swipeId }) => swipeId),
  );
});

t.test('a bad line of NDJSON is rejected alone', async (t) => {
  const { app, sink } = await testApp();
  t.teardown(() => app.close());
  const lines = [JSON.stringify(swipe()), '{"swipeId"', '', JSON.stringify(swipe())];
  const answer = await app.inject(post(lines.join('\n'), ndjson));
  t.equal(answer.statusCode, 207);
  t.match(answer.json(), { accepted: 2, rejected: [{ index: 1, code: 'malformed-json' }] });
  t.equal(sink.puts.length, 2);
});
