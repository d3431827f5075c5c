import { type Decision, type SwipeRecord, tenantKey } from '@swipegate/contract';
import fc from 'fast-check';
import t from 'tap';
import { type DecideDeps, decideBatch } from '../batch.js';
import { cardKeyOf, swipeKeyOf } from '../records/keys.js';
import type { StreamSwipe } from '../records/records.js';
import { MemoryStore } from './memory-store.js';
import { PresenceModel } from './presence-model.js';
import { INDEX, MONDAY_9_UTC, SITE, swipeIdOf, swipeOf } from './small-site.js';

const LIMIT = 2;
const ZONES = ['small', 'vault', 'pair'] as const;

function streamed(swipe: SwipeRecord, place: number, arrivedAtMs = Date.parse(swipe.receivedAt)): StreamSwipe {
  const sequence = `${String(place).padStart(56, '0')}.000000`;
  return { swipe, cardKey: cardKeyOf(swipe), kinesisSequence: String(place), sequence, arrivedAtMs };
}

function decideSwipes(swipes: readonly StreamSwipe[], deps: DecideDeps): Promise<string[]> {
  return decideBatch({ swipes: [...swipes], doorEvents: [], deviceRecords: [], unreadable: [] }, deps);
}

const reasons = (store: MemoryStore) =>
  Array.from(store.decisions.values())
    .toSorted((a, b) => a.sequence.localeCompare(b.sequence))
    .map(({ cardId, reason }) => `${cardId} ${reason}`);

/** Everything that must be the same as without a crash. */
function outcomeOf(store: MemoryStore) {
  return {
    decisions: Array.from(store.decisions.values(), ({ decidedAt: _, ...decision }: Decision) =>
      JSON.stringify(decision),
    ).sort(),
    places: Array.from(store.presence.values(), ({ cardKey, inside }) => `${cardKey} ${JSON.stringify(inside)}`).sort(),
    occupants: ZONES.map((zoneId) => `${zoneId}: ${store.occupants(zoneId).join()}`),
    alarms: Array.from(store.doorEvents.keys()).sort(),
  };
}

/** Swipes that were published with two different decisions, or with another one than the table has. */
function contradictions(store: MemoryStore): string[] {
  return store.published
    .filter((decision) => JSON.stringify(decision) !== JSON.stringify(store.decisions.get(swipeKeyOf(decision))))
    .map(({ swipeId }) => swipeId);
}

/** People fill a room, one waits for a place, two enter a two-person zone, one under duress, one while offline. */
const BUSY = (
  [
    { cardId: 'ann', readerId: 'small-in' },
    { cardId: 'bob', readerId: 'small-in' },
    { cardId: 'cara', readerId: 'small-in' },
    { cardId: 'ann', readerId: 'small-out' },
    { cardId: 'cara', readerId: 'small-in' },
    { cardId: 'dave', readerId: 'pair-in' },
    { cardId: 'ann', readerId: 'pair-in', duress: true },
    { cardId: 'dave', readerId: 'pair-in' },
    { cardId: 'bob', readerId: 'small-both', direction: 'out' },
    { cardId: 'ann', readerId: 'small-in' },
    { cardId: 'cara', readerId: 'vault-in', offlineOutcome: 'granted' },
    { cardId: 'dave', readerId: 'vault-in' },
  ] satisfies Partial<SwipeRecord>[]
).map((change, i) => {
  const readAt = new Date(MONDAY_9_UTC + i * 1_000).toISOString();
  return streamed(swipeOf({ n: i + 1, readAt, ...change }), i + 1);
});

t.test('a batch is decided in stream order across cards', async (t) => {
  const store = new MemoryStore();
  t.same(await decideSwipes(BUSY, store.deps()), []);
  t.same(reasons(store), [
    'ann granted',
    'bob granted',
    'cara denied-upper-occupancy-limit',
    'ann granted',
    'cara granted',
    'dave denied-no-accompaniment',
    'ann duress',
    'dave granted',
    'bob granted',
    'ann granted',
    'cara denied-no-accompaniment',
    'dave denied-upper-occupancy-limit',
  ]);
  t.same(
    ZONES.map((zoneId) => store.occupants(zoneId)),
    [['ann'], ['bob', 'cara'], ['dave']],
  );
  t.match(store.decisions.get(`acme/${swipeIdOf(11)}/cara`), { outcome: 'recorded', offlineOutcome: 'granted' });
  t.match(Array.from(store.doorEvents.values()), [{ eventId: swipeIdOf(7), type: 'duress', readerId: 'pair-in' }]);
});

t.test('each swipe of a traced card raises one alarm, and its decision stays the same', async (t) => {
  const [plain, store] = [new MemoryStore(), new MemoryStore()];
  store.cards.set('acme/ann', { cardId: 'ann', status: 'active', employeeId: 'ann', isTraced: true });
  await decideSwipes(BUSY, plain.deps());
  await decideSwipes(BUSY, store.deps());
  await decideSwipes(BUSY, store.deps());
  t.same(reasons(store), reasons(plain));
  const shown = BUSY.filter(({ swipe }) => swipe.cardId === 'ann').map(({ swipe }) => swipe.swipeId);
  const traces = Array.from(store.doorEvents.values()).filter(({ type }) => type === 'trace');
  t.same(traces.map(({ detail }) => detail).sort(), shown.map((id) => `A traced card was shown: swipe ${id}.`).sort());
});

t.test('batches without such zones neither read nor write zone rows', async (t) => {
  const store = new MemoryStore();
  const readers = ['hard-in', 'soft-in', 'none-both', 'free', 'nowhere', 'hard-out'];
  await decideSwipes(
    readers.map((readerId, i) => streamed(swipeOf({ n: i + 1, readerId }), i + 1)),
    store.deps(),
  );
  t.equal(store.zoneReads, 0);
  t.equal(store.zoneStates.size, 0);
  t.equal(store.decisions.size, readers.length);
});

t.test(
  'killed at any write and retried from any swipe, the result is the same as without a crash (invariant 2)',
  async (t) => {
    const whole = new MemoryStore();
    await decideSwipes(BUSY, whole.deps());
    const expected = JSON.stringify(outcomeOf(whole));
    t.ok(whole.writes >= 3 + 4 + 2 * BUSY.length + 1, `${whole.writes} writes`);
    for (const lands of [false, true]) {
      for (let first = 1; first <= whole.writes; first++) {
        for (let cut = 0; cut < BUSY.length; cut++) {
          const store = new MemoryStore();
          store.crash = { atWrite: first, lands };
          const failed = await decideSwipes(BUSY, store.deps());
          if (failed.length === 0) t.fail('an unfinished batch reports failures');
          store.restart();
          // The second function dies too, at a different write each time.
          store.crash = { atWrite: store.writes + 1 + ((first + cut) % 9), lands };
          await decideSwipes(BUSY, store.deps(MONDAY_9_UTC + 1_000));
          store.restart();
          const again = [
            ...(await decideSwipes(BUSY.slice(0, cut), store.deps(MONDAY_9_UTC + 5_000))),
            ...(await decideSwipes(BUSY.slice(cut), store.deps(MONDAY_9_UTC + 6_000))),
          ];
          const result = JSON.stringify(outcomeOf(store));
          if (again.length > 0 || result !== expected || contradictions(store).length > 0) {
            t.fail(`write ${first} ${lands ? 'lands' : 'is lost'}, cut at ${cut}`, {
              again,
              found: outcomeOf(store),
              wanted: outcomeOf(whole),
            });
            return;
          }
        }
      }
    }
  },
);

t.test('two shards race for the last place: one gets it, the other is denied', async (t) => {
  const store = new MemoryStore();
  await decideSwipes([streamed(swipeOf({ n: 1, cardId: 'ann', readerId: 'small-in' }), 1)], store.deps());
  const [bob, cara] = (['bob', 'cara'] as const).map((cardId, i) =>
    streamed(swipeOf({ n: i + 2, cardId, readerId: 'small-in' }), i + 2),
  );
  let raced = false;
  store.beforeZones = async () => {
    if (raced) return;
    raced = true;
    t.same(await decideSwipes(cara === undefined ? [] : [cara], store.deps()), []);
  };
  t.same(await decideSwipes(bob === undefined ? [] : [bob], store.deps()), []);
  t.same(reasons(store), ['ann granted', 'bob denied-upper-occupancy-limit', 'cara granted']);
  t.same(store.inside('small'), ['ann', 'cara']);
  t.same(store.occupants('small'), ['ann', 'cara']);
});

t.test('a reserved place that is not used is released', async (t) => {
  const store = new MemoryStore();
  const ann = streamed(swipeOf({ n: 1, cardId: 'ann', readerId: 'small-in' }), 1);
  store.crash = { atWrite: 1, lands: true };
  t.same(await decideSwipes([ann], store.deps()), ['1']);
  store.restart();
  t.same(store.occupants('small'), ['ann'], 'the function died between zone and card');
  store.cards.set('acme/ann', { cardId: 'ann', status: 'stolen', employeeId: 'ann' });
  t.same(await decideSwipes([ann], store.deps()), []);
  t.same(reasons(store), ['ann denied-authentication-factor-stolen']);
  t.same(store.occupants('small'), []);
  t.equal(store.published.length, 1, 'published once');
});

t.test('a reserved place is kept until its swipe is retried', async (t) => {
  const store = new MemoryStore();
  const [ann, bobOut, bobIn, cara] = [
    streamed(swipeOf({ n: 1, cardId: 'ann', readerId: 'small-in' }), 1),
    streamed(swipeOf({ n: 2, cardId: 'bob', readerId: 'small-out' }), 2),
    streamed(swipeOf({ n: 3, cardId: 'bob', readerId: 'small-in' }), 3),
    streamed(swipeOf({ n: 4, cardId: 'cara', readerId: 'small-in' }), 4),
  ] as const;
  await decideSwipes([ann], store.deps());
  store.crash = { atWrite: store.writes + 1, lands: true };
  await decideSwipes([bobOut, bobIn], store.deps());
  store.restart();
  await decideSwipes([bobOut], store.deps());
  await decideSwipes([cara], store.deps());
  await decideSwipes([bobIn], store.deps());
  t.same(reasons(store), ['ann granted', 'bob granted', 'bob granted', 'cara denied-upper-occupancy-limit']);
  t.same(store.inside('small'), ['ann', 'bob']);
});

t.test('a zone that cannot be written holds back only its own cards', async (t) => {
  const store = new MemoryStore();
  store.refuses = 'acme/small';
  const batch = [
    streamed(swipeOf({ n: 1, cardId: 'ann', readerId: 'small-in' }), 1),
    streamed(swipeOf({ n: 2, cardId: 'bob', readerId: 'hard-in' }), 2),
  ];
  t.same(await decideSwipes(batch, store.deps()), ['1']);
  t.same(reasons(store), ['bob granted']);
  store.refuses = undefined;
  t.same(await decideSwipes(batch, store.deps()), []);
  t.same(store.occupants('small'), ['ann']);
});

t.test('a zone follows its cards: a new limit counts those inside, and a move elsewhere frees the place', async (t) => {
  const store = new MemoryStore();
  const inside = {
    buildingId: 'b',
    zoneId: 'small',
    since: new Date(MONDAY_9_UTC).toISOString(),
    swipeId: swipeIdOf(9),
  };
  store.presence.set('acme/ann', { cardKey: 'acme/ann', version: 1, sequence: '', inside, outbox: [] });
  await decideSwipes([streamed(swipeOf({ n: 1, cardId: 'ann', readerId: 'small-in' }), 1)], store.deps());
  t.same(reasons(store), ['ann passback-detected']);
  t.same(store.occupants('small'), ['ann']);
  await decideSwipes([streamed(swipeOf({ n: 2, cardId: 'ann', readerId: 'hard-in' }), 2)], store.deps());
  t.same(store.occupants('small'), []);
});

t.test('a card shown ten minutes ago no longer counts, whether or not its zone’s row was written since', async (t) => {
  for (const [laterMs, reason] of [
    [599_999, 'granted'],
    [600_000, 'denied-no-accompaniment'],
  ] as const) {
    const store = new MemoryStore();
    await decideSwipes([streamed(swipeOf({ n: 1, cardId: 'ann', readerId: 'pair-in' }), 1)], store.deps());
    const late = [streamed(swipeOf({ n: 2, cardId: 'bob', readerId: 'pair-in' }), 2)];
    await decideSwipes(late, store.deps(MONDAY_9_UTC + laterMs));
    t.same(reasons(store), ['ann denied-no-accompaniment', `bob ${reason}`]);
  }
});

/** The scheduler decides when each step of a function runs. */
function interleaved(deps: DecideDeps, scheduler: fc.Scheduler): DecideDeps {
  const { store, zones, publish } = deps;
  const pause = (label: string) => scheduler.schedule(Promise.resolve(), label);
  return {
    ...deps,
    store: {
      readFacts: (swipes, nowMs) => pause('read').then(() => store.readFacts(swipes, nowMs)),
      readEmployees: (keys) => store.readEmployees(keys),
      readPresence: (keys, nowMs) => store.readPresence(keys, nowMs),
      commit: (rows) => pause('commit').then(() => store.commit(rows)),
      writeDecisions: (decisions) => pause('write').then(() => store.writeDecisions(decisions)),
      settle: (rows) => store.settle(rows),
      writeDoorEvents: (events) => store.writeDoorEvents(events),
    },
    zones: {
      read: (wanted) => pause('read zones').then(() => zones.read(wanted)),
      commit: (states) => pause('commit zones').then(() => zones.commit(states)),
    },
    publish,
  };
}

t.test('racing shards and abandoned functions never exceed the limit', async (t) => {
  const step = fc.record({
    cardId: fc.constantFrom('ann', 'bob', 'cara', 'dave'),
    readerId: fc.constantFrom('small-in', 'small-in', 'small-out', 'vault-in', 'hard-in'),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 10 }), fc.scheduler(), async (steps, scheduler) => {
      const swipes = steps.map((change, i) => streamed(swipeOf({ n: i + 1, ...change }), i + 1));
      const store = new MemoryStore();
      let tooMany = 0;
      store.beforeZones = async () => {
        if (store.occupants('small').length > LIMIT || store.occupants('vault').length > LIMIT) tooMany += 1;
      };
      const deps = store.deps();
      const shards = [
        swipes.filter(({ swipe: { cardId } }) => cardId === 'ann' || cardId === 'bob'),
        swipes.filter(({ swipe: { cardId } }) => cardId === 'cara' || cardId === 'dave'),
      ];
      // The first shard's batch runs twice: Lambda gave up the first function, which runs on.
      const running = [...shards, shards[0] ?? []].map((shard) => decideSwipes(shard, interleaved(deps, scheduler)));
      await scheduler.waitFor(Promise.all(running));
      for (const shard of shards) await decideSwipes(shard, deps);
      return (
        tooMany === 0 &&
        store.decisions.size === swipes.length &&
        contradictions(store).length === 0 &&
        ZONES.every((zoneId) => store.occupants(zoneId).join() === store.inside(zoneId).join()) &&
        store.inside('small').length <= LIMIT &&
        store.inside('vault').length <= LIMIT
      );
    }),
    { numRuns: 300 },
  );
  t.pass('300 runs');
});

t.test('any swipes in any batches with any crashes match the model', async (t) => {
  const step = fc.record(
    {
      n: fc.integer({ min: 1, max: 30 }),
      cardId: fc.constantFrom('ann', 'bob', 'bob-2', 'cara', 'dave', 'who', 'stolen'),
      readerId: fc.constantFrom(
        ...SITE.readers.filter(({ zoneId }) => !['timed', 'daily'].includes(zoneId)).map(({ readerId }) => readerId),
        'nowhere',
      ),
      direction: fc.constantFrom('in', 'out'),
      laterMs: fc.integer({ min: 0, max: 40_000 }),
      duress: fc.boolean(),
      history: fc.constantFrom('none', 'none', 'none', 'late', 'granted', 'denied'),
      agoMs: fc.integer({ min: 0, max: 120_000 }),
      aheadMs: fc.constantFrom(0, 0, 240_000, -240_000),
    },
    { requiredKeys: ['n', 'cardId', 'readerId', 'direction', 'laterMs', 'history', 'agoMs', 'aheadMs'] },
  );
  const visit = fc.record({
    from: fc.integer({ min: 0, max: 24 }),
    crash: fc.option(fc.record({ atWrite: fc.integer({ min: 1, max: 30 }), lands: fc.boolean() }), {
      nil: undefined,
    }),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 1, maxLength: 25 }),
      fc.array(visit, { maxLength: 5 }),
      async (steps, visits) => {
        const swipes = lifeOf(steps);
        const model = new PresenceModel();
        const judged = new Map<string, string>();
        for (const { swipe, arrivedAtMs } of swipes) {
          const key = swipeKeyOf(swipe);
          if (judged.has(key)) continue;
          const { outcome, reason } = model.judge(swipe, arrivedAtMs);
          judged.set(key, `${outcome} ${reason}`);
        }
        const store = new MemoryStore();
        let nowMs = MONDAY_9_UTC;
        let done = 0;
        // A batch may start before the end of the last one, never beyond it.
        for (const { from, crash } of visits) {
          const batch = swipes.slice(Math.min(from, done), done + 8);
          store.crash = crash && { ...crash, atWrite: store.writes + crash.atWrite };
          const failed = await decideSwipes(batch, store.deps(nowMs));
          if (failed.length === 0) done = Math.min(swipes.length, done + 8);
          store.restart();
          nowMs += 1_000;
        }
        const left = await decideSwipes(swipes.slice(done), store.deps(nowMs));
        const decided = Array.from(store.decisions, ([key, { outcome, reason }]) => [key, `${outcome} ${reason}`]);
        return (
          left.length === 0 &&
          JSON.stringify(decided.sort()) === JSON.stringify(Array.from(judged).sort()) &&
          contradictions(store).length === 0 &&
          ['hard', 'soft', 'none', ...ZONES].every((id) => store.inside(id).join() === model.inside(id).join()) &&
          ZONES.every((id) => store.zoneStates.size === 0 || sameOccupants(store, id)) &&
          nobodyIsLockedIn(store)
        );
      },
    ),
    { numRuns: 1_000 },
  );
  t.pass('1000 runs');
});

interface Step {
  n: number;
  cardId: string;
  readerId: string;
  direction: 'in' | 'out';
  laterMs: number;
  duress?: boolean;
  history: 'none' | 'late' | 'granted' | 'denied';
  agoMs: number;
  /** How far the reader's clock is ahead, ms. */
  aheadMs: number;
}

/** Swipes in stream order. Time advances; history is from some time before. A number drawn twice is a repeat. */
function lifeOf(steps: readonly Step[]): StreamSwipe[] {
  let nowMs = MONDAY_9_UTC;
  const first = new Map<string, StreamSwipe>();
  return steps.map(({ n, cardId, readerId, direction, laterMs, duress, history, agoMs, aheadMs }, i) => {
    nowMs += laterMs;
    const at = (ms: number) => new Date(ms).toISOString();
    const readMs = history === 'none' ? nowMs : nowMs - agoMs;
    const receivedMs = history === 'late' ? readMs : nowMs;
    const arrivedMs = history === 'late' ? readMs + 60_001 : nowMs;
    const swipe = swipeOf({
      n,
      cardId,
      readerId,
      direction,
      readAt: at(readMs + aheadMs),
      receivedAt: at(receivedMs),
      ...(duress === undefined ? {} : { duress }),
      ...(history === 'granted' || history === 'denied' ? { offlineOutcome: history } : {}),
    });
    const key = swipeKeyOf(swipe);
    const known = first.get(key);
    const one = streamed(known?.swipe ?? swipe, i + 1, known?.arrivedAtMs ?? arrivedMs);
    if (known === undefined) first.set(key, one);
    return one;
  });
}

/** Returns whether a zone's row matches the cards' rows; a zone without a row must be empty. */
function sameOccupants(store: MemoryStore, zoneId: string): boolean {
  if (!store.zoneStates.has(tenantKey('acme', zoneId))) return store.inside(zoneId).length === 0;
  return store.occupants(zoneId).join() === store.inside(zoneId).join();
}

function nobodyIsLockedIn(store: MemoryStore): boolean {
  return Array.from(store.decisions.values()).every(
    ({ direction, readerId, outcome }) => direction === 'in' || !INDEX.readers.has(readerId) || outcome !== 'denied',
  );
}
