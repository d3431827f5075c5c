import type { SwipeRecord } from '@swipegate/contract';
import t from 'tap';
import { type Presence, presenceOf, presenceRow } from '../../stores/presence.js';
import { decideBatch } from '../batch.js';
import { type History, historyOf } from '../rules/history.js';
import { isMove, placeAfter } from '../rules/moves.js';
import type { Verdict } from '../rules/rules.js';
import { MemoryStore } from './memory-store.js';
import { INDEX, MONDAY_9_UTC, swipeIdOf, swipeOf } from './small-site.js';

const POSITION = `${'7'.padStart(56, '0')}.000000`;
const at = (ms: number) => new Date(ms).toISOString();

const verdict = (outcome: Verdict['outcome'], direction: Verdict['direction'] = 'in'): Verdict => {
  return { outcome, reason: 'granted', direction, timeBasis: 'readAt', atMs: MONDAY_9_UTC };
};

t.test('place after a move', async (t) => {
  const lead = (readerId: string, direction: Verdict['direction']) => {
    const reader = INDEX.readers.get(readerId);
    return reader && placeAfter(swipeOf(), reader, verdict('granted', direction));
  };
  const since = at(MONDAY_9_UTC);
  const swiped = { since, swipeId: swipeIdOf(1), readerId: swipeOf().readerId };
  t.same(lead('hard-in', 'in'), { buildingId: 'b', zoneId: 'hard', ...swiped, direction: 'in' });
  t.equal(lead('hard-out', 'out'), undefined, 'outdoors');
  t.match(lead('none-both', 'out'), { zoneId: 'hard', direction: 'out' }, 'the outer zone of the reader');
});

t.test('decisions that move the holder', async (t) => {
  const [before, same, after] = [MONDAY_9_UTC - 1, MONDAY_9_UTC, MONDAY_9_UTC + 1];
  const table: [string, History | undefined, Partial<SwipeRecord>, Verdict, number | undefined, boolean][] = [
    ['a grant', undefined, {}, verdict('granted'), undefined, true],
    ['a grant with a slow clock', undefined, {}, verdict('granted'), after, true],
    ['a denial', undefined, {}, verdict('denied'), undefined, false],
    ['let in offline', 'offline', { offlineOutcome: 'granted' }, verdict('recorded'), undefined, true],
    [
      'let in offline, after the last move',
      'offline',
      { offlineOutcome: 'granted' },
      verdict('recorded'),
      before,
      true,
    ],
    ['let in offline, at the last move', 'offline', { offlineOutcome: 'granted' }, verdict('recorded'), same, false],
    [
      'let in offline, before the last move',
      'offline',
      { offlineOutcome: 'granted' },
      verdict('recorded'),
      after,
      false,
    ],
    ['let out offline', 'offline', { offlineOutcome: 'granted' }, verdict('recorded', 'out'), before, true],
    ['turned away offline', 'offline', { offlineOutcome: 'denied' }, verdict('recorded'), undefined, false],
    [
      'turned away offline at the way out',
      'offline',
      { offlineOutcome: 'denied' },
      verdict('recorded', 'out'),
      before,
      false,
    ],
    ['late, in', 'late', {}, verdict('recorded'), undefined, false],
    ['late, out', 'late', {}, verdict('recorded', 'out'), before, true],
    ['late, out, before the last move', 'late', {}, verdict('recorded', 'out'), after, false],
    ['late, out, by a slow clock', 'late', { receivedAt: at(after + 1) }, verdict('recorded', 'out'), after, true],
  ];
  const reader = INDEX.readers.get('hard-in');
  for (const [name, history, swipe, decided, movedMs, moves] of table) {
    const movedAt = movedMs === undefined ? undefined : at(movedMs);
    t.equal(isMove(decided, swipeOf(swipe), { history, reader, movedAt }), moves, name);
    const unknown = { history, reader: undefined, movedAt };
    t.notOk(isMove(decided, swipeOf(swipe), unknown), `${name}, at an unknown reader`);
  }
});

t.test('moves are in the order of passing, whatever a clock shows; in doubt the person is listed', async (t) => {
  interface Pass {
    /** Reader's and gateway's clock, minutes after nine. */
    times: [readAt: number, receivedAt: number];
    by: string;
    offline?: boolean;
  }
  const [IN, OUT] = ['hard-in', 'hard-out'];
  const table: [string, Pass, Pass, listed: boolean][] = [
    [
      'in by a fast clock, then out offline',
      { times: [4, 0], by: IN },
      { times: [1, 9], by: OUT, offline: true },
      false,
    ],
    [
      'out offline, before an in by a fast clock',
      { times: [4, 0], by: IN },
      { times: [-1, 9], by: OUT, offline: true },
      true,
    ],
    [
      'in by a slow clock: the order is open',
      { times: [-4, 0], by: IN },
      { times: [-2, 9], by: OUT, offline: true },
      true,
    ],
    [
      'in by a slow clock, then out offline',
      { times: [-4, 0], by: IN },
      { times: [1, 9], by: OUT, offline: true },
      false,
    ],
    [
      'out by a fast clock, then in offline',
      { times: [4, 0], by: OUT },
      { times: [1, 9], by: IN, offline: true },
      true,
    ],
    [
      'out by a slow clock: the order is open',
      { times: [-4, 0], by: OUT },
      { times: [-2, 9], by: IN, offline: true },
      true,
    ],
    [
      'in offline, before an out by a slow clock',
      { times: [-4, 0], by: OUT },
      { times: [-5, 9], by: IN, offline: true },
      false,
    ],
    [
      'in offline by a fast clock, then out offline',
      { times: [4, 0], by: IN, offline: true },
      { times: [1, 9], by: OUT, offline: true },
      false,
    ],
    [
      'in by an unbelievable clock, then out offline',
      { times: [60, 0], by: IN },
      { times: [1, 9], by: OUT, offline: true },
      false,
    ],
    [
      'in offline, then out by a slow clock',
      { times: [0, 1], by: IN, offline: true },
      { times: [-3, 2], by: OUT },
      false,
    ],
  ];
  for (const [name, first, second, listed] of table) {
    const store = new MemoryStore();
    for (const [i, { times, by: readerId, offline }] of [first, second].entries()) {
      const [readAt = '', receivedAt = ''] = times.map((minutes) => at(MONDAY_9_UTC + minutes * 60_000));
      const swipe = swipeOf({ n: i + 1, readerId, readAt, receivedAt, ...(offline && { offlineOutcome: 'granted' }) });
      const sequence = `${String(i + 1).padStart(56, '0')}.000000`;
      const arrivedAtMs = Date.parse(receivedAt);
      const swipes = [{ swipe, cardKey: 'acme/ann', kinesisSequence: String(i), sequence, arrivedAtMs }];
      t.same(
        await decideBatch({ swipes, doorEvents: [], deviceRecords: [], unreadable: [] }, store.deps(arrivedAtMs)),
        [],
      );
    }
    t.same(store.inside('hard'), listed ? ['ann'] : [], name);
  }
});

t.test('swipes that are history', async (t) => {
  const swipe = swipeOf();
  t.equal(historyOf(swipe, MONDAY_9_UTC + 60_000, 60_000), undefined);
  t.equal(historyOf(swipe, MONDAY_9_UTC + 60_001, 60_000), 'late');
  t.equal(historyOf(swipe, 0, 60_000), undefined, 'a slow clock makes nothing late');
  for (const offlineOutcome of ['granted', 'denied'] as const) {
    t.equal(historyOf({ ...swipe, offlineOutcome }, MONDAY_9_UTC, 60_000), 'offline');
    t.equal(historyOf({ ...swipe, offlineOutcome }, MONDAY_9_UTC + 60_001, 60_000), 'offline');
  }
});

t.test('the table row is in the index by building only while the holder is inside', async (t) => {
  const since = at(MONDAY_9_UTC);
  const inside = { buildingId: 'b', zoneId: 'hard', since, swipeId: swipeIdOf(1) };
  const presence: Presence = {
    cardKey: 'acme/ann',
    version: 3,
    sequence: POSITION,
    employeeId: 'ann',
    inside,
    outbox: [],
  };
  const row = presenceRow(presence);
  t.match(row, { buildingKey: 'acme/b', placeKey: `hard#${since}`, employeeId: 'ann', outbox: '[]' });
  t.notOk('forgivenAt' in row, 'only the gateway writes it');
  t.same(presenceOf({ ...row, forgivenAt: since }), { ...presence, forgivenAt: since });
  const { inside: _, ...outdoors } = presence;
  t.match(presenceRow(outdoors), { buildingKey: undefined, placeKey: undefined, inside: undefined });
  t.equal(presenceOf({ ...row, outbox: 'no JSON' }), undefined);
  for (const version of [0, 1.5, Number.MAX_SAFE_INTEGER, 'x']) t.equal(presenceOf({ ...row, version }), undefined);
  for (const sequence of ['7', '7.000000', 'x', 7]) t.equal(presenceOf({ ...row, sequence }), undefined);
});
