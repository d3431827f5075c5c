import t from 'tap';
import type { HttpAnswer } from '../channel/http-answer.js';
import { HttpConnection } from '../channel/http-connection.js';
import { answer, type ReceivedRequest, ScriptedServer } from './scripted-server.js';

interface Outcome {
  answer: HttpAnswer | undefined;
  error: Error | undefined;
}

function ask(connection: HttpConnection, body: string): Promise<Outcome> {
  return new Promise((resolve) => {
    const request = `POST / HTTP/1.1\r\nhost: x\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
    connection.request(request, (answer, error) => resolve({ answer, error }));
  });
}

/** A server and a connection to it, both closed at the end of the test. */
async function pair(
  t: Test,
  onRequest: (request: ReceivedRequest, server: ScriptedServer) => void,
  timeoutMs = 10_000,
) {
  const server = await ScriptedServer.start(onRequest);
  const connection = new HttpConnection(server.url, timeoutMs);
  t.teardown(async () => {
    connection.close();
    await server.stop();
  });
  return { server, connection };
}

type Test = Pick<typeof t, 'teardown'>;

t.test('one request at a time, in order, on one connection', async (t) => {
  let inFlight = 0;
  let most = 0;
  const { server, connection } = await pair(t, (request) => {
    most = Math.max(most, ++inFlight);
    setImmediate(() => {
      inFlight -= 1;
      answer(request, 202, { saw: request.body });
    });
  });
  const outcomes = await Promise.all(['a', 'b', 'c', 'd'].map((body) => ask(connection, body)));
  t.same(
    outcomes.map(({ answer }) => JSON.parse(answer?.body.toString() ?? '')),
    [{ saw: 'a' }, { saw: 'b' }, { saw: 'c' }, { saw: 'd' }],
  );
  t.equal(most, 1);
  t.equal(server.connections, 1);
  t.equal(connection.pending, 0);
});

t.test('an answer in pieces', async (t) => {
  const { connection } = await pair(t, ({ socket }) => {
    socket.write('HTTP/1.1 200 OK\r\ncontent-le');
    setImmediate(() => {
      socket.write('ngth: 4\r\n\r\nab');
      setImmediate(() => socket.write('cd'));
    });
  });
  t.equal((await ask(connection, 'x')).answer?.body.toString(), 'abcd');
});

t.test('after connection: close, the next request opens a new connection', async (t) => {
  const { server, connection } = await pair(t, (request) => answer(request, 200, {}, ['connection: close']));
  t.match((await ask(connection, 'a')).answer, { status: 200 });
  t.match((await ask(connection, 'b')).answer, { status: 200 });
  t.equal(server.connections, 2);
});

t.test('a body that ends with the connection', async (t) => {
  const { connection } = await pair(t, ({ socket }) => socket.end('HTTP/1.1 200 OK\r\n\r\nall of it'));
  t.equal((await ask(connection, 'a')).answer?.body.toString(), 'all of it');
});

t.test('a reset fails only the request in flight', async (t) => {
  const { server, connection } = await pair(t, (request) => {
    if (request.body === 'a') request.socket.resetAndDestroy();
    else answer(request, 200, {});
  });
  const [a, b] = await Promise.all([ask(connection, 'a'), ask(connection, 'b')]);
  t.equal(a.answer, undefined);
  t.match(a.error, { code: /ECONNRESET|CONNECTION_ENDED/ });
  t.match(b.answer, { status: 200 });
  t.equal(server.connections, 2);
});

t.test('connection refused', async (t) => {
  const server = await ScriptedServer.start(() => undefined);
  const { url } = server;
  await server.stop();
  const connection = new HttpConnection(url, 1_000);
  t.match((await ask(connection, 'a')).error, { code: 'ECONNREFUSED' });
  connection.close();
});

t.test('an overdue answer', async (t) => {
  const { server, connection } = await pair(
    t,
    (request) => (request.body === 'b' ? answer(request, 200, {}) : undefined),
    50,
  );
  const first = ask(connection, 'a');
  const second = ask(connection, 'b');
  await server.received(1);
  connection.checkTimeout(performance.now());
  t.equal(connection.pending, 2, 'not yet');
  connection.checkTimeout(performance.now() + 60);
  t.match((await first).error, { code: 'NO_ANSWER_IN_TIME', message: /within 50 ms/ });
  t.match((await second).answer, { status: 200 }, 'the next request has a new connection');
});

t.test('an answer that is not HTTP', async (t) => {
  const { connection } = await pair(t, ({ socket }) => socket.write('SSH-2.0\r\n\r\n'));
  t.match((await ask(connection, 'a')).error, { code: 'HTTP_ANSWER_UNREADABLE' });
});

t.test('close fails requests in flight, waiting ones and later ones', async (t) => {
  const { server, connection } = await pair(t, () => undefined);
  const pending = [ask(connection, 'a'), ask(connection, 'b')];
  await server.received(1);
  connection.close();
  for (const { error } of await Promise.all([...pending, ask(connection, 'c')])) {
    t.match(error, { code: 'CONNECTION_CLOSED_HERE' });
  }
  t.equal(server.requests.length, 1);
});
