import type { Decision } from '@swipegate/contract';
import t from 'tap';
import type { Visit } from '../../people/population.js';
import { Agenda } from '../../schedule/agenda.js';
import { Ledger } from '../../verify/ledger.js';
import { BatchChannel, SingleChannel } from '../channel/channels.js';
import { HttpConnection } from '../channel/http-connection.js';
import { type Posting, type PostingEvents, Retries } from '../channel/posting.js';
import { VirtualReader } from '../virtual-reader.js';
import { answer, type ReceivedRequest, ScriptedServer } from './scripted-server.js';

type Test = Pick<typeof t, 'teardown'>;

/** Logs the events of postings in order: `accepted 1`, `failed 2 overloaded`. */
class Heard implements PostingEvents {
  readonly #log: string[] = [];
  readonly #waiting: { ends: number; resolve: (log: string[]) => void }[] = [];
  #ends = 0;

  sent({ entry }: Posting): void {
    this.#log.push(`sent ${entry.swipe.cardId}`);
  }
  failed({ entry }: Posting, problem: string): void {
    this.#log.push(`failed ${entry.swipe.cardId} ${problem}`);
  }
  accepted({ entry }: Posting, decision: Decision | undefined): void {
    this.#end(`accepted ${entry.swipe.cardId}${decision === undefined ? '' : ` ${decision.reason}`}`);
  }
  refused({ entry }: Posting, problem: string): void {
    this.#end(`refused ${entry.swipe.cardId} ${problem}`);
  }
  unanswered({ entry }: Posting, problem: string): void {
    this.#end(`unanswered ${entry.swipe.cardId} ${problem}`);
  }

  /** Resolves with the log when `count` postings have ended. */
  ends(count: number): Promise<string[]> {
    return new Promise((resolve) => {
      this.#waiting.push({ ends: count, resolve });
      this.#tell();
    });
  }

  #end(line: string): void {
    this.#log.push(line);
    this.#ends += 1;
    this.#tell();
  }

  #tell(): void {
    for (const { ends, resolve } of this.#waiting) if (this.#ends >= ends) resolve(this.#log);
  }
}

const ledger = new Ledger();
const person = { cardId: 'x' };
const visit: Visit = {
  person,
  crowd: { release: () => undefined, lose: () => undefined },
  direction: 'in',
  to: 'z',
  unseen: false,
  duress: false,
};

function posting(cardId: string, patienceMs = 60_000): Posting {
  const swipe = { swipeId: ledger.nextSwipeId(), readerId: 'door', cardId, readAt: '2026-11-23T09:00:00.000Z' };
  const expected = { outcome: 'granted', reason: 'granted', direction: 'in' } as const;
  const entry = ledger.sent(swipe, expected, 0);
  return { entry, visit, body: JSON.stringify(swipe), retries: 0, patienceMs, timed: true, waits: false };
}

async function parts(t: Test, onRequest: (request: ReceivedRequest, server: ScriptedServer) => void) {
  const server = await ScriptedServer.start(onRequest);
  const connection = new HttpConnection(server.url, 10_000);
  const agenda = new Agenda();
  const events = new Heard();
  const retries = new Retries({ agenda, events, random: () => 0.1 });
  const url = new URL('/v1/swipes', server.url);
  t.teardown(async () => {
    agenda.close();
    connection.close();
    await server.stop();
  });
  const single = (waitSeconds: number | undefined) =>
    new SingleChannel({ connection, url, key: 'k1', waitSeconds, retries });
  const batch = (form: 'array' | 'ndjson', lingerMs = 5) =>
    new BatchChannel({ connection, url, key: 'k1', form, lingerMs, agenda, retries });
  return { server, events, single, batch };
}

const problem = (code: string) => ({ code, detail: 'why' });

t.test('a single swipe: request head and answer', async (t) => {
  const { server, events, single } = await parts(t, (request) => answer(request, 202, {}));
  single(5).post(posting('a'));
  t.same(await events.ends(1), ['sent a', 'accepted a']);
  const [request] = server.requests;
  t.match(request?.head, /^POST \/v1\/swipes HTTP\/1\.1\r\nhost: 127\.0\.0\.1:\d+\r\nauthorization: Bearer k1\r\n/);
  t.match(request?.head, /\r\nprefer: wait=5\r\n/);
  t.match(JSON.parse(request?.body ?? ''), { cardId: 'a' });
});

t.test('an answer that was held for the decision', async (t) => {
  const { events, single } = await parts(t, (request) => {
    const times = {
      receivedAt: '2026-11-23T09:00:00Z',
      decidedAt: '2026-11-23T09:00:00Z',
      timeBasis: 'readAt',
      sequence: '1',
    };
    answer(request, 200, {
      ...JSON.parse(request.body),
      ...times,
      tenantId: 'acme',
      outcome: 'denied',
      reason: 'denied-lockout',
      direction: 'in',
    });
  });
  single(5).post(posting('a'));
  t.same(await events.ends(1), ['sent a', 'accepted a denied-lockout']);
});

t.test('temporary errors are retried with the same bytes; permanent ones are not', async (t) => {
  const { server, events, single } = await parts(t, (request, { requests }) => {
    if (requests.length === 1) answer(request, 503, problem('overloaded'), ['retry-after: 0']);
    else if (requests.length === 2) request.socket.destroy();
    else if (requests.length === 3) answer(request, 429, 'no problem+json');
    else answer(request, 422, problem('invalid-item'));
  });
  single(undefined).post(posting('a'));
  const [sent, ...rest] = await events.ends(1);
  t.equal(sent, 'sent a');
  t.match(rest, [
    'failed a overloaded',
    /^failed a (CONNECTION_ENDED|ECONNRESET)$/,
    'failed a status-429',
    'refused a invalid-item',
  ]);
  t.equal(new Set(server.requests.map(({ body }) => body)).size, 1);
  t.notMatch(server.requests[0]?.head, /prefer/);
});

t.test('gives up when the patience ends', async (t) => {
  const { events, single } = await parts(t, (request) =>
    answer(request, 503, problem('overloaded'), ['retry-after: 60']),
  );
  single(undefined).post(posting('a', 30_000));
  t.same(await events.ends(1), ['sent a', 'unanswered a overloaded'], 'Retry-After is longer than the patience');
});

t.test('a 200 without a decision is refused', async (t) => {
  const { events, single } = await parts(t, (request) => answer(request, 200, { hello: 'world' }));
  single(5).post(posting('a'));
  t.same(await events.ends(1), ['sent a', 'refused a unreadable-answer']);
});

for (const form of ['array', 'ndjson'] as const) {
  t.test(`a controller posts its collected swipes as ${form}; each has its own answer`, async (t) => {
    const { server, events, batch } = await parts(t, (request, { requests }) => {
      const rejected = (index: number, code: string) => ({ index, code, field: 'cardId', reason: 'is odd' });
      const result = requests.length > 1 ? [] : [rejected(1, 'invalid-item'), rejected(2, 'stream-unavailable')];
      answer(request, 207, { receivedAt: '2026-11-23T09:00:00Z', accepted: 1, rejected: result });
    });
    const channel = batch(form);
    for (const cardId of ['a', 'b', 'c']) channel.post(posting(cardId));
    t.same(await events.ends(3), [
      'sent a',
      'sent b',
      'sent c',
      'accepted a',
      'refused b invalid-item',
      'failed c stream-unavailable',
      'accepted c',
    ]);
    const type = form === 'array' ? 'application/json' : 'application/x-ndjson';
    t.match(server.requests[0]?.head, new RegExp(`content-type: ${type}`));
    const bodies = server.requests.map(({ body }) =>
      form === 'array'
        ? JSON.parse(body)
        : body
            .trim()
            .split('\n')
            .map((line) => JSON.parse(line)),
    );
    t.same(
      bodies.map((items) => items.map(({ cardId }: { cardId: string }) => cardId)),
      [['a', 'b', 'c'], ['c']],
    );
  });
}

t.test('a batch that is refused as a whole: each item gets its own error, if it has one', async (t) => {
  const { events, batch } = await parts(t, (request) =>
    answer(request, 422, {
      ...problem('invalid-item'),
      errors: [{ index: 0, code: 'reader-not-allowed', field: 'readAt', reason: 'is late' }],
    }),
  );
  const channel = batch('array');
  channel.post(posting('a'));
  channel.post(posting('b'));
  t.same((await events.ends(2)).slice(2), ['refused a reader-not-allowed', 'refused b invalid-item']);
});

t.test('a full batch does not linger', async (t) => {
  const { server, events, batch } = await parts(t, (request) =>
    answer(request, 207, { receivedAt: '2026-11-23T09:00:00Z', accepted: 500, rejected: [] }),
  );
  const channel = batch('array', 3_600_000);
  for (let i = 0; i < 500; i++) channel.post(posting(`c${i}`));
  await events.ends(500);
  t.equal(server.requests.length, 1);
});

t.test('an offline reader stores its swipes, and posts them together when it is back, before newer ones', async (t) => {
  const { server, events, single, batch } = await parts(t, (request) =>
    request.body.startsWith('[')
      ? answer(request, 207, { receivedAt: '2026-11-23T09:00:00Z', accepted: 2, rejected: [] })
      : answer(request, 202, {}),
  );
  const reader = {
    readerId: 'door',
    door: 'd',
    buildingId: 'b',
    zoneId: 'z',
    direction: 'in',
    mode: 'normal',
  } as const;
  const door = new VirtualReader({
    reader,
    channel: single(undefined),
    replayChannel: batch('array', 0),
    waits: false,
    skewMs: 0,
    paceMs: 2_000,
  });
  door.goOffline();
  t.ok(door.isOffline);
  door.post(posting('a'));
  door.post(posting('b'));
  t.equal(server.requests.length, 0);
  door.comeBack();
  await events.ends(2);
  door.post(posting('c'));
  t.same(
    (await events.ends(3)).filter((line) => line.startsWith('accepted')),
    ['accepted a', 'accepted b', 'accepted c'],
  );
  t.equal(server.requests.length, 2);
});

t.test('a turnstile passes people one by one', async (t) => {
  const reader = {
    readerId: 'door',
    door: 'd',
    buildingId: 'b',
    zoneId: 'z',
    direction: 'in',
    mode: 'normal',
  } as const;
  const nowhere = { post: () => undefined };
  const door = new VirtualReader({
    reader,
    channel: nowhere,
    replayChannel: nowhere,
    waits: true,
    skewMs: 0,
    paceMs: 2_000,
  });
  t.same(
    [100, 200, 5_000, 5_001].map((nowMs) => door.queue(nowMs)),
    [100, 2_100, 5_000, 7_000],
  );
  t.equal(door.freeMs, 9_000);
});
