import type { Decision, DoorEventType, SwipeRecord } from '@swipegate/contract';
import fc from 'fast-check';
import t from 'tap';
import { decideBatch } from '../batch.js';
import { cardKeyOf } from '../records/keys.js';
import type { BatchRecords, StreamSwipe } from '../records/records.js';
import { MemoryStore } from './memory-store.js';
import { MONDAY_9_UTC, swipeIdOf, swipeOf } from './small-site.js';

function streamed(swipe: SwipeRecord, place: number): StreamSwipe {
  return {
    swipe,
    cardKey: cardKeyOf(swipe),
    kinesisSequence: String(place),
    arrivedAtMs: Date.parse(swipe.receivedAt),
    sequence: `${String(place).padStart(56, '0')}.000000`,
  };
}

function batchOf(swipes: StreamSwipe[], more: Partial<BatchRecords> = {}): BatchRecords {
  return { swipes, doorEvents: [], deviceRecords: [], unreadable: [], ...more };
}

/** Ann goes in, out and in; Bob tries to go in twice; an unknown card appears; one swipe was posted twice. */
const RECORDED = [
  streamed(swipeOf({ n: 1, cardId: 'ann', readerId: 'hard-in' }), 1),
  streamed(swipeOf({ n: 2, cardId: 'bob', readerId: 'hard-in' }), 2),
  streamed(swipeOf({ n: 3, cardId: 'who', readerId: 'hard-in' }), 3),
  streamed(swipeOf({ n: 1, cardId: 'ann', readerId: 'hard-in' }), 4),
  streamed(swipeOf({ n: 4, cardId: 'ann', readerId: 'hard-out' }), 5),
  streamed(swipeOf({ n: 5, cardId: 'bob', readerId: 'hard-in' }), 6),
  streamed(swipeOf({ n: 6, cardId: 'ann', readerId: 'hard-in' }), 7),
];

const essence = ({ swipeId, cardId, outcome, reason, sequence }: Decision) =>
  `${swipeId} ${cardId} ${outcome} ${reason} ${sequence}`;
const table = (store: MemoryStore) => Array.from(store.decisions.values(), essence).sort();
const places = (store: MemoryStore) =>
  Array.from(
    store.presence.values(),
    ({ cardKey, inside }) => `${cardKey} ${inside?.zoneId} ${inside?.swipeId}`,
  ).sort();

/** Swipes published with different decisions; there must be none. */
function contradictions(store: MemoryStore): string[] {
  const first = new Map<string, string>();
  return store.published.flatMap((decision) => {
    const key = `${decision.swipeId}/${decision.cardId}`;
    const text = JSON.stringify(decision);
    const before = first.get(key) ?? text;
    first.set(key, before);
    const stored = JSON.stringify(store.decisions.get(`acme/${key}`));
    return before === text && stored === text ? [] : [key];
  });
}

t.test('decides a batch in stream order, and a swipe posted twice only once', async (t) => {
  const store = new MemoryStore();
  t.same(await decideBatch(batchOf(RECORDED), store.deps()), []);
  t.same(Array.from(store.decisions.values(), ({ swipeId, reason }) => [Number(swipeId.slice(-2)), reason]).sort(), [
    [1, 'granted'],
    [2, 'granted'],
    [3, 'denied-unknown-credential'],
    [4, 'granted'],
    [5, 'denied-passback'],
    [6, 'granted'],
  ]);
  t.equal(store.published.length, 6);
  t.same(contradictions(store), []);
  t.equal(store.presence.get('acme/ann')?.inside?.swipeId, swipeIdOf(6));
  t.equal(store.presence.get('acme/ann')?.expiresAt, undefined);
  t.equal(store.presence.get('acme/who')?.expiresAt, MONDAY_9_UTC / 1000 + 86_400, 'invented cards do not stay');
});

t.test('a repeated batch changes nothing and is published again', async (t) => {
  const store = new MemoryStore();
  await decideBatch(batchOf(RECORDED), store.deps());
  const before = { table: table(store), places: places(store) };
  t.same(await decideBatch(batchOf(RECORDED), store.deps(MONDAY_9_UTC + 60_000)), []);
  t.same({ table: table(store), places: places(store) }, before);
  t.equal(store.published.length, 12);
  t.same(contradictions(store), []);
});

t.test('killed at any write and retried, the result is the same as without a crash (invariant 2)', async (t) => {
  const whole = new MemoryStore();
  await decideBatch(batchOf(RECORDED), whole.deps());
  t.ok(whole.writes >= 15, `${whole.writes} writes`);
  for (const lands of [false, true]) {
    for (let first = 1; first <= whole.writes; first++) {
      for (const second of [undefined, 1, 3, 7]) {
        const store = new MemoryStore();
        store.crash = { atWrite: first, lands };
        const failed = await decideBatch(batchOf(RECORDED), store.deps());
        t.ok(failed.length > 0, 'an unfinished batch reports failures');
        store.restart();
        if (second !== undefined) {
          store.crash = { atWrite: store.writes + second, lands };
          await decideBatch(batchOf(RECORDED), store.deps(MONDAY_9_UTC + 1_000));
          store.restart();
        }
        // Lambda retries with later clocks, and may cut the batch in two.
        const [head, tail] = first % 2 === 0 ? [RECORDED, []] : [RECORDED.slice(0, 3), RECORDED.slice(3)];
        t.same(await decideBatch(batchOf(head), store.deps(MONDAY_9_UTC + 5_000)), []);
        t.same(await decideBatch(batchOf(tail), store.deps(MONDAY_9_UTC + 6_000)), []);
        const name = `write ${first} ${lands ? 'lands' : 'is lost'}, then ${second ?? 'no more'}`;
        t.same(table(store), table(whole), name);
        t.same(places(store), places(whole), name);
        t.same(contradictions(store), [], name);
      }
    }
  }
});

t.test('any swipes with any crashes and retries get one decision each, the same as without a crash', async (t) => {
  const swipe = fc.record({
    n: fc.integer({ min: 1, max: 12 }),
    cardId: fc.constantFrom('ann', 'bob', 'who', 'stolen'),
    readerId: fc.constantFrom('hard-in', 'hard-out', 'soft-in', 'timed-in', 'none-both', 'free', 'nowhere'),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(swipe, { minLength: 1, maxLength: 20 }),
      fc.array(fc.record({ atWrite: fc.integer({ min: 1, max: 40 }), lands: fc.boolean() }), { maxLength: 4 }),
      async (swipes, crashes) => {
        const batch = batchOf(swipes.map((change, i) => streamed(swipeOf(change), i + 1)));
        const whole = new MemoryStore();
        await decideBatch(batch, whole.deps());
        const store = new MemoryStore();
        let nowMs = MONDAY_9_UTC;
        for (const crash of crashes) {
          store.crash = { ...crash, atWrite: store.writes + crash.atWrite };
          await decideBatch(batch, store.deps(nowMs));
          store.restart();
          nowMs += 1_000;
        }
        const failed = await decideBatch(batch, store.deps(nowMs));
        return (
          failed.length === 0 &&
          table(store).join() === table(whole).join() &&
          places(store).join() === places(whole).join() &&
          contradictions(store).length === 0
        );
      },
    ),
    { numRuns: 300 },
  );
  t.pass('300 runs');
});

t.test('two shards race for one card: both swipes are decided, one after the other', async (t) => {
  const store = new MemoryStore();
  let raced = false;
  store.beforeCommit = () => {
    if (raced) return;
    raced = true;
    // Another shard's function commits Ann's entrance between our read and our write.
    store.presence.set('acme/ann', {
      cardKey: 'acme/ann',
      version: 1,
      sequence: RECORDED[0]?.sequence ?? '',
      inside: { buildingId: 'b', zoneId: 'hard', since: new Date(MONDAY_9_UTC).toISOString(), swipeId: swipeIdOf(9) },
      outbox: [],
    });
  };
  t.same(await decideBatch(batchOf([streamed(swipeOf({ n: 10 }), 20)]), store.deps()), []);
  t.same(
    Array.from(store.decisions.values(), ({ reason }) => reason),
    ['denied-passback'],
  );
  t.equal(store.presence.get('acme/ann')?.version, 2);
});

t.test('a card with constant concurrent writes is retried; the others are done', async (t) => {
  const store = new MemoryStore();
  store.beforeCommit = ({ cardKey, version }) => {
    if (cardKey === 'acme/ann') store.presence.set(cardKey, { cardKey, version, sequence: '', outbox: [] });
  };
  t.same(await decideBatch(batchOf(RECORDED.slice(0, 2)), store.deps()), ['1']);
  t.same(
    Array.from(store.decisions.values(), ({ cardId }) => cardId),
    ['bob'],
  );
});

t.test('a card whose row cannot be written is retried; the others are done', async (t) => {
  const store = new MemoryStore();
  store.refuses = 'acme/ann';
  t.same(await decideBatch(batchOf(RECORDED.slice(0, 2)), store.deps()), ['1']);
  t.same(
    Array.from(store.decisions.values(), ({ cardId }) => cardId),
    ['bob'],
  );
});

t.test('a redriven record is decided and moves no one', async (t) => {
  const store = new MemoryStore();
  await decideBatch(batchOf([streamed(swipeOf({ n: 2, readerId: 'hard-out' }), 50)]), store.deps());
  t.same(await decideBatch(batchOf([streamed(swipeOf({ n: 1, readerId: 'hard-in' }), 10)]), store.deps()), []);
  t.equal(store.decisions.size, 2);
  t.equal(store.presence.get('acme/ann')?.inside, undefined, 'still outdoors');
});

t.test('the outbox drops old entries and keeps recent ones', async (t) => {
  const store = new MemoryStore();
  const swipe = (n: number) => batchOf([streamed(swipeOf({ n, readerId: 'none-in' }), n)]);
  await decideBatch(swipe(1), store.deps(MONDAY_9_UTC));
  store.restart();
  await decideBatch(swipe(2), store.deps(MONDAY_9_UTC + 59_000));
  t.equal(store.presence.get('acme/ann')?.outbox.length, 2, 'another instance does not know that the table has it');
  store.restart();
  await decideBatch(swipe(3), store.deps(MONDAY_9_UTC + 61_000));
  t.same(
    store.presence.get('acme/ann')?.outbox.map(({ swipeId }) => swipeId),
    [swipeIdOf(2), swipeIdOf(3)],
  );
});

t.test('decisions that this instance wrote leave the outbox at the next swipe', async (t) => {
  const store = new MemoryStore();
  for (const n of [1, 2, 3]) {
    await decideBatch(batchOf([streamed(swipeOf({ n, readerId: 'none-in' }), n)]), store.deps());
  }
  t.same(
    store.presence.get('acme/ann')?.outbox.map(({ swipeId }) => swipeId),
    [swipeIdOf(3)],
  );
});

t.test('a card swiped hundreds of times in a batch is decided in waves', async (t) => {
  const store = new MemoryStore();
  const many = Array.from({ length: 250 }, (_, i) =>
    streamed(swipeOf({ n: i + 1, readerId: i % 2 === 0 ? 'hard-in' : 'hard-out' }), i + 1),
  );
  t.same(await decideBatch(batchOf(many), store.deps()), []);
  t.equal(store.decisions.size, 250);
  t.ok(
    Array.from(store.decisions.values()).every(({ reason }) => reason === 'granted'),
    'in order',
  );
  t.equal(store.presence.get('acme/ann')?.version, 3);
});

t.test('an unreadable record is parked and blocks no other', async (t) => {
  const store = new MemoryStore();
  const poison = {
    kinesisSequence: '9',
    sequence: '9.000000',
    partitionKey: 'acme/ann',
    data: Buffer.from('{'),
    reason: 'is not JSON',
  };
  const batch = batchOf(RECORDED.slice(0, 2), { unreadable: [poison] });
  t.same(await decideBatch(batch, store.deps()), []);
  t.equal(store.decisions.size, 2);
  t.same(Array.from(store.parked.values()), [poison]);
  t.match(store.errors, [{ sequence: '9.000000', reason: 'is not JSON' }]);
  const full = new MemoryStore();
  full.crash = { atWrite: 1, lands: false };
  t.match(
    await decideBatch(batchOf([], { unreadable: [poison] }), full.deps()),
    ['9'],
    'is retried if it cannot be parked',
  );
});

t.test(
  'an unreadable card row holds back only its own card, grants nothing, and never stops the way out',
  async (t) => {
    const store = new MemoryStore();
    store.bentCards.add('acme/ann');
    t.same(await decideBatch(batchOf(RECORDED), store.deps()), []);
    t.same(Array.from(store.decisions.values(), ({ cardId, direction }) => `${cardId} ${direction}`).sort(), [
      'ann out',
      'bob in',
      'bob in',
      'who in',
    ]);
    t.same(
      Array.from(store.parked.values(), ({ data, partitionKey, reason }) => [
        JSON.parse(Buffer.from(data).toString()).swipeId,
        partitionKey,
        reason,
      ]),
      [1, 1, 6].map((n) => [swipeIdOf(n), 'acme/ann', 'acme/ann is bent']),
    );
    t.match(store.presence.get('acme/ann'), { inside: undefined, movedAt: new Date(MONDAY_9_UTC).toISOString() });
    t.match(Array.from(store.doorEvents.values()), [
      { type: 'row-unreadable', detail: /^A stored row could not be read/ },
    ]);
    t.equal(store.unreadable, 1);
  },
);

t.test('an unreadable employee row holds back the cards of that employee, except on their way out', async (t) => {
  const store = new MemoryStore();
  store.bentEmployees.add('acme/bob').add('acme/nil');
  const swipes = RECORDED.concat(streamed(swipeOf({ n: 7, cardId: 'nil' }), 8));
  store.cards.set('acme/second-of-bob', { cardId: 'second-of-bob', status: 'active', employeeId: 'bob' });
  swipes.push(streamed(swipeOf({ n: 8, cardId: 'second-of-bob' }), 9));
  swipes.push(streamed(swipeOf({ n: 9, cardId: 'bob', readerId: 'hard-out' }), 10));
  t.same(await decideBatch(batchOf(swipes), store.deps()), []);
  t.same(new Set(Array.from(store.decisions.values(), ({ cardId }) => cardId)), new Set(['ann', 'bob', 'who']));
  t.match(store.decisions.get(`acme/${swipeIdOf(9)}/bob`), { outcome: 'granted', employeeId: 'bob' });
  t.same(
    Array.from(store.parked.values(), ({ partitionKey }) => partitionKey),
    ['acme/bob', 'acme/bob', 'acme/nil', 'acme/second-of-bob'],
  );
});

t.test('nothing overtakes a record that could not be parked', async (t) => {
  const store = new MemoryStore();
  store.bentCards.add('acme/ann');
  const many = Array.from({ length: 150 }, (_, i) => streamed(swipeOf({ n: i + 1 }), i + 1));
  // After the alarm.
  store.crash = { atWrite: 2, lands: false };
  t.same(
    await decideBatch(batchOf(many), store.deps()),
    many.slice(0, 100).map(({ kinesisSequence }) => kinesisSequence),
  );
  t.equal(store.decisions.size, 0);
});

t.test('door events are written', async (t) => {
  const store = new MemoryStore();
  const event = {
    kind: 'door-event' as const,
    tenantId: 'acme',
    eventId: swipeIdOf(1),
    readerId: 'hard-in',
    type: 'forced-open' as const,
    occurredAt: new Date(MONDAY_9_UTC).toISOString(),
    receivedAt: new Date(MONDAY_9_UTC).toISOString(),
  };
  const batch = batchOf([], { doorEvents: [{ event, kinesisSequence: '3' }] });
  t.same(await decideBatch(batch, store.deps()), []);
  t.same(Array.from(store.doorEvents.values()), [{ ...event, reportedAt: event.occurredAt }]);
  store.crash = { atWrite: store.writes + 1, lands: false };
  t.same(await decideBatch(batch, store.deps()), ['3']);
});

t.test('an alarm has the time that the decision went by, and the reader’s own time beside it', async (t) => {
  const store = new MemoryStore();
  const receivedAt = new Date(MONDAY_9_UTC).toISOString();
  const posted = (n: number, occurredAt: string, type: DoorEventType = 'tamper') => ({
    event: {
      kind: 'door-event' as const,
      tenantId: 'acme',
      eventId: swipeIdOf(n),
      readerId: 'r',
      type,
      occurredAt,
      receivedAt,
    },
    kinesisSequence: String(n),
  });
  const yesterday = '2026-11-22T09:00:00Z';
  const swipes = [
    streamed(swipeOf({ n: 1, duress: true, readAt: '2027-01-01T00:00:00Z', receivedAt }), 1),
    streamed(swipeOf({ n: 2, duress: true, readAt: '2026-11-23T10:00:01+01:00', receivedAt }), 2),
    streamed(swipeOf({ n: 3, duress: true, readAt: yesterday, receivedAt, offlineOutcome: 'granted' }), 3),
  ];
  const doorEvents = [
    posted(4, '1970-01-01T00:00:00Z'),
    posted(5, '2026-11-23T09:00:01.5Z'),
    posted(6, '2026-02-30T00:00:00Z'),
  ];
  t.same(await decideBatch(batchOf(swipes, { doorEvents }), store.deps()), []);
  const times = Array.from(store.doorEvents.values()).filter(({ type }) => type !== 'clock-wrong');
  t.same(
    times.map(({ eventId, occurredAt, reportedAt }) => [Number(eventId.slice(-2)), occurredAt, reportedAt]).sort(),
    [
      [1, receivedAt, '2027-01-01T00:00:00Z'],
      [2, '2026-11-23T09:00:01.000Z', '2026-11-23T10:00:01+01:00'],
      [3, '2026-11-22T09:00:00.000Z', yesterday],
      [4, receivedAt, '1970-01-01T00:00:00Z'],
      [5, '2026-11-23T09:00:01.500Z', '2026-11-23T09:00:01.5Z'],
      [6, receivedAt, '2026-02-30T00:00:00Z'],
    ],
  );
});

t.test('a wrong clock raises one alarm an hour, with the drift', async (t) => {
  const store = new MemoryStore();
  const alarms = () => Array.from(store.doorEvents.values()).filter(({ type }) => type === 'clock-wrong');
  const fast = (n: number, receivedMs: number, aheadMs: number, more: Partial<SwipeRecord> = {}) => {
    const receivedAt = new Date(receivedMs).toISOString();
    return streamed(swipeOf({ n, readAt: new Date(receivedMs + aheadMs).toISOString(), receivedAt, ...more }), n);
  };
  const swipes = [1, 2, 3].map((n) => fast(n, MONDAY_9_UTC + n, 412_000));
  store.crash = { atWrite: 5, lands: false };
  await decideBatch(batchOf(swipes), store.deps());
  store.restart();
  t.same(await decideBatch(batchOf(swipes), store.deps()), []);
  t.match(alarms(), [
    { readerId: 'hard-in', occurredAt: new Date(MONDAY_9_UTC + 1).toISOString(), detail: /is 412 s ahead of/ },
  ]);
  const writes = store.writes;
  await decideBatch(batchOf([fast(4, MONDAY_9_UTC + 4_000, 412_000)]), store.deps());
  t.equal(store.writes - writes, 3, 'the card, the decision and the stream, but no alarm');
  await decideBatch(batchOf([fast(5, MONDAY_9_UTC + 3_600_000, -3_600_000)]), store.deps());
  t.match(alarms()[1], { detail: /is 3600 s behind/ });
  await decideBatch(
    batchOf([fast(6, MONDAY_9_UTC, -86_400_000, { offlineOutcome: 'granted', readerId: 'free' })]),
    store.deps(),
  );
  t.equal(alarms().length, 2, 'an offline swipe may be old');
  const heartbeat = {
    kind: 'door-event' as const,
    tenantId: 'acme',
    eventId: swipeIdOf(7),
    readerId: 'none-in',
    type: 'heartbeat' as const,
    occurredAt: '2026-11-23T08:00:00Z',
    receivedAt: new Date(MONDAY_9_UTC).toISOString(),
  };
  const tamper = { ...heartbeat, eventId: swipeIdOf(8), readerId: 'none-out', type: 'tamper' as const };
  const doorEvents = [heartbeat, tamper].map((event) => ({ event, kinesisSequence: '8' }));
  await decideBatch(batchOf([], { doorEvents }), store.deps());
  t.same(
    alarms().map(({ readerId }) => readerId),
    ['hard-in', 'hard-in', 'none-in'],
    'a tamper alarm may have waited',
  );
});

t.test('readers are recorded as heard, and an error in that fails nothing', async (t) => {
  const store = new MemoryStore();
  const batch = batchOf(RECORDED.slice(0, 2));
  await decideBatch(batch, store.deps());
  t.same(store.heard, [{ tenantId: 'acme', readerId: 'hard-in' }], 'each reader once');
  const broken = async () => Promise.reject(new Error('throttled'));
  t.same(await decideBatch(batch, { ...store.deps(), contacts: { heard: broken, refused: broken } }), []);
});

t.test('unknown cards that are refused are recorded by reader, once, and an error in that fails nothing', async (t) => {
  const store = new MemoryStore();
  const swipes = [
    swipeOf({ n: 1, cardId: 'nobodys', readerId: 'hard-in', cardNumber: '04 A1' }),
    swipeOf({ n: 2, cardId: 'ann', readerId: 'hard-in' }),
    swipeOf({ n: 3, cardId: 'nobodys', readerId: 'hard-out' }),
    swipeOf({ n: 4, cardId: 'nobodys', readerId: 'soft-in', offlineOutcome: 'denied' }),
  ];
  const batch = batchOf(swipes.map((swipe, i) => streamed(swipe, i + 1)));
  await decideBatch(batch, store.deps());
  const [first] = swipes;
  t.same(store.refused, [
    [
      {
        tenantId: 'acme',
        readerId: 'hard-in',
        cardId: 'nobodys',
        cardNumber: '04 A1',
        swipeId: first?.swipeId,
        at: first?.receivedAt,
      },
    ],
  ]);
  await decideBatch(batch, store.deps());
  t.equal(store.refused.length, 1, 'a swipe that is read again was recorded before');

  const broken = new MemoryStore();
  broken.refuse = () => {
    throw new Error('throttled');
  };
  t.same(await decideBatch(batch, broken.deps()), []);
  t.equal(broken.published.length, swipes.length);
});

t.test('an error never leads to a grant or any decision (invariant 5)', async (t) => {
  const store = new MemoryStore();
  store.crash = { atWrite: 1, lands: false };
  t.same(await decideBatch(batchOf(RECORDED.slice(0, 2)), store.deps()), ['1', '2']);
  t.equal(store.published.length, 0);
  t.equal(store.decisions.size, 0);
});
