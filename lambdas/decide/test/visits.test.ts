import { type Decision, tenantKey, type Visit } from '@swipegate/contract';
import fc from 'fast-check';
import t from 'tap';
import { decideBatch } from '../batch.js';
import { cardKeyOf } from '../records/keys.js';
import type { StreamSwipe } from '../records/records.js';
import { escortDenial, visitDenial } from '../rules/visit-rules.js';
import { MemoryStore } from './memory-store.js';
import { MONDAY_9_UTC, swipeIdOf, swipeOf } from './small-site.js';

const HOUR = 3_600_000;
const at = (ms: number) => new Date(ms).toISOString();

const VISIT: Visit = {
  hostId: 'bob',
  buildingId: 'b',
  from: at(MONDAY_9_UTC - HOUR),
  until: at(MONDAY_9_UTC + HOUR),
  escortSeconds: 20,
};

/** The small site, with Vera: she visits Bob. */
function storeWith(visit: Visit): MemoryStore {
  const store = new MemoryStore();
  const vera = { employeeId: 'vera', name: 'Vera', active: true, accessLevelIds: ['all'], cardIds: ['vera'] };
  store.employees.set(tenantKey('acme', 'vera'), { ...vera, visit });
  store.cards.set(tenantKey('acme', 'vera'), { cardId: 'vera', status: 'active', employeeId: 'vera' });
  const bob = store.employees.get(tenantKey('acme', 'bob'));
  if (bob !== undefined) store.employees.set(tenantKey('acme', 'bob'), { ...bob, cardIds: ['bob', 'bob-2'] });
  return store;
}

interface Shown {
  cardId: string;
  readerId: string;
  /** Seconds after nine. */
  s: number;
  offlineOutcome?: 'granted';
}

function streamed({ s, ...shown }: Shown, place: number): StreamSwipe {
  const readAt = at(MONDAY_9_UTC + s * 1_000);
  const swipe = swipeOf({ n: place, readAt, receivedAt: readAt, ...shown });
  const sequence = `${String(place).padStart(56, '0')}.000000`;
  return {
    swipe,
    cardKey: cardKeyOf(swipe),
    kinesisSequence: String(place),
    arrivedAtMs: Date.parse(readAt),
    sequence,
  };
}

const decideSwipes = (swipes: StreamSwipe[], store: MemoryStore) =>
  decideBatch(
    { swipes, doorEvents: [], deviceRecords: [], unreadable: [] },
    store.deps(Date.parse(swipes.at(-1)?.swipe.readAt ?? '')),
  );

const reasonOf = (store: MemoryStore, n: number, cardId: string) =>
  store.decisions.get(`acme/${swipeIdOf(n)}/${cardId}`)?.reason;

async function reasonsOf(shown: Shown[], { batches = false, visit = VISIT } = {}): Promise<(string | undefined)[]> {
  const store = storeWith(visit);
  const swipes = shown.map((each, i) => streamed(each, i + 1));
  for (const batch of batches ? swipes.map((swipe) => [swipe]) : [swipes]) {
    if ((await decideSwipes(batch, store)).length > 0) throw new Error('a swipe was not decided');
  }
  return shown.map(({ cardId }, i) => reasonOf(store, i + 1, cardId));
}

t.test('the window of a visit opens doors from its first instant until before its last', async (t) => {
  const [fromMs, untilMs] = [Date.parse(VISIT.from), Date.parse(VISIT.until)];
  fc.assert(
    fc.property(fc.integer({ min: -2 * HOUR, max: 2 * HOUR }), (offset) => {
      const ms = MONDAY_9_UTC + offset;
      const expected =
        ms < fromMs ? 'denied-credential-not-yet-active' : ms < untilMs ? undefined : 'denied-credential-expired';
      return visitDenial(VISIT, ms) === expected;
    }),
  );
  t.equal(visitDenial(VISIT, fromMs), undefined);
  t.equal(visitDenial(VISIT, untilMs), 'denied-credential-expired');
  t.equal(visitDenial({ ...VISIT, from: 'soon' }, MONDAY_9_UTC), 'denied-credential-not-yet-active', 'never a grant');
  t.equal(visitDenial({ ...VISIT, until: '' }, MONDAY_9_UTC), 'denied-credential-expired', 'never a grant');
});

t.test('an escort counts at the same reader, on the way in, within the seconds of the visit', async (t) => {
  const entry: Decision = {
    ...{ swipeId: swipeIdOf(1), tenantId: 'acme', readerId: 'none-in', cardId: 'bob', employeeId: 'bob' },
    ...{ outcome: 'granted', reason: 'granted', direction: 'in', timeBasis: 'readAt', sequence: '' },
    ...{ readAt: at(MONDAY_9_UTC), receivedAt: at(MONDAY_9_UTC), decidedAt: at(MONDAY_9_UTC) },
  };
  const visitor = { readerId: 'none-in', atMs: MONDAY_9_UTC, isHistory: false };
  fc.assert(
    fc.property(fc.integer({ min: -30_000, max: 60_000 }), (afterMs) => {
      const isEscorted = afterMs >= 0 && afterMs <= 20_000;
      const denial = escortDenial(VISIT, [entry], { ...visitor, atMs: MONDAY_9_UTC + afterMs });
      return denial === (isEscorted ? undefined : 'denied-no-accompaniment');
    }),
  );
  const denied: Record<string, Parameters<typeof escortDenial>> = {
    'no entry': [VISIT, [], visitor],
    'an unknown host': [VISIT, undefined, visitor],
    'another reader': [VISIT, [{ ...entry, readerId: 'soft-in' }], visitor],
    'the way out': [VISIT, [{ ...entry, direction: 'out' }], visitor],
    'a denied host': [VISIT, [{ ...entry, outcome: 'denied', reason: 'denied-passback' }], visitor],
    'a host in history': [VISIT, [{ ...entry, outcome: 'recorded', offlineOutcome: 'granted' }], visitor],
  };
  for (const [name, given] of Object.entries(denied)) t.equal(escortDenial(...given), 'denied-no-accompaniment', name);
  const offline: Decision = { ...entry, outcome: 'recorded', offlineOutcome: 'granted' };
  t.equal(escortDenial(VISIT, [offline], { ...visitor, isHistory: true }), undefined, 'both in history');
  const { escortSeconds: _, ...alone } = VISIT;
  t.equal(escortDenial(alone, undefined, visitor), undefined, 'no escort is needed');
});

t.test('a visitor enters behind their host, in one batch or in several, and leaves alone', async (t) => {
  const day: Shown[] = [
    { cardId: 'vera', readerId: 'none-in', s: 0 },
    { cardId: 'bob-2', readerId: 'none-in', s: 10 },
    { cardId: 'vera', readerId: 'none-in', s: 15 },
    { cardId: 'vera', readerId: 'none-out', s: 300 },
    { cardId: 'vera', readerId: 'none-in', s: 310 },
    { cardId: 'ann', readerId: 'none-in', s: 311 },
    { cardId: 'vera', readerId: 'none-in', s: 312 },
  ];
  const expected = [
    'denied-no-accompaniment',
    'granted',
    'granted',
    'granted',
    'denied-no-accompaniment',
    'granted',
    'denied-no-accompaniment',
  ];
  t.same(await reasonsOf(day), expected, 'one batch');
  t.same(await reasonsOf(day, { batches: true }), expected, 'a batch for each swipe');
});

t.test('a host who is denied, another visitor, and a missing host let no one in', async (t) => {
  const swipes: Shown[] = [
    { cardId: 'bob', readerId: 'locked', s: 0 },
    { cardId: 'vera', readerId: 'none-in', s: 1 },
  ];
  t.same(await reasonsOf(swipes), ['denied-lockout', 'denied-no-accompaniment']);
  t.same(await reasonsOf(swipes, { visit: { ...VISIT, hostId: 'nobody' } }), [
    'denied-lockout',
    'denied-no-accompaniment',
  ]);
  const self: Shown[] = [
    { cardId: 'vera', readerId: 'none-in', s: 0 },
    { cardId: 'vera', readerId: 'none-in', s: 1 },
  ];
  const denied = ['denied-no-accompaniment', 'denied-no-accompaniment'];
  t.same(await reasonsOf(self, { visit: { ...VISIT, hostId: 'vera' } }), denied, 'a visitor is no host');
});

t.test('a visit ends by itself; the way out stays open', async (t) => {
  const late: Shown[] = [
    { cardId: 'vera', readerId: 'none-in', s: 3_600 },
    { cardId: 'vera', readerId: 'none-out', s: 3_601 },
  ];
  const { escortSeconds: _, ...visit } = VISIT;
  t.same(await reasonsOf(late, { visit }), ['denied-credential-expired', 'granted']);
});

t.test(
  'killed at any write and retried, host and visitor get the answers that were published (invariant 2)',
  async (t) => {
    const swipes = [
      streamed({ cardId: 'vera', readerId: 'none-in', s: 5 }, 1),
      streamed({ cardId: 'bob', readerId: 'none-in', s: 0 }, 2),
    ];
    const whole = storeWith(VISIT);
    await decideSwipes(swipes, whole);
    t.equal(reasonOf(whole, 1, 'vera'), 'granted');
    for (const lands of [false, true]) {
      for (let atWrite = 1; atWrite <= whole.writes; atWrite++) {
        const store = storeWith(VISIT);
        store.crash = { atWrite, lands };
        t.not((await decideSwipes(swipes, store)).length, 0);
        store.restart();
        t.same(await decideSwipes(swipes, store), []);
        const answers = store.published.map(({ cardId, reason }) => `${cardId} ${reason}`);
        t.same(new Set(answers), new Set(['vera granted', 'bob granted']), `write ${atWrite}`);
      }
    }
  },
);
