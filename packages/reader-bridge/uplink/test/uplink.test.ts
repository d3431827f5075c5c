import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import type { DoorEvent, Swipe } from '@swipegate/contract';
import { hashedId } from '@swipegate/contract/values/hashed-id';
import { pino } from 'pino';
import t, { type Test } from 'tap';
import { until } from '../../test/gateway.js';
import { GatewayClient, type Report } from '../gateway-client.js';
import { Spool } from '../spool.js';
import { Uplink } from '../uplink.js';

const log = pino({ level: 'silent' });

interface Answer {
  status: number;
  body?: unknown;
  headers?: Record<string, string>;
}

interface Post {
  path: string;
  ids: string[];
  key: string | undefined;
}

const AT = '2026-11-24T08:15:30.000Z';
const swipe = (name: string): Report => {
  const item: Swipe = { swipeId: hashedId(name), readerId: 'door-in', cardId: name, readAt: AT };
  return { kind: 'swipe', item };
};
const opened = (name: string): Report => {
  const item: DoorEvent = { eventId: hashedId(name), readerId: name, type: 'door-opened', occurredAt: AT };
  return { kind: 'door-event', item };
};

function itemsIn(text: string): Record<string, unknown>[] {
  const values: unknown[] = [JSON.parse(text)].flat();
  return values.map((value) => (typeof value === 'object' && value !== null ? { ...value } : {}));
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

/** A gateway that answers as a test says: by default, it takes everything. */
async function startGateway(t: Test) {
  const posts: Post[] = [];
  const answers: Answer[] = [];
  let answer = (items: readonly Record<string, unknown>[]): Answer => {
    return answers.shift() ?? { status: 207, body: { accepted: items.length, rejected: [] } };
  };
  const server = createServer(async (request, response) => {
    const items = itemsIn(await textOf(request));
    const ids = items.map(({ cardId, readerId }) => String(cardId ?? readerId));
    posts.push({ path: request.url ?? '', ids, key: request.headers.authorization });
    const { status, body, headers } = answer(items);
    response.writeHead(status, headers).end(typeof body === 'string' ? body : JSON.stringify(body));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
  return {
    url,
    posts,
    /** Answers for the next requests. */
    answers,
    answerWith(next: typeof answer): void {
      answer = next;
    },
  };
}

async function startUplink(
  t: Test,
  gateway: string,
  directory: string,
  key: { key?: string; keyFile?: string } = { key: 'k' },
) {
  const spool = await Spool.open({ directory, maxBytes: 1_048_576 });
  const uplink = new Uplink({ spool, client: new GatewayClient({ gateway, ...key }), log }, { firstPauseMs: 2 });
  t.teardown(() => uplink.stop(0));
  return { spool, uplink };
}

t.test('reports go in order, the kinds apart, until the gateway has them', async (t) => {
  const gateway = await startGateway(t);
  const { uplink, spool } = await startUplink(t, gateway.url, t.testdir());
  for (const report of [swipe('1'), swipe('2'), opened('3'), swipe('4')]) await uplink.report(report);
  gateway.answers.push(
    { status: 503, body: { code: 'overloaded', detail: '' }, headers: { 'retry-after': '0' } },
    { status: 200, body: '<html>Welcome to the hotspot</html>' },
    { status: 302, body: '', headers: { location: 'http://127.0.0.1:9/' } },
    { status: 207, body: { accepted: 1, rejected: [] } },
  );
  uplink.start();
  await until(() => gateway.posts.length === 7);
  const both = { path: '/v1/swipes', ids: ['1', '2'] };
  t.match(gateway.posts, [both, both, both, both, both, { path: '/v1/door-events', ids: ['3'] }, { ids: ['4'] }]);
  await uplink.stop(1_000);
  t.same(await spool.peek(1), []);
});

t.test('what can never be taken is kept apart, and holds nothing up', async (t) => {
  const gateway = await startGateway(t);
  const directory = t.testdir();
  const { uplink, spool } = await startUplink(t, gateway.url, directory);
  gateway.answerWith((items) => {
    // One item that the gateway cannot even read, and one of a reader that is not the key's.
    if (items.some(({ cardId }) => cardId === 'poison'))
      return { status: 413, body: { code: 'body-too-large', detail: '' } };
    const rejected = items.flatMap(({ cardId }, index) =>
      cardId === 'strange' ? [{ index, code: 'reader-not-allowed', field: 'readerId', reason: 'is not yours' }] : [],
    );
    if (rejected.length === items.length) return { status: 403, body: { errors: rejected } };
    return { status: 207, body: { accepted: items.length - rejected.length, rejected } };
  });
  for (const name of ['1', 'strange', 'poison', '2', 'strange']) await uplink.report(swipe(name));
  uplink.start();
  await until(() => spool.parked === 3);
  await uplink.stop(1_000);
  t.same(await spool.peek(1), []);
  const parked = readFileSync(join(directory, 'parked.log'), 'utf8');
  t.match(parked, /"reason":"readerId is not yours","value":\{"kind":"swipe","item":\{.*"cardId":"strange"/);
  t.match(parked, /"reason":"413 body-too-large: .*"cardId":"poison"/);
  const taken = gateway.posts.filter(({ ids }) => !ids.includes('poison')).flatMap(({ ids }) => ids);
  t.ok(['1', '2'].every((name) => taken.includes(name)));
});

t.test('items that the gateway could not take yet are sent again, with those after them', async (t) => {
  const gateway = await startGateway(t);
  const { uplink, spool } = await startUplink(t, gateway.url, t.testdir());
  for (const name of ['1', '2', '3']) await uplink.report(swipe(name));
  const later = { index: 1, code: 'stream-unavailable', field: '', reason: 'was not accepted' };
  gateway.answers.push({ status: 207, body: { accepted: 2, rejected: [later] } });
  uplink.start();
  await until(() => gateway.posts.length === 2);
  await uplink.stop(1_000);
  t.same(
    gateway.posts.map(({ ids }) => ids),
    [
      ['1', '2', '3'],
      ['2', '3'],
    ],
  );
  t.equal(spool.parked, 0);
});

t.test('a new key in the file is used without a restart', async (t) => {
  const gateway = await startGateway(t);
  const directory = t.testdir({ key: 'old\n' });
  const keyFile = join(directory, 'key');
  const { uplink } = await startUplink(t, gateway.url, join(directory, 'spool'), { keyFile });
  gateway.answerWith((items) =>
    gateway.posts.at(-1)?.key === 'Bearer new'
      ? { status: 207, body: { accepted: items.length, rejected: [] } }
      : { status: 401, body: { code: 'unknown-key', detail: '' } },
  );
  await uplink.report(swipe('1'));
  uplink.start();
  await until(() => gateway.posts.length === 1);
  writeFileSync(keyFile, 'new\n');
  await until(() => gateway.posts.length === 2);
  t.same(
    gateway.posts.map(({ key }) => key),
    ['Bearer old', 'Bearer new'],
  );
});

t.test('heartbeats come once a minute for each reader, and are not stored', async (t) => {
  const gateway = await startGateway(t);
  const { uplink, spool } = await startUplink(t, gateway.url, t.testdir());
  uplink.heartbeat(['a', 'b']);
  uplink.heartbeat(['b']);
  uplink.heartbeat(['c', 'a']);
  await until(() => gateway.posts.length === 2);
  t.match(gateway.posts, [{ path: '/v1/door-events', ids: ['a', 'b'] }, { ids: ['c'] }]);
  t.equal(spool.bytes, 0);
});

t.test('only a fresh decision about the swipe opens a door', async (t) => {
  const gateway = await startGateway(t);
  const client = new GatewayClient({ gateway: gateway.url, key: 'k' });
  const asked: Swipe = { swipeId: hashedId('a'), readerId: 'door-in', cardId: 'a', readAt: AT };
  const { swipeId, readerId } = asked;
  const granted = { swipeId, readerId, outcome: 'granted', reason: 'granted', decidedAt: new Date().toISOString() };
  const table: [text: string, answer: Answer, granted: boolean, durable: boolean][] = [
    ['granted', { status: 200, body: granted }, true, true],
    ['denied', { status: 200, body: { ...granted, outcome: 'denied' } }, false, true],
    ['no decision yet', { status: 202, body: { swipeId } }, false, true],
    ['of another swipe', { status: 200, body: { ...granted, swipeId: hashedId('b') } }, false, false],
    ['at another reader', { status: 200, body: { ...granted, readerId: 'door-out' } }, false, false],
    ['an old one', { status: 200, body: { ...granted, decidedAt: AT } }, false, true],
    ['the reader’s own', { status: 200, body: { ...granted, offlineOutcome: 'granted' } }, false, true],
    ['an error with a decision', { status: 500, body: granted }, false, false],
    ['a hotspot', { status: 200, body: 'granted' }, false, false],
    ['a redirect', { status: 302, body: granted, headers: { location: gateway.url } }, false, false],
  ];
  for (const [text, answer, isGranted, durable] of table) {
    gateway.answers.push(answer);
    t.match(await client.ask(asked, 5_000), { granted: isGranted, durable }, text);
  }
  const nobody = new GatewayClient({ gateway: 'http://127.0.0.1:9', key: 'k' });
  t.match(await nobody.ask(asked, 1_000), { granted: false, durable: false });
});
