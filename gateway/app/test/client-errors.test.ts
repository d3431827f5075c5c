import t from 'tap';
import { RawClient } from '../../test/raw-http.js';
import { json, KEY, swipe, testApp, testKey } from '../../test/test-app.js';

const { app } = await testApp();
t.teardown(() => app.close());
const { port } = new URL(await app.listen({ host: '127.0.0.1', port: 0 }));
const key = `Host: x\r\nAuthorization: Bearer ${KEY}\r\n`;

/** Sends text and returns the answer, once the gateway has closed the connection. */
async function exchange(sent: string): Promise<{ status: number; head: string; body: string }> {
  const text = await new RawClient(port).write(sent).closed();
  const [head = '', body = ''] = text.split('\r\n\r\n');
  return { status: Number(head.split(' ')[1]), head, body };
}

const rows: { name: string; sent: string; status: number; code: string; detail: RegExp }[] = [
  {
    name: 'a path that is not UTF-8',
    sent: `GET /v1/swipes/%ff/decision HTTP/1.1\r\n${key}Connection: close\r\n\r\n`,
    status: 400,
    code: 'bad-request',
    detail: /%/,
  },
  {
    name: 'an overlong path parameter',
    sent: `GET /v1/swipes/${'1'.repeat(200)}/decision HTTP/1.1\r\n${key}Connection: close\r\n\r\n`,
    status: 400,
    code: 'bad-request',
    detail: /longer/,
  },
  {
    name: 'oversize headers',
    sent: `GET /healthz HTTP/1.1\r\n${key}X: ${'x'.repeat(40_000)}\r\n\r\n`,
    status: 431,
    code: 'headers-too-large',
    detail: /16 KiB/,
  },
  {
    name: 'an unknown method',
    sent: `SWIPE /v1/swipes HTTP/1.1\r\n${key}\r\n`,
    status: 400,
    code: 'bad-request',
    detail: /method/,
  },
  {
    name: 'a method that no route allows',
    sent: `PROPFIND /v1/swipes HTTP/1.1\r\n${key}Connection: close\r\n\r\n`,
    status: 405,
    code: 'method-not-allowed',
    detail: /allows POST/,
  },
  { name: 'not HTTP', sent: 'hello\r\n\r\n', status: 400, code: 'bad-request', detail: /HTTP/ },
  {
    name: 'Content-Length and Transfer-Encoding',
    sent: `POST /v1/swipes HTTP/1.1\r\n${key}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n`,
    status: 400,
    code: 'bad-request',
    detail: /HPE_/,
  },
  {
    name: 'a transfer coding other than chunked',
    sent: `POST /v1/swipes HTTP/1.1\r\n${key}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`,
    status: 501,
    code: 'transfer-coding-unsupported',
    detail: /gzip, chunked/,
  },
  {
    name: 'a transfer coding in a header of its own, on a route without a body',
    sent: `GET /healthz HTTP/1.1\r\n${key}Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    status: 501,
    code: 'transfer-coding-unsupported',
    detail: /chunked/,
  },
  {
    name: 'a transfer coding in HTTP/1.0',
    sent: `POST /v1/swipes HTTP/1.0\r\n${key}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    status: 400,
    code: 'bad-request',
    detail: /HTTP\/1.0/,
  },
  {
    name: 'no Host',
    sent: 'GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n',
    status: 400,
    code: 'bad-request',
    detail: /Host/,
  },
  {
    name: 'an unknown Expect header',
    sent: `POST /v1/swipes HTTP/1.1\r\n${key}Expect: miracles\r\nContent-Length: 2\r\n\r\n{}`,
    status: 417,
    code: 'expectation-failed',
    detail: /miracles/,
  },
];

t.test('requests that reach no route get a problem too', async (t) => {
  for (const { name, sent, status, code, detail } of rows) {
    const answer = await exchange(sent);
    t.equal(answer.status, status, name);
    t.match(answer.head, /^content-type: application\/problem\+json/im, name);
    t.match(
      JSON.parse(answer.body),
      { status, code, detail, title: String, type: `urn:swipegate:problem:${code}` },
      name,
    );
  }
});

t.test('garbage after the start of an answer adds no second answer', async (t) => {
  const client = new RawClient(port).write(`GET /v1/readers/north-in/decisions HTTP/1.1\r\n${key}\r\n`);
  await client.until(/since now/);
  client.write('garbage\r\n\r\n');
  t.match(await client.closed(), /^HTTP\/1.1 200 /);
  t.notMatch(client.text, /problem/);
});

const answersIn = (text: string) => Array.from(text.matchAll(/HTTP\/1.1 (\d{3}) /g), ([, status]) => Number(status));

t.test('a request that has its answer early gets no second one', async (t) => {
  const post = (more: string) =>
    `POST /v1/swipes HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${testKey('guess')}\r\n${more}`;
  const ends: [string, string, (client: RawClient) => void][] = [
    ['a half-closed connection', 'Content-Length: 100\r\n\r\n{', ({ socket }) => socket.end()],
    ['a malformed chunk', 'Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n', (client) => client.write('garbage\r\n\r\n')],
  ];
  for (const [name, more, end] of ends) {
    const client = new RawClient(port).write(post(more));
    await client.until(/unknown-key/);
    end(client);
    t.same(answersIn(await client.closed()), [401], name);
  }
  const kept = new RawClient(port).write(post('Content-Length: 3\r\n\r\n{'));
  await kept.until(/unknown-key/);
  kept.write('  GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n');
  await kept.until(/alive/);
  kept.write('garbage\r\n\r\n');
  t.same(answersIn(await kept.closed()), [401, 200, 400], 'each request of a connection gets one');
});

t.test('garbage behind a request does not take the place of its answer', async (t) => {
  const { app, sink } = await testApp();
  t.teardown(() => app.close());
  const own = new URL(await app.listen({ host: '127.0.0.1', port: 0 })).port;
  const arrived = new Promise<void>((resolve) => {
    sink.answer = () => {
      resolve();
      return new Promise(() => undefined);
    };
  });
  const body = JSON.stringify(swipe());
  const head = `POST /v1/swipes HTTP/1.1\r\n${key}Content-Type: application/json\r\nContent-Length: ${body.length}`;
  const client = new RawClient(own).write(`${head}\r\n\r\n${body}garbage\r\n\r\n`);
  await arrived;
  t.equal(await client.closed(), '', 'a 400 would say that the swipe was not accepted');
});

t.test('100 Continue comes when the body is wanted, and not before', async (t) => {
  const post = (headers: string) =>
    new RawClient(port).write(`POST /v1/swipes HTTP/1.1\r\nHost: x\r\n${headers}Expect: 100-continue\r\n\r\n`);
  const of = (headers: Record<string, string>) =>
    Object.entries({ ...json, ...headers })
      .map(([name, value]) => `${name}: ${value}\r\n`)
      .join('');
  for (const [name, headers, status] of [
    ['an unknown key', of({ authorization: `Bearer ${testKey('guess')}`, 'content-length': '2' }), 401],
    ['no key', 'Content-Length: 2\r\n', 401],
    ['a body that is too large', of({ 'content-length': '9999999' }), 413],
    ['a media type that is not supported', of({ 'content-type': 'text/xml', 'content-length': '2' }), 415],
    ['a coding that is not supported', of({ 'content-encoding': 'gzip', 'content-length': '2' }), 415],
  ] as const) {
    t.same(answersIn(await post(headers).until(/\}$/)), [status], name);
  }
  const body = JSON.stringify(swipe());
  const client = post(of({ 'content-length': String(body.length) }));
  t.match(await client.until(/\r\n\r\n/), /^HTTP\/1.1 100 Continue\r\n\r\n$/);
  t.same(answersIn(await client.write(body).until(/\}$/)), [100, 202]);
  client.socket.destroy();
});
