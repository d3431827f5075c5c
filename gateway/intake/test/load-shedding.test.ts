import t, { type Test } from 'tap';
import { RawClient } from '../../test/raw-http.js';
import { json, KEY, OTHER_KEY, swipe, testApp } from '../../test/test-app.js';

const LARGEST = 262_144;
const AUTHORIZED = `Host: x\r\nAuthorization: Bearer ${KEY}\r\nContent-Type: application/json\r\n`;

async function start(t: Test, env: Record<string, string> = {}) {
  const { app, metrics, ...more } = await testApp(env);
  t.teardown(() => app.close());
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  const clients: RawClient[] = [];
  t.teardown(() => {
    for (const { socket } of clients) socket.destroy();
  });
  const gauge = async (name: string) =>
    Number(new RegExp(`^swipegate_${name} (\\S+)$`, 'm').exec(await metrics.text())?.[1]);
  return {
    url,
    ...more,
    connect(sent: string): RawClient {
      const client = new RawClient(new URL(url).port).write(sent);
      clients.push(client);
      return client;
    },
    /** Resolves when as many requests and bytes are in flight. */
    async inFlight(requests: number, bytes: number): Promise<void> {
      for (;;) {
        const seen = [await gauge('requests_in_flight'), await gauge('request_bytes_in_flight')];
        if (seen[0] === requests && seen[1] === bytes) return;
        await new Promise(setImmediate);
      }
    },
  };
}

t.test('a request counts whatever the spelling of its URL, its bytes as they come', async (t) => {
  const { connect, inFlight } = await start(t);
  const targets = ['/v1/swipes', '/v1/swipes/', '/v1/swipes?a=b', 'http://x/v1/swipes', '/%761/swipes', '/v1/swip%65s'];
  const held = targets.map((target) =>
    connect(`POST ${target} HTTP/1.1\r\n${AUTHORIZED}Content-Length: 200000\r\n\r\n[${' '.repeat(99)}`),
  );
  await inFlight(targets.length, 100 * targets.length);
  held[0]?.write(' '.repeat(900));
  await inFlight(targets.length, 100 * targets.length + 900);
  for (const { socket } of held) socket.destroy();
  await inFlight(0, 0);
});

t.test('a body of unknown length counts as the largest until it is complete', async (t) => {
  const { connect, inFlight, sink } = await start(t);
  let acknowledge = (): void => undefined;
  sink.answer = () =>
    new Promise<void>((resolve) => {
      acknowledge = resolve;
    });
  const chunked = connect(`POST /v1/swipes HTTP/1.1\r\n${AUTHORIZED}Transfer-Encoding: chunked\r\n\r\n`);
  await inFlight(1, LARGEST);
  const body = JSON.stringify(swipe());
  chunked.write(`${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`);
  await inFlight(1, body.length);
  acknowledge();
  await chunked.until(/^HTTP\/1.1 202 /);
  await inFlight(0, 0);

  // By default, Node drops all header lines after the first 2,000.
  const lines = 'a:\r\n'.repeat(2_500);
  const many = connect(
    `POST /v1/swipes HTTP/1.1\r\n${AUTHORIZED}${lines}Content-Length: 300\r\n\r\n[${' '.repeat(98)}`,
  );
  await inFlight(1, 99);
  const large = connect(`POST /v1/swipes HTTP/1.1\r\n${AUTHORIZED}${lines}Content-Length: 300000\r\n\r\n`);
  await large.until(/^HTTP\/1.1 413 /);
  many.socket.destroy();
});

t.test('pipelined requests are released with their connection', async (t) => {
  const { connect, inFlight, sink } = await start(t);
  sink.answer = () => new Promise(() => undefined);
  const body = JSON.stringify(swipe());
  const post = `POST /v1/swipes HTTP/1.1\r\n${AUTHORIZED}Content-Length: ${body.length}\r\n\r\n${body}`;
  const client = connect(post.repeat(20));
  await inFlight(20, 20 * body.length);
  client.socket.destroy();
  await inFlight(0, 0);
});

t.test('one key leaves room for others, whatever it holds', async (t) => {
  const { connect, inFlight, url } = await start(t, { MAX_IN_FLIGHT_REQUESTS: '40', MAX_IN_FLIGHT_BYTES: '2000000' });
  const other = async () => {
    const headers = { ...json, authorization: `Bearer ${OTHER_KEY}` };
    const body = JSON.stringify(swipe({ readerId: 'globex-in' }));
    return (await fetch(`${url}/v1/swipes`, { method: 'POST', headers, body })).status;
  };
  const hold = async (head: string, count: number) => {
    const held = Array.from({ length: count }, () =>
      connect(`POST /v1/swipes HTTP/1.1\r\n${AUTHORIZED}${head}\r\n\r\n`),
    );
    await held.at(-1)?.until(/^HTTP\/1.1 503 (.|\r\n)*this key/i);
    return held;
  };
  // A quarter of what there is.
  const silent = await hold('Content-Length: 200000', 11);
  await inFlight(10, 0);
  t.equal(await other(), 202);
  t.equal((await fetch(`${url}/readyz`)).status, 200, 'ready: the gateway itself is not overloaded');
  for (const { socket } of silent) socket.destroy();
  await inFlight(0, 0);
  const chunked = await hold('Transfer-Encoding: chunked', 2);
  await inFlight(1, LARGEST);
  t.equal(await other(), 202);
  for (const { socket } of chunked) socket.destroy();
});

t.test('a body that would exceed the bytes in flight is refused while it comes', async (t) => {
  const { connect, inFlight } = await start(t, { MAX_IN_FLIGHT_BYTES: '65536' });
  const held = Array.from({ length: 3 }, () =>
    connect(`POST /v1/swipes HTTP/1.1\r\n${AUTHORIZED}Content-Length: 26000\r\n\r\n`),
  );
  await inFlight(3, 0);
  for (const client of held) client.write('['.padEnd(20_000));
  const answers = await Promise.race(held.map((client) => client.until(/^HTTP/)));
  t.match(answers, /^HTTP\/1.1 503 (.|\r\n)*overloaded/);
  for (const { socket } of held) socket.destroy();
  await inFlight(0, 0);
});

t.test('a slow request gets 408 after REQUEST_TIMEOUT_MS, in its headers or in its body', async (t) => {
  const { connect, inFlight } = await start(t, { REQUEST_TIMEOUT_MS: '1000' });
  const startedAt = performance.now();
  const slow = [
    connect('POST /v1/swipes HTTP/1.1\r\nHost: x\r\n'),
    connect(`POST /v1/swipes HTTP/1.1\r\n${AUTHORIZED}Content-Length: 100\r\n\r\n`),
    connect(`POST /v1/swipes HTTP/1.1\r\n${AUTHORIZED}Transfer-Encoding: chunked\r\n\r\n1\r\n`),
  ];
  for (const client of slow) t.match(await client.closed(), /^HTTP\/1.1 408 (.|\r\n)*within 1 s/);
  const tookMs = performance.now() - startedAt;
  t.ok(tookMs >= 1_000 && tookMs < 20_000, `${tookMs} ms`);
  await inFlight(0, 0);
});

t.test('routes without a key are bounded too, except health checks', async (t) => {
  const { connect, url } = await start(t);
  // Answers wait for their turn on a connection, so pipelined ones are in flight together.
  const client = connect('GET /docs/json HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(200));
  await client.until(/HTTP\/1.1 503 /);
  t.equal((await fetch(`${url}/healthz`)).status, 200);
});

t.test('requests without a key do not make the gateway unready', async (t) => {
  const { connect, url } = await start(t);
  const client = connect('GET /docs/json HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(200));
  await client.until(/HTTP\/1.1 503 /);
  t.equal((await fetch(`${url}/readyz`)).status, 200);
});

t.test('awaited decisions count as bytes until the answer', async (t) => {
  const { connect, inFlight } = await start(t, { MAX_IN_FLIGHT_BYTES: '4000000' });
  const body = JSON.stringify(Array.from({ length: 300 }, () => swipe()));
  const post = `POST /v1/swipes HTTP/1.1\r\n${AUTHORIZED}Prefer: wait=30\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
  const waiting = [connect(post), connect(post)];
  await inFlight(2, 2 * (body.length + 300 * 1_200));
  const more = connect(post);
  await more.until(/^HTTP\/1.1 503 (.|\r\n)*this key/i);
  for (const { socket } of [...waiting, more]) socket.destroy();
  await inFlight(0, 0);
});
