import assert from 'node:assert/strict';
import type { Decision, SwipeRecord } from '@swipegate/contract';
import fc from 'fast-check';
import t from 'tap';
import { decideBatch } from '../batch.js';
import { cardKeyOf } from '../records/keys.js';
import type { StreamSwipe } from '../records/records.js';
import { MemoryStore } from './memory-store.js';
import { MONDAY_9_UTC, swipeIdOf, swipeOf } from './small-site.js';

const WINDOW_MS = 5_000;
const at = (ms: number) => new Date(MONDAY_9_UTC + ms).toISOString();

/** A swipe `ms` after nine, and the time that it needs to the stream. */
interface Tap extends Partial<SwipeRecord> {
  ms: number;
  delayMs?: number;
}

function streamed({ ms, delayMs = 0, ...change }: Tap, i: number): StreamSwipe {
  const swipe = swipeOf({ n: i + 1, readAt: at(ms), ...change });
  const sequence = `${String(i + 1).padStart(56, '0')}.000000`;
  const arrivedAtMs = Date.parse(swipe.receivedAt) + delayMs;
  return { swipe, cardKey: cardKeyOf(swipe), kinesisSequence: String(i + 1), sequence, arrivedAtMs };
}

const batchOf = (swipes: StreamSwipe[]) => ({ swipes, doorEvents: [], deviceRecords: [], unreadable: [] });

/** Decides taps one by one, each by a new instance of the function if `restarts`. */
async function decided(taps: readonly Tap[], { restarts = false } = {}) {
  const store = new MemoryStore();
  for (const [i, tap] of taps.entries()) {
    if (restarts) store.restart();
    const swipe = streamed(tap, i);
    const failed = await decideBatch(batchOf([swipe]), store.deps(swipe.arrivedAtMs + 5, WINDOW_MS));
    assert.deepEqual(failed, []);
  }
  const decisions = Array.from(store.decisions.values());
  return { store, decisions, answers: decisions.map(answerOf) };
}

const NUMBERS = new Map(Array.from({ length: 50 }, (_, i) => [swipeIdOf(i + 1), i + 1]));
const answerOf = ({ reason, repeatOf }: Decision) =>
  repeatOf === undefined ? reason : `${reason} as ${NUMBERS.get(repeatOf)}`;

t.test('the same card again at the same reader within the window gets the same answer', async (t) => {
  const offline = { offlineOutcome: 'granted' } as const;
  const table: [string, Tap[], string[]][] = [
    ['a grant', [{ ms: 0 }, { ms: 2_000 }], ['granted', 'granted as 1']],
    ['a third time', [{ ms: 0 }, { ms: 4_000 }, { ms: 4_999 }], ['granted', 'granted as 1', 'granted as 1']],
    [
      'repeats do not extend it',
      [{ ms: 0 }, { ms: 4_000 }, { ms: 5_000 }],
      ['granted', 'granted as 1', 'denied-passback'],
    ],
    [
      'a denial',
      [
        { ms: 0, cardId: 'stolen' },
        { ms: 1, cardId: 'stolen' },
      ],
      ['denied-authentication-factor-stolen', 'denied-authentication-factor-stolen as 1'],
    ],
    [
      'an unknown reader',
      [
        { ms: 0, readerId: 'x' },
        { ms: 1, readerId: 'x' },
      ],
      ['denied-point-no-access-rights', 'denied-point-no-access-rights as 1'],
    ],
    [
      'the way out',
      [
        { ms: 0, readerId: 'hard-out' },
        { ms: 1, readerId: 'hard-out' },
      ],
      ['granted', 'granted as 1'],
    ],
    ['another reader', [{ ms: 0 }, { ms: 1, readerId: 'soft-in' }, { ms: 2 }], ['granted', 'granted', 'granted']],
    ['left in between', [{ ms: 0 }, { ms: 1, readerId: 'hard-out' }, { ms: 2 }], ['granted', 'granted', 'granted']],
    ['another card', [{ ms: 0 }, { ms: 1, cardId: 'bob' }], ['granted', 'granted']],
    [
      'the other direction',
      [
        { ms: 0, readerId: 'none-both' },
        { ms: 1, readerId: 'none-both', direction: 'out' },
      ],
      ['granted', 'granted'],
    ],
    [
      'soft anti-passback',
      [
        { ms: 0, readerId: 'soft-in' },
        { ms: 1, readerId: 'soft-in' },
      ],
      ['granted', 'granted as 1'],
    ],
    [
      'soft, noticed',
      [
        { ms: 0, readerId: 'soft-in' },
        { ms: 9_000, readerId: 'soft-in' },
        { ms: 9_001, readerId: 'soft-in' },
      ],
      ['granted', 'passback-detected', 'passback-detected as 2'],
    ],
    ['the duress sign', [{ ms: 0 }, { ms: 1, duress: true }, { ms: 2 }], ['granted', 'duress as 1', 'granted as 1']],
    [
      'a full zone',
      ['ann', 'bob', 'cara', 'cara'].map((cardId, ms) => ({ ms, cardId, readerId: 'small-in' })),
      ['granted', 'granted', 'denied-upper-occupancy-limit', 'denied-upper-occupancy-limit as 3'],
    ],
    [
      'who is in a full zone',
      ['ann', 'bob', 'bob'].map((cardId, ms) => ({ ms, cardId, readerId: 'small-in' })),
      ['granted', 'granted', 'granted as 2'],
    ],
    [
      'two people',
      ['ann', 'bob', 'ann', 'ann'].map((cardId, ms) => ({ ms, cardId, readerId: 'pair-in' })),
      ['denied-no-accompaniment', 'granted', 'granted', 'granted as 3'],
    ],
    [
      'alone',
      ['ann', 'ann'].map((cardId, ms) => ({ ms, cardId, readerId: 'pair-in' })),
      ['denied-no-accompaniment', 'denied-no-accompaniment'],
    ],
    [
      'offline',
      [
        { ms: 0, ...offline },
        { ms: 1, receivedAt: at(9_000_000), ...offline },
      ],
      ['granted', 'granted as 1'],
    ],
    [
      'offline, the reader changed its mind',
      [
        { ms: 0, offlineOutcome: 'denied' },
        { ms: 1, ...offline },
      ],
      ['granted', 'granted'],
    ],
    ['live after offline', [{ ms: 0, ...offline }, { ms: 1 }], ['granted', 'denied-passback']],
    [
      'live after late',
      [{ ms: 0, delayMs: 60_001 }, { ms: 1, delayMs: 60_000 }, { ms: 2 }],
      ['granted', 'granted', 'granted as 2'],
    ],
    [
      'late after live',
      [{ ms: 0 }, { ms: 1, delayMs: 60_001 }, { ms: 2 }],
      ['granted', 'granted as 1', 'granted as 1'],
    ],
    [
      'a clock set back',
      [{ ms: 90_000, receivedAt: at(0) }, { ms: 30_000, receivedAt: at(4_999) }, { ms: 5_000 }],
      ['granted', 'granted as 1', 'denied-passback'],
    ],
    [
      'a clock set across the limit of trust',
      [
        { ms: 299_000, receivedAt: at(0) },
        { ms: 301_100, receivedAt: at(1_000) },
        { ms: 299_900, receivedAt: at(2_000) },
      ],
      ['granted', 'granted as 1', 'granted as 1'],
    ],
    [
      'the way out, with a clock set across the limit',
      [
        { ms: -299_000, receivedAt: at(0), readerId: 'hard-out' },
        { ms: -300_000, receivedAt: at(1_000), readerId: 'hard-out' },
      ],
      ['granted', 'granted as 1'],
    ],
    [
      'offline, uploaded at once',
      [
        { ms: 0, receivedAt: at(60_000), ...offline },
        { ms: 5_000, receivedAt: at(60_000), ...offline },
      ],
      ['granted', 'denied-passback'],
    ],
    ['a stopped clock', [{ ms: 0 }, { ms: 0, receivedAt: at(65_001) }], ['granted', 'denied-passback']],
  ];
  for (const [name, taps, expected] of table) {
    t.same((await decided(taps)).answers, expected, name);
    t.same((await decided(taps, { restarts: true })).answers, expected, `${name}, each by another instance`);
  }
});

t.test('a repeat moves no one, and a late one opens no door', async (t) => {
  const { store, decisions } = await decided([{ ms: 0 }, { ms: 3_000 }, { ms: 4_000, delayMs: 60_001 }]);
  t.match(store.presence.get('acme/ann'), { movedAt: at(0), inside: { since: at(0), swipeId: swipeIdOf(1) } });
  t.same(
    decisions.map(({ outcome }) => outcome),
    ['granted', 'granted', 'recorded'],
  );
});

t.test('a change since the answer counts: a card that was blocked is denied', async (t) => {
  const store = new MemoryStore();
  await decideBatch(batchOf([streamed({ ms: 0 }, 0)]), store.deps(MONDAY_9_UTC, WINDOW_MS));
  store.cards.set('acme/ann', { cardId: 'ann', employeeId: 'ann', status: 'stolen' });
  await decideBatch(batchOf([streamed({ ms: 1 }, 1)]), store.deps(MONDAY_9_UTC, WINDOW_MS));
  store.cards.set('acme/ann', { cardId: 'ann', employeeId: 'ann', status: 'active' });
  await decideBatch(batchOf([streamed({ ms: 2 }, 2)]), store.deps(MONDAY_9_UTC, WINDOW_MS));
  t.same(Array.from(store.decisions.values(), answerOf), [
    'granted',
    'denied-authentication-factor-stolen',
    'denied-passback',
  ]);
});

const taps: fc.Arbitrary<Tap[]> = fc
  .array(
    fc.record({
      cardId: fc.constantFrom('ann', 'ann', 'bob', 'cara', 'who', 'stolen'),
      readerId: fc.constantFrom(
        'hard-in',
        'hard-in',
        'hard-out',
        'soft-in',
        'timed-in',
        'none-both',
        'small-in',
        'pair-in',
        'vault-in',
        'free',
        'x',
      ),
      /** Whether it shows the card before at the reader before. */
      again: fc.boolean(),
      gapMs: fc.constantFrom(0, 1, 1_500, 3_000, 6_000, 90_000),
      delayMs: fc.constantFrom(0, 0, 0, 0, 61_000),
      /** How far the reader's clock is ahead, ms. */
      aheadMs: fc.constantFrom(0, 0, 0, 240_000, 300_001, -30_000),
      duress: fc.constantFrom(undefined, undefined, undefined, true),
      offlineOutcome: fc.constantFrom(
        undefined,
        undefined,
        undefined,
        undefined,
        'granted' as const,
        'denied' as const,
      ),
      direction: fc.constantFrom(undefined, 'in' as const, 'out' as const),
    }),
    { minLength: 2, maxLength: 14, size: 'max' },
  )
  .map((steps) => {
    const life: Tap[] = [];
    for (const { again, gapMs, aheadMs, duress, offlineOutcome, direction, ...step } of steps) {
      const before = life.at(-1);
      const ms = (before?.ms ?? 0) + gapMs;
      const tap = {
        ...step,
        ...(duress && { duress }),
        ...(offlineOutcome && { offlineOutcome }),
        ...(direction && { direction }),
      };
      const times = { ms, readAt: at(ms + aheadMs), receivedAt: at(ms) };
      life.push({ ...(again && before !== undefined ? before : tap), ...times });
    }
    return life;
  });

const rest = ({ swipeId, outcome, reason, repeatOf }: Decision) => `${swipeId} ${outcome} ${reason} ${repeatOf}`;
const places = ({ presence }: MemoryStore) =>
  Array.from(presence.values(), ({ cardKey, inside, movedAt }) => JSON.stringify([cardKey, inside, movedAt])).sort();

t.test('repeats change no other decision, and never open a door that their answer kept shut', async (t) => {
  let repeats = 0;
  await fc.assert(
    fc.asyncProperty(taps, async (life) => {
      const { store, decisions } = await decided(life);
      const byId = new Map(decisions.map((decision) => [decision.swipeId, decision]));
      assert.equal(byId.size, life.length);
      for (const repeat of decisions) {
        if (repeat.repeatOf === undefined) continue;
        const answer = byId.get(repeat.repeatOf);
        assert.ok(answer !== undefined && answer.repeatOf === undefined);
        assert.deepEqual(
          [repeat.cardId, repeat.readerId, repeat.direction],
          [answer.cardId, answer.readerId, answer.direction],
        );
        assert.ok(repeat.outcome !== 'granted' || answer.outcome === 'granted');
        const apart = (['readAt', 'receivedAt'] as const).map((name) =>
          Math.abs(Date.parse(repeat[name]) - Date.parse(answer[name])),
        );
        assert.ok(Math.min(...apart) < WINDOW_MS);
        repeats += 1;
      }
      // The swipes keep their numbers, so that their ids and sequences stay.
      const fewer = new MemoryStore();
      for (const [i, tap] of life.entries()) {
        const swipe = streamed(tap, i);
        if (byId.get(swipe.swipe.swipeId)?.repeatOf !== undefined) continue;
        await decideBatch(batchOf([swipe]), fewer.deps(swipe.arrivedAtMs + 5, WINDOW_MS));
      }
      const others = decisions.filter(({ repeatOf }) => repeatOf === undefined);
      assert.deepEqual(Array.from(fewer.decisions.values(), rest), others.map(rest));
      assert.deepEqual(places(fewer), places(store));
    }),
    { numRuns: 200 },
  );
  t.ok(repeats > 100, `${repeats} repeats`);
});

t.test('batches, other instances and crashes change no answer', async (t) => {
  const crash = fc.option(fc.record({ atWrite: fc.integer({ min: 1, max: 12 }), lands: fc.boolean() }));
  await fc.assert(
    fc.asyncProperty(taps, fc.array(fc.tuple(fc.integer({ min: 1, max: 5 }), crash)), async (life, cuts) => {
      // One clock, so that no row of an earlier presentation ends in between.
      const nowMs = MONDAY_9_UTC + 1_500_000;
      const whole = new MemoryStore();
      await decideBatch(batchOf(life.map(streamed)), whole.deps(nowMs, WINDOW_MS));
      const store = new MemoryStore();
      for (let from = 0, cut = 0; from < life.length; cut++) {
        const [length, crashes] = cuts[cut] ?? [life.length, undefined];
        const batch = batchOf(life.map(streamed).slice(from, from + length));
        if (crashes) {
          store.crash = { ...crashes, atWrite: store.writes + crashes.atWrite };
          await decideBatch(batch, store.deps(nowMs, WINDOW_MS));
          store.restart();
        }
        assert.deepEqual(await decideBatch(batch, store.deps(nowMs, WINDOW_MS)), []);
        from += length;
      }
      const sorted = ({ decisions }: MemoryStore) => Array.from(decisions.values(), rest).sort();
      assert.deepEqual(sorted(store), sorted(whole));
      assert.deepEqual(places(store), places(whole));
      const published = new Map<string, string>();
      for (const decision of store.published) {
        const text = JSON.stringify(decision);
        assert.equal(published.get(decision.swipeId) ?? text, text, 'a published decision never changes');
        published.set(decision.swipeId, text);
      }
    }),
    { numRuns: 150 },
  );
  t.pass('150 lives');
});
