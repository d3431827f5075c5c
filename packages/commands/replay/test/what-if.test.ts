// Own process: takes long.
import type { Decision, Place, Site } from '@swipegate/contract';
import { CLOCK, INDEX, SITE, swipeIdOf } from '@swipegate/lambdas/decide/test/small-site';
import { decisionsIn, sequenceOf } from '@swipegate/lambdas/stores/archive/test/example-decision';
import { MemoryObjectStore } from '@swipegate/lambdas/stores/archive/test/memory-archive';
import fc from 'fast-check';
import t from 'tap';
import { siteIndexOf } from '../input-documents.js';
import { type WhatIfOptions, whatIf } from '../what-if.js';
import { archiveOf, happenings, live } from './simulated-life.js';

const siteOf = async () => INDEX;
const ALWAYS = { from: '2026-11-01T00:00:00Z', until: '2026-12-31T00:00:00Z' };
const RULES = { clock: CLOCK, lateAfterMs: 60_000, repeatWindowMs: 0, window: ALWAYS };

/** Without repeats, and with many. */
const repeatWindow = fc.constantFrom(0, 30_000);

const replayed = (store: MemoryObjectStore, options: Partial<WhatIfOptions> = {}) =>
  whatIf({ store, siteOf }, { ...RULES, site: SITE, ...options });

t.test('an unchanged site gives no differences, in any window', async (t) => {
  await fc.assert(
    fc.asyncProperty(happenings, fc.nat(), fc.nat(), repeatWindow, async (all, first, last, repeatWindowMs) => {
      const life = await live(all, { repeatWindowMs });
      const moments = life.decisions.map(({ decidedAt }) => decidedAt);
      const window = {
        from: moments[first % moments.length] ?? '',
        until: moments[last % moments.length] ?? '',
      };
      const whole = await replayed(archiveOf(life), { repeatWindowMs });
      t.strictSame([whole.swipes, whole.differences, whole.withoutSwipe], [all.length, [], 0]);
      const part = await replayed(archiveOf(life), { window, repeatWindowMs });
      const wanted = new Set(life.decisions.filter(({ decidedAt: at }) => at >= window.from && at < window.until));
      t.strictSame([part.swipes, part.differences], [wanted.size, []]);
    }),
    { numRuns: 300 },
  );
});

const changes: fc.Arbitrary<Site> = fc
  .constantFrom<(site: Site) => Site>(
    (site) => ({ ...site, readers: site.readers.map((reader) => ({ ...reader, mode: 'locked-down' as const })) }),
    (site) => ({ ...site, readers: site.readers.map((reader) => ({ ...reader, mode: 'free' as const })) }),
    (site) => ({ ...site, zones: site.zones.map((zone) => ({ ...zone, antiPassback: { mode: 'hard' as const } })) }),
    (site) => ({ ...site, zones: site.zones.map((zone) => ({ ...zone, occupancyLimit: 1 })) }),
    (site) => ({ ...site, zones: site.zones.map((zone) => ({ ...zone, accompaniment: { withinSeconds: 60 } })) }),
    (site) => ({ ...site, accessLevels: site.accessLevels.slice(1) }),
    (site) => ({
      ...site,
      schedules: site.schedules.map((schedule) => ({
        ...schedule,
        intervals: [{ days: [7], from: '22:00', until: '09:00' }],
      })),
    }),
    (site) => ({ ...site, readers: site.readers.slice(3) }),
  )
  .map((change) => change(SITE));

t.test('a changed site gives the decisions it would have given live', async (t) => {
  let differences = 0;
  await fc.assert(
    fc.asyncProperty(happenings, changes, repeatWindow, async (all, site, repeatWindowMs) => {
      const life = await live(all, { repeatWindowMs });
      const other = await live(all, { index: siteIndexOf(site), repeatWindowMs });
      const wanted = life.decisions.flatMap((was, i) => {
        const would = other.decisions[i];
        const isSame = was.outcome === would?.outcome && was.reason === would.reason;
        return isSame ? [] : [`${was.swipeId} ${was.reason} ${would?.outcome} ${would?.reason}`];
      });
      const found = await replayed(archiveOf(life), { site, repeatWindowMs });
      t.strictSame(
        found.differences
          .map(({ swipeId, was, would }) => `${swipeId} ${was.reason} ${would.outcome} ${would.reason}`)
          .sort(),
        wanted.sort(),
      );
      t.equal(
        found.totals.reduce((sum, { swipes }) => sum + swipes, 0),
        found.differences.length,
      );
      differences += wanted.length;
    }),
    { numRuns: 300 },
  );
  t.ok(differences > 500, `${differences} differences`);
});

const decision = decisionsIn('2026-11-23T09:00');

function archived(...decisions: Decision[]): MemoryObjectStore {
  const store = new MemoryObjectStore();
  store.add('decisions', '2026-11-23T09:00:00Z', [...decisions, { other: 'document' }]);
  return store;
}

t.test('reports differences with totals, and restores swipes that are not archived from their decisions', async (t) => {
  const site = { ...SITE, readers: SITE.readers.map((reader) => ({ ...reader, mode: 'locked-down' as const })) };
  const store = archived(
    decision(1),
    decision(2, { cardId: 'bob', employeeId: 'bob' }),
    decision(3, { readerId: 'hard-out', direction: 'out' }),
    decision(4, { tenantId: 'other' }),
  );
  const was = { outcome: 'granted', reason: 'granted' };
  const would = { outcome: 'denied', reason: 'denied-lockout' };
  const { differences, ...rest } = await replayed(store, { site });
  t.strictSame(differences[0], {
    swipeId: swipeIdOf(1),
    cardId: 'ann',
    employeeId: 'ann',
    readerId: 'hard-in',
    at: '2026-11-23T09:00:01.000Z',
    was,
    would,
  });
  t.strictSame(rest, { swipes: 3, totals: [{ was, would, swipes: 2 }], withoutSwipe: 3, unreadable: 1 });
});

t.test('between shards, the earlier decision gets the last place, whatever the sequences', async (t) => {
  const at = (ms: number) => `2026-11-23T09:00:01.${ms}Z`;
  const here = { readerId: 'small-in', zoneId: 'small' };
  const full = { outcome: 'denied', reason: 'denied-upper-occupancy-limit' } as const;
  const store = archived(
    decision(1, { ...here, cardId: 'ann', employeeId: 'ann' }),
    decision(3, { ...here, cardId: 'bob', employeeId: 'bob', decidedAt: at(500) }),
    decision(2, { ...here, cardId: 'cara', employeeId: 'cara', decidedAt: at(600), ...full }),
  );
  t.strictSame((await replayed(store)).differences, []);
});

t.test('a card shown just before the window counts for the two-person rule', async (t) => {
  const here = { readerId: 'pair-in', zoneId: 'pair' };
  const alone = { outcome: 'denied', reason: 'denied-no-accompaniment' } as const;
  const store = archived(
    decision(1, { ...here, cardId: 'bob', employeeId: 'bob', ...alone }),
    decision(2, here),
    decision(3, { ...here, cardId: 'bob', employeeId: 'bob' }),
  );
  for (const second of [1, 2, 3]) {
    const window = { ...ALWAYS, from: `2026-11-23T09:00:0${second}Z` };
    t.strictSame((await replayed(store, { window })).differences, []);
  }
});

t.test('forgiveness counts from the time it was given', async (t) => {
  const store = archived(decision(1), decision(2, { outcome: 'denied', reason: 'denied-passback' }), decision(4));
  const forgivenAt = new Map([['acme/ann', '2026-11-23T09:00:03.000Z']]);
  t.strictSame((await replayed(store, { forgivenAt })).differences, []);
  t.match((await replayed(store)).differences, [{ swipeId: swipeIdOf(4), would: { reason: 'denied-passback' } }]);
});

t.test('applies placements before and within the window, and ignores later ones', async (t) => {
  const place: Place = { buildingId: 'b', zoneId: 'hard', since: '2026-11-23T08:00:00.000Z', swipeId: swipeIdOf(99) };
  const placement = { tenantId: 'acme', cardId: 'ann', place, movedAt: place.since };
  const out = { readerId: 'hard-out', direction: 'out' } as const;
  const denied = { outcome: 'denied', reason: 'denied-passback' } as const;
  const store = archived(decision(1, out), decision(2, denied), decision(3, out), decision(4));
  const after = (n: number) => ({ ...placement, afterSequence: sequenceOf(n) });
  const from = (second: number) => ({ ...ALWAYS, from: `2026-11-23T09:00:0${second}Z` });
  t.strictSame((await replayed(store, { placements: [after(1)] })).differences, [], 'within');
  t.strictSame((await replayed(store, { placements: [after(1)], window: from(2) })).differences, [], 'before');
  t.match((await replayed(store)).differences, [{ swipeId: swipeIdOf(2) }], 'without placements');
  const window = { from: '2026-11-23T09:00:00Z', until: '2026-11-23T09:00:02Z' };
  t.strictSame((await replayed(store, { placements: [after(3)], window })).differences, [], 'after');
});
