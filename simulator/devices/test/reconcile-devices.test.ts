import { randomUUID } from 'node:crypto';
import type { Decision, Swipe } from '@swipegate/contract';
import { demoSite } from '@swipegate/infra/local/demo/demo-site';
import t from 'tap';
import { Oracle } from '../../verify/oracle.js';
import { planFleet } from '../fleet.js';
import { reconcileDevices } from '../reconcile-devices.js';
import type { Course, Shown } from '../shown.js';

const site = demoSite();
const fleet = planFleet(site, { 'zkteco-online': 1 }, 'full');
const [device] = fleet.devices;
const START_MS = Date.parse('2026-03-10T10:00:00Z');

interface Story {
  all: Shown[];
  decisions: Decision[];
}

/** People come in and go out at one device, 20 s apart: it asks about half of them, and decides alone about the others. */
function story(): Story {
  const [readers, employees, cards] = [[...fleet.readers], [...fleet.employees], [...fleet.cards]];
  const oracle = new Oracle({ ...site, readers, employees, cards });
  const all: Shown[] = [];
  const decisions: Decision[] = [];
  for (let i = 0; i < 40; i++) {
    const card = cards[Math.floor(i / 2) % 5];
    const way = device?.ways[i % 2];
    const course: Course = Math.floor(i / 2) % 2 === 0 ? 'asks' : 'alone-granted';
    if (card === undefined || way === undefined) throw new Error('the fleet has no door');
    const atMs = START_MS + i * 20_000;
    const swipe: Swipe = {
      swipeId: randomUUID(),
      readerId: way.readerId,
      cardId: card.cardId,
      readAt: new Date(atMs).toISOString(),
      ...(course === 'asks' ? {} : { offlineOutcome: 'granted' }),
    };
    const expected = oracle.expect(swipe, atMs);
    oracle.received(card.cardId, atMs);
    const heard = course !== 'asks' ? undefined : expected.outcome === 'granted' ? 'granted' : 'denied';
    all.push({
      entry: { swipe, expected, dueMs: 0, sentMs: 0, acceptedMs: 0, delivered: undefined },
      visit: {
        person: card,
        crowd: { release: () => {}, lose: () => {} },
        direction: way.direction,
        to: undefined,
        unseen: false,
        duress: false,
      },
      reading: { index: i + 1, way, credential: { uid: '04a1b2c3' }, shownMs: atMs },
      course,
      isTimedByGateway: false,
      isTimed: true,
      sentAtMs: atMs,
      takenAtMs: atMs + 100,
      heard,
      isHeardOtherwise: false,
    });
    const { outcome, reason, direction } = expected;
    decisions.push({
      ...swipe,
      swipeId: randomUUID(),
      tenantId: site.tenantId,
      outcome,
      reason,
      direction,
      receivedAt: new Date(atMs + 50).toISOString(),
      decidedAt: new Date(atMs + 90).toISOString(),
      timeBasis: 'readAt',
      sequence: String(i).padStart(56, '0'),
    });
  }
  return { all, decisions };
}

const none = { lost: 0, duplicated: 0, wrong: 0, changed: 0, reordered: 0 };
const check = (all: readonly Shown[], decisions: readonly Decision[]) =>
  reconcileDevices(all, { readDecisions: async () => [...decisions], patienceMs: 0 });

t.test('what the devices showed and heard agrees with the table', async (t) => {
  const { all, decisions } = story();
  const result = await check(all, decisions.toReversed());
  t.match(result, { ...none, accepted: 40, decided: 40, examples: [] });
  t.ok(Object.keys(result.recorded).length > 0 && (result.granted['granted'] ?? 0) > 0);
});

t.test('each fault is found, and no other', async (t) => {
  /** Changes one decision or one record, and says which fault that is. */
  const faults: [what: string, expected: object, spoil: (story: Story) => void][] = [
    ['a record without a decision', { lost: 1 }, ({ decisions }) => decisions.splice(12, 1)],
    [
      'a record with a second swipe',
      { duplicated: 1 },
      ({ decisions: [first, ...rest], decisions }) => {
        if (first !== undefined)
          decisions.splice(0, decisions.length, first, ...rest, { ...first, swipeId: randomUUID() });
      },
    ],
    [
      'another card',
      { lost: 1, duplicated: 1 },
      ({ decisions: [first] }) => first && Object.assign(first, { cardId: 'unread-04A1B2C3' }),
    ],
    [
      'a door that opened against the decision',
      { changed: 1 },
      ({ all: [first] }) => first && Object.assign(first, { heard: first.heard === 'granted' ? 'denied' : 'granted' }),
    ],
    [
      'two answers to one question',
      { changed: 1 },
      ({ all: [first] }) => first && Object.assign(first, { isHeardOtherwise: true }),
    ],
    [
      'inside behind a door that stayed shut',
      { changed: 1 },
      ({ all: [first] }) => first && Object.assign(first, { heard: 'undecided' }),
    ],
    [
      'a record that came first, and then opened the door',
      { changed: 1 },
      ({ all: [, , first] }) => first && Object.assign(first, { course: 'logs first', heard: 'granted' }),
    ],
    [
      'history that was decided live',
      { wrong: 1 },
      ({ decisions: [, , third] }) => third && Object.assign(third, { outcome: 'granted' }),
    ],
    [
      'a time of another zone',
      { lost: 1, duplicated: 1 },
      ({ decisions: [first] }) => first && Object.assign(first, { readAt: '2026-03-10T11:00:00.000Z' }),
    ],
    [
      'a later record before an earlier one',
      { reordered: 1 },
      ({ decisions: [first] }) => first && Object.assign(first, { sequence: '9'.repeat(56) }),
    ],
  ];
  for (const [what, expected, spoil] of faults) {
    const spoilt = story();
    spoil(spoilt);
    const result = await check(spoilt.all, spoilt.decisions);
    t.match(result, { ...none, ...expected }, what);
    t.ok(result.examples.length > 0, what);
  }
});

t.test('an answer that was lost with the network leaves open what its decision must be', async (t) => {
  const { all, decisions } = story();
  Object.assign(all[0] ?? {}, { heard: 'nothing', takenAtMs: undefined });
  t.match(await check(all, decisions), { ...none, unjudged: 1, decided: 40 });
  t.match(await check(all, decisions.slice(1)), { ...none, decided: 39 }, 'or whether there is one');
});

t.test('a record that is timed by the gateway is found in its span of time', async (t) => {
  const { all, decisions } = story();
  Object.assign(all[0] ?? {}, { isTimedByGateway: true });
  Object.assign(decisions[0] ?? {}, { readAt: new Date(START_MS + 60).toISOString() });
  t.match(await check(all, decisions), { ...none, decided: 40 });
  Object.assign(decisions[0] ?? {}, { readAt: new Date(START_MS + 10_000).toISOString() });
  t.match(await check(all, decisions), { ...none, lost: 1, duplicated: 1 });
});
