import type { Decision } from '@swipegate/contract';
import { SITE, swipeIdOf } from '@swipegate/lambdas/decide/test/small-site';
import { decisionsIn } from '@swipegate/lambdas/stores/archive/test/example-decision';
import { MemoryObjectStore } from '@swipegate/lambdas/stores/archive/test/memory-archive';
import fc from 'fast-check';
import t from 'tap';
import { archiveOf, happenings, live } from '../../replay/test/simulated-life.js';
import { ArchiveDatabase, QueryError } from '../archive-database.js';
import { SAVED_QUERIES } from '../saved-queries.js';

const DAY = '2026-11-25';
const MONTH = ['2026-11-01', '2026-11-30'];

function sqlOf(name: string): string {
  const query = SAVED_QUERIES.find((each) => each.name === name);
  if (query === undefined) throw new Error(`no query ${name}`);
  return query.sql;
}

const decision = decisionsIn(`${DAY}T08:00`);

async function answer(
  t: { teardown(close: () => Promise<void>): void },
  store: MemoryObjectStore,
  name: string,
  parameters: readonly string[],
) {
  const database = await ArchiveDatabase.open(store);
  t.teardown(() => database.close());
  return (await database.query(sqlOf(name), parameters)).rows;
}

/** Another tenant with the same ids, and a duplicate of every record. */
function archived(decisions: readonly Decision[]): MemoryObjectStore {
  const store = new MemoryObjectStore();
  store.add('decisions', `${DAY}T08:00:00Z`, decisions);
  store.add('decisions', `${DAY}T09:00:00Z`, decisions.toReversed());
  return store;
}

t.test('one card’s history: in order of time, without duplicates', async (t) => {
  const store = archived([
    decision(1, { readAt: `${DAY}T09:30:00+01:00` }),
    decision(2, { readAt: `${DAY}T08:00:00Z`, outcome: 'denied', reason: 'denied-passback' }),
    decision(3, { readAt: '2026-11-20T08:00:00Z', receivedAt: `${DAY}T08:10:00.000Z`, timeBasis: 'receivedAt' }),
    decision(4, { cardId: 'bob' }),
  ]);
  t.match(await answer(t, store, 'One card’s history', [...MONTH, 'ann']), [
    { swipeid: swipeIdOf(2), happenedat: `${DAY}T08:00:00Z`, outcome: 'denied', reason: 'denied-passback' },
    { swipeid: swipeIdOf(3), happenedat: `${DAY}T08:10:00.000Z`, readerid: 'hard-in', direction: 'in' },
    { swipeid: swipeIdOf(1), happenedat: `${DAY}T09:30:00+01:00`, employeeid: 'ann', tenantid: 'acme' },
  ]);
  t.strictSame(await answer(t, store, 'One card’s history', ['2026-11-26', '2026-11-30', 'ann']), [], 'other days');
});

t.test('busiest doors and denials by reason count every swipe once, per tenant', async (t) => {
  const denied = { outcome: 'denied', reason: 'denied-passback' } as const;
  const store = archived([
    decision(1),
    decision(2, denied),
    decision(2, { ...denied, cardId: 'bob' }),
    decision(3, { readerId: 'hard-out', direction: 'out' }),
    decision(4, { ...denied, tenantId: 'other' }),
    decision(5, { outcome: 'denied', reason: 'denied-lockout' }),
  ]);
  t.strictSame(await answer(t, store, 'Busiest doors', MONTH), [
    { readerid: 'hard-in', swipes: 4, denied: 3, tenantid: 'acme' },
    { readerid: 'hard-out', swipes: 1, denied: 0, tenantid: 'acme' },
    { readerid: 'hard-in', swipes: 1, denied: 1, tenantid: 'other' },
  ]);
  t.strictSame(await answer(t, store, 'Denials by reason', MONTH), [
    { day: DAY, reason: 'denied-passback', denials: 2, cards: 2, tenantid: 'acme' },
    { day: DAY, reason: 'denied-lockout', denials: 1, cards: 1, tenantid: 'acme' },
    { day: DAY, reason: 'denied-passback', denials: 1, cards: 1, tenantid: 'other' },
  ]);
});

t.test(
  'finds a swipe without a decision, but not one whose decision is in the folder before, and no door event',
  async (t) => {
    const store = new MemoryObjectStore();
    const swipe = (n: number) => ({
      tenantId: 'acme',
      swipeId: swipeIdOf(n),
      readerId: 'hard-in',
      cardId: 'ann',
      readAt: `${DAY}T00:00:0${n}Z`,
      receivedAt: 1,
    });
    const door = { kind: 'door-event', tenantId: 'acme', eventId: swipeIdOf(9), readerId: 'hard-in', type: 'tamper' };
    store.add('swipes', `${DAY}T00:00:01Z`, [
      swipe(1),
      swipe(2),
      { ...door, occurredAt: 'x', receivedAt: '2026' },
      'junk',
    ]);
    store.add('swipes', `${DAY}T00:00:01Z`, [swipe(2)]);
    store.add('decisions', '2026-11-24T23:59:59Z', [decision(1)]);
    const rows = await answer(t, store, 'Swipes that were never decided', [DAY, DAY, '2026-11-24']);
    t.strictSame(rows, [
      { tenantid: 'acme', swipeid: swipeIdOf(2), cardid: 'ann', readerid: 'hard-in', readat: `${DAY}T00:00:02Z` },
    ]);
  },
);

const inside = (moment: string, doors = '') => ['2026-11-01', '2026-12-31', moment, 'b', doors];

t.test('people inside: soft grants, history and ties', async (t) => {
  const late = { outcome: 'recorded', reason: 'granted' } as const;
  const offline = { ...late, offlineOutcome: 'granted' } as const;
  const store = archived([
    decision(1, { cardId: 'soft', reason: 'passback-detected' }),
    decision(2, { cardId: 'forced', reason: 'duress', duress: true }),
    decision(3, { cardId: 'denied', outcome: 'denied', reason: 'denied-passback' }),
    decision(4, { cardId: 'late-in', ...late }),
    decision(5, { cardId: 'late-out', readAt: `${DAY}T08:00:00Z` }),
    decision(6, { cardId: 'late-out', readAt: `${DAY}T08:05:00Z`, direction: 'out', ...late }),
    decision(7, { cardId: 'too-late-out', readAt: `${DAY}T08:10:00Z` }),
    decision(8, { cardId: 'too-late-out', receivedAt: `${DAY}T08:00:00.000Z`, direction: 'out', ...late }),
    decision(9, { cardId: 'offline', ...offline }),
    decision(10, { cardId: 'offline', ...offline, readAt: `${DAY}T08:00:09Z`, direction: 'out' }),
    decision(11, { cardId: 'refused', ...late, offlineOutcome: 'denied' }),
    decision(12, { cardId: 'back', readAt: `${DAY}T09:00:00Z` }),
    decision(13, { cardId: 'back', readAt: `${DAY}T08:59:00Z`, direction: 'out' }),
    decision(14, { cardId: 'elsewhere', buildingId: 'c' }),
    decision(15, { cardId: 'inner', readerId: 'none-both', zoneId: 'none', direction: 'out' }),
  ]);
  const noon = await answer(t, store, 'People inside at a moment', inside(`${DAY}T12:00:00Z`));
  t.strictSame(
    noon.map(({ cardid }) => cardid),
    ['soft', 'forced', 'offline', 'too-late-out'],
  );
  t.strictSame(noon[0], {
    cardid: 'soft',
    employeeid: 'ann',
    zoneid: 'hard',
    since: `${DAY}T08:00:01.000Z`,
    tenantid: 'acme',
  });
  const early = await answer(t, store, 'People inside at a moment', inside(`${DAY}T08:00:01Z`));
  t.strictSame(
    early.map(({ cardid }) => cardid),
    ['late-out', 'soft'],
    'at that moment, whose fraction is not said, the first had come',
  );
  const doors = 'other-both=x,none-both=hard';
  const behind = await answer(t, store, 'People inside at a moment', inside(`${DAY}T12:00:00Z`, doors));
  t.match(
    behind.filter(({ cardid }) => cardid === 'inner'),
    [{ zoneid: 'hard' }],
    'leaving an inner zone leads into the zone around it',
  );
});

t.test('people inside: equals the product’s presence after random swipes', async (t) => {
  const doors = SITE.readers.flatMap(({ readerId, outerZoneId }) =>
    outerZoneId ? [`${readerId}=${outerZoneId}`] : [],
  );
  await fc.assert(
    fc.asyncProperty(happenings, async (all) => {
      const life = await live(all, { repeatWindowMs: 30_000 });
      const database = await ArchiveDatabase.open(archiveOf(life));
      try {
        const parameters = inside('2026-12-30T00:00:00Z', doors.join());
        const { rows } = await database.query(sqlOf('People inside at a moment'), parameters);
        const found = rows.map(({ cardid, zoneid, since }) => `${cardid} ${zoneid} ${Date.parse(String(since))}`);
        const wanted = Array.from(life.tables.presence.values()).flatMap(({ cardKey, inside }) =>
          inside === undefined ? [] : [`${cardKey.slice(5)} ${inside.zoneId} ${Date.parse(inside.since)}`],
        );
        t.strictSame(found.sort(), wanted.sort());
      } finally {
        await database.close();
      }
    }),
    { numRuns: 60 },
  );
});

t.test('an empty archive has the same tables; invalid SQL is an error', async (t) => {
  const database = await ArchiveDatabase.open(new MemoryObjectStore());
  t.teardown(() => database.close());
  for (const { name, sql, parameters } of SAVED_QUERIES) {
    const values = parameters.map((parameter) => (parameter.includes('moment (') ? `${DAY}T00:00:00Z` : DAY));
    t.strictSame((await database.query(sql, values)).rows, [], name);
  }
  await t.rejects(database.query('SELECT nothing FROM nowhere'), QueryError);
});
