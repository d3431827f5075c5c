import { createHash, createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import { createServer as createHttp2Server, type Http2Server } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { KinesisClient } from '@aws-sdk/client-kinesis';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import t, { type Test } from 'tap';
import { PutRecordsCalls } from '../send/put-records-calls.js';
import { causeOfError } from '../send/retry.js';

interface Call {
  headers: IncomingHttpHeaders;
  body: string;
}

interface Answer {
  status?: number;
  body: string;
  headers?: Record<string, string>;
}

const STORED: Answer = { body: '{"FailedRecordCount":0,"Records":[{"ShardId":"s","SequenceNumber":"1"}]}' };
const SECRET = 'secret';
const OF_ONE_ATTEMPT = new Set(['amz-sdk-invocation-id', 'amz-sdk-request']);

/** A server that gives the answers in turn, repeating the last one, and a client for it. */
async function start(t: Test, protocol: 'HTTP/1.1' | 'HTTP/2', answers: Answer[] = [STORED]) {
  const calls: Call[] = [];
  const server: Server | Http2Server = protocol === 'HTTP/2' ? createHttp2Server() : createServer();
  server.on('request', async (request, response) => {
    calls.push({ headers: request.headers, body: await text(request) });
    const { status = 200, headers = {}, body } = answers[Math.min(calls.length, answers.length) - 1] ?? STORED;
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1', ...headers });
    response.end(body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const client = new KinesisClient({
    region: 'eu-west-1',
    endpoint: `http://127.0.0.1:${port}`,
    maxAttempts: 1,
    credentials: { accessKeyId: 'key', secretAccessKey: SECRET, sessionToken: 'token' },
    ...(protocol === 'HTTP/2' ? {} : { requestHandler: new NodeHttpHandler({}) }),
  });
  t.teardown(() => {
    client.destroy();
    server.close();
  });
  const sender = new PutRecordsCalls(client);
  return {
    calls,
    sender,
    send: (body = '{}') => sender.send('swipes', Buffer.from(body), AbortSignal.timeout(10_000)),
  };
}

/** Signs a received request again, following "Create a signed AWS API request" (AWS IAM User Guide). */
function signatureOf({ headers, body }: Call): string {
  const [, scope = '', names = ''] =
    /Credential=key\/(\S+), SignedHeaders=(\S+), /.exec(headers.authorization ?? '') ?? [];
  const lines = names.split(';').map((name) => `${name}:${headers[name]}\n`);
  const request = ['POST', '/', '', lines.join(''), names, sha256(body)].join('\n');
  const toSign = ['AWS4-HMAC-SHA256', headers['x-amz-date'], scope, sha256(request)].join('\n');
  const key = scope.split('/').reduce<string | Buffer>((from, part) => hmac(from, part), `AWS4${SECRET}`);
  return hmac(key, toSign).toString('hex');
}

function sha256(data: string): string {
  return createHash('sha256').update(data).digest('hex');
}

function hmac(key: string | Buffer, data: string): Buffer {
  return createHmac('sha256', key).update(data).digest();
}

for (const protocol of ['HTTP/1.1', 'HTTP/2'] as const) {
  t.test(`a direct call equals the SDK's, except for body and signature: ${protocol}`, async (t) => {
    const { calls, sender, send } = await start(t, protocol);
    t.notOk(sender.bypassesSdk);
    await send();
    t.ok(sender.bypassesSdk);
    const body = '{"StreamName":"swipes","Records":[{"PartitionKey":"é","Data":""}]}';
    t.same(await send(body), JSON.parse(STORED.body));
    const [first, second] = calls;
    if (first === undefined || second === undefined) return t.fail('two calls');
    t.equal(first.body, '{}');
    t.equal(second.body, body);
    t.equal(second.headers['content-length'], String(Buffer.byteLength(body)));
    t.same(
      Object.keys(second.headers).sort(),
      Object.keys(first.headers)
        .filter((name) => !OF_ONE_ATTEMPT.has(name))
        .sort(),
    );
    for (const name of ['content-type', 'x-amz-target', 'user-agent', 'host', 'x-amz-security-token']) {
      t.equal(second.headers[name], first.headers[name], name);
    }
    for (const call of calls) t.match(call.headers.authorization, `Signature=${signatureOf(call)}`);
  });
}

t.test('an error of Kinesis has its code and cause, and the next call uses the SDK', async (t) => {
  const refusals: [Answer, string, string][] = [
    [
      { status: 400, body: '{"__type":"ProvisionedThroughputExceededException","message":"slow"}' },
      'slow',
      'throttled',
    ],
    [
      { status: 400, body: '{"__type":"com.amazon.coral.service#ExpiredTokenException","Message":"old"}' },
      'old',
      'credentials',
    ],
    [{ status: 500, body: '{"__type":"InternalFailure"}' }, 'HTTP status 500', 'internal'],
    [{ status: 503, body: '<html>no JSON</html>' }, 'HTTP status 503', 'internal'],
    [{ status: 429, body: 'null' }, 'HTTP status 429', 'throttled'],
    [
      { status: 400, body: '{}', headers: { 'x-amzn-errortype': 'ThrottlingException:http://x/' } },
      'HTTP status 400',
      'throttled',
    ],
  ];
  for (const [answer, message, cause] of refusals) {
    const { sender, send } = await start(t, 'HTTP/1.1', [STORED, answer, STORED]);
    await send();
    const error: unknown = await send().catch((reason: unknown) => reason);
    t.match(error, { message });
    t.equal(causeOfError(error), cause, answer.body);
    t.notOk(sender.bypassesSdk, 'the SDK is next');
    await send();
    t.ok(sender.bypassesSdk, 'and it goes on');
  }
});

t.test('an aborted call, or an answer that is not JSON, is an error', async (t) => {
  const { sender, send } = await start(t, 'HTTP/1.1', [STORED, { body: 'no JSON' }, STORED]);
  await send();
  await t.rejects(send(), SyntaxError);
  await send();
  await t.rejects(sender.send('swipes', Buffer.from('{}'), AbortSignal.abort()), { name: 'AbortError' });
  t.notOk(sender.bypassesSdk);
});

t.test('with a wrong local clock, calls are signed with Kinesis’ time', async (t) => {
  const hoursAhead = new Date(Date.now() + 5 * 3_600_000);
  const skewed = { date: hoursAhead.toUTCString() };
  const refusal = { status: 403, body: '{"__type":"InvalidSignatureException"}', headers: skewed };
  const { calls, send } = await start(t, 'HTTP/1.1', [refusal, { ...STORED, headers: skewed }]);
  await t.rejects(send());
  await send();
  await send();
  const hour = hoursAhead.toISOString().slice(0, 10).replaceAll('-', '');
  t.match(calls[2]?.headers['x-amz-date'], new RegExp(`^${hour}`));
  t.not(calls[2]?.headers['x-amz-date'], calls[0]?.headers['x-amz-date']);
});
