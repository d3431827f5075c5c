import { once } from 'node:events';
import { connect } from 'node:net';
import t from 'tap';
import { KEY, testApp } from '../../test/test-app.js';

const { app } = await testApp();
t.teardown(() => app.close());
const { port } = new URL(await app.listen({ host: '127.0.0.1', port: 0 }));
const key = `Host: x\r\nAuthorization: Bearer ${KEY}\r\n`;

/** Sends text and returns the answer, once the gateway has closed the connection. */
async function exchange(sent: string): Promise<{ status: number; head: string; body: string }> {
  const socket = connect(Number(port), '127.0.0.1');
  socket.on('error', () => undefined);
  let text = '';
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  socket.write(sent);
  await once(socket, 'close');
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
  const socket = connect(Number(port), '127.0.0.1');
  socket.write(`GET /v1/readers/north-in/decisions HTTP/1.1\r\n${key}\r\n`);
  let text = '';
  for await (const chunk of socket) {
    text += String(chunk);
    if (text.includes('since now')) socket.write('garbage\r\n\r\n');
  }
  t.match(text, /^HTTP\/1.1 200 /);
  t.notMatch(text, /problem/);
});
