import type { Lock, Lockdown, Reader, SwipeRecord } from '@swipegate/contract';
import fc from 'fast-check';
import t from 'tap';
import { LockableSites } from '../../stores/lockdowns.js';
import type { SiteIndex } from '../../stores/site-cache.js';
import { decide, type Verdict } from '../rules/rules.js';
import { CLOCK, INDEX, MONDAY_9_UTC, SITE, swipeOf } from './small-site.js';

const EMPTY = { answer: undefined, othersInside: 0, presentations: [] };
const at = (ms: number) => new Date(ms).toISOString();

function lockdown(locks: Lock[], since = at(MONDAY_9_UTC - 60_000)): Lockdown {
  return { lockdownId: 'l', locks, why: 'Drill', by: { userId: 'u', userName: 'samuel' }, since };
}

function under(lockdowns: readonly Lockdown[], change: Partial<SwipeRecord>, site: SiteIndex = INDEX): Verdict {
  const swipe = swipeOf(change);
  const card = SITE.cards.find(({ cardId }) => cardId === swipe.cardId);
  const employee = SITE.employees.find(({ employeeId }) => employeeId === card?.employeeId);
  const unknown = { inside: undefined, forgivenAt: undefined, lostAt: undefined, answer: undefined };
  const history = swipe.offlineOutcome === undefined ? undefined : ('offline' as const);
  const facts = { swipe, card, employee, ...unknown, history, zone: EMPTY, clock: CLOCK, nowMs: MONDAY_9_UTC };
  return decide({ ...facts, site: lockdowns.length === 0 ? site : { ...site, lockdowns } });
}

const reasons = (lockdowns: Lockdown[], swipes: Partial<SwipeRecord>[], site?: SiteIndex) =>
  swipes.map((swipe) => under(lockdowns, swipe, site).reason);

t.test('a lockdown locks the doors of its zone, building or site, free ones too', async (t) => {
  const doors = [{ readerId: 'hard-in' }, { readerId: 'none-in' }, { readerId: 'free' }];
  t.same(reasons([lockdown([{ zoneId: 'none' }])], doors), ['granted', 'denied-lockout', 'denied-lockout']);
  t.same(reasons([lockdown([{ buildingId: 'other' }])], doors), ['granted', 'granted', 'granted']);
  for (const lock of [{ buildingId: 'b' }, {}]) {
    t.same(reasons([lockdown([lock])], doors), ['denied-lockout', 'denied-lockout', 'denied-lockout']);
  }
  t.same(reasons([], [{ readerId: 'free', cardId: 'who' }]), ['granted'], 'the end gives each door its own mode');
  t.same(reasons([], [{ readerId: 'locked' }]), ['denied-lockout']);
});

t.test('a lockdown of a zone locks the zones within it', async (t) => {
  const [hard, none] = [INDEX.zones.get('hard'), INDEX.zones.get('none')];
  if (hard === undefined || none === undefined) throw new Error('The small site lacks a zone');
  const circle = { ...hard, outerZoneId: 'none' };
  const zones = new Map([...INDEX.zones, ['none', { ...none, outerZoneId: 'hard' }], ['hard', circle]]);
  const site = { ...INDEX, zones };
  const doors = [{ readerId: 'hard-in' }, { readerId: 'none-in' }, { readerId: 'soft-in' }];
  t.same(reasons([lockdown([{ zoneId: 'hard' }])], doors, site), ['denied-lockout', 'denied-lockout', 'granted']);
});

t.test('only those pass who have the access level of each lockdown, and their cards must be good', async (t) => {
  const [all, mornings] = [lockdown([{ accessLevelId: 'all' }]), lockdown([{ accessLevelId: 'mornings' }])];
  const people = ['ann', 'mona', 'suspended', 'who'].map((cardId) => ({ cardId, readerId: 'hard-in' }));
  const blocked = 'denied-credential-manual-disable';
  t.same(reasons([all], people), ['granted', 'denied-lockout', blocked, 'denied-lockout']);
  t.same(reasons([mornings], people), ['denied-lockout', 'granted', 'denied-lockout', 'denied-lockout']);
  t.same(reasons([all, mornings], people), Array(4).fill('denied-lockout'), 'overlapping');
  t.same(reasons([all, lockdown([{ zoneId: 'none' }])], people), [
    'granted',
    'denied-lockout',
    blocked,
    'denied-lockout',
  ]);
  t.same(reasons([all], [{ readerId: 'free', cardId: 'suspended' }]), [blocked], 'no free passage for a bad card');
});

t.test('history before the lockdown is not judged by it', async (t) => {
  const since = lockdown([{}]);
  const swipe = { offlineOutcome: 'granted' as const, receivedAt: at(MONDAY_9_UTC) };
  t.equal(under([since], { ...swipe, readAt: at(MONDAY_9_UTC - 120_000) }).reason, 'granted');
  t.equal(under([since], { ...swipe, readAt: at(MONDAY_9_UTC - 1_000) }).reason, 'denied-lockout');
});

const anyId = fc.constantFrom(...INDEX.zones.keys(), 'b', 'all', 'mornings', 'nowhere');
const anyLock: fc.Arbitrary<Lock> = fc.record(
  { buildingId: anyId, zoneId: anyId, accessLevelId: anyId },
  { requiredKeys: [] },
);
const anyLockdowns = fc.array(
  fc.array(anyLock, { minLength: 1, maxLength: 3 }).map((locks) => lockdown(locks)),
  {
    maxLength: 3,
  },
);
const anySwipe = fc.record({
  readerId: fc.constantFrom(...SITE.readers.map((reader: Reader) => reader.readerId)),
  cardId: fc.constantFrom(...SITE.cards.map(({ cardId }) => cardId), 'who'),
  direction: fc.constantFrom('in' as const, 'out' as const),
});

t.test('whatever is locked, the way out is granted, and no lockdown lets anyone in', async () => {
  fc.assert(
    fc.property(anyLockdowns, anySwipe, (lockdowns, swipe) => {
      const [before, after] = [under([], swipe), under(lockdowns, swipe)];
      if (after.direction === 'out') return after.outcome === 'granted';
      return after.outcome === 'denied' || (before.outcome === 'granted' && before.reason === after.reason);
    }),
    { numRuns: 500 },
  );
});

t.test('decide reads the lockdowns of a tenant at most twice a second, and fails when it cannot', async (t) => {
  let nowMs = 0;
  let reads = 0;
  let stored: Lockdown[] | undefined = [];
  const read = async () => {
    reads++;
    if (stored === undefined) throw new Error('The table is unavailable');
    return stored;
  };
  const sites = new LockableSites({ siteOf: async () => INDEX }, read, () => nowMs);
  const site = () => sites.siteOf('acme', []);
  t.equal(await site(), INDEX, 'no copy of the site without a lockdown');
  stored = [lockdown([{}])];
  nowMs = 499;
  t.equal((await site()).lockdowns, undefined);
  nowMs = 500;
  t.same((await site()).lockdowns, stored);
  t.equal(reads, 2);
  stored = undefined;
  nowMs = 1_000;
  await t.rejects(site(), { message: 'The table is unavailable' });
  stored = [];
  t.equal((await site()).lockdowns, undefined, 'the next batch reads again');
});
