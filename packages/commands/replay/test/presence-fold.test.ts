import type { Decision, Place } from '@swipegate/contract';
import { INDEX, swipeIdOf } from '@swipegate/lambdas/decide/test/small-site';
import { decisionsIn, sequenceOf } from '@swipegate/lambdas/stores/archive/test/example-decision';
import type { Placement } from '@swipegate/lambdas/stores/changes/event-store';
import fc from 'fast-check';
import t from 'tap';
import { PresenceFold, readersOf } from '../presence-fold.js';
import { happenings, live } from './simulated-life.js';

const siteOf = async () => INDEX;

async function fold(decisions: readonly Decision[], placements: readonly Placement[] = []) {
  const presence = new PresenceFold();
  for (const placement of placements) presence.place(placement);
  for (const decision of decisions) presence.add(decision);
  const { readerOf } = await readersOf(presence.decisions(), siteOf);
  return Array.from(presence.cards(readerOf)).sort((a, b) => a.cardKey.localeCompare(b.cardKey));
}

t.test('from any decisions, in any order and with duplicates, computes the rows that decide wrote', async (t) => {
  await fc.assert(
    fc.asyncProperty(happenings, fc.infiniteStream(fc.nat()), async (all, random) => {
      const { tables, decisions } = await live(all, { repeatWindowMs: 30_000 });
      const twice = [...decisions, ...decisions.slice(0, 9)];
      const keys = new Map(twice.map((decision) => [decision, random.next().value ?? 0]));
      const mixed = twice.toSorted((a, b) => (keys.get(a) ?? 0) - (keys.get(b) ?? 0));
      const rows = Array.from(tables.presence.values(), (row) => {
        const { version: _1, outbox: _2, expiresAt: _3, repeating: _4, ...rest } = row;
        return rest;
      });
      t.strictSame(
        await fold(mixed),
        rows.sort((a, b) => a.cardKey.localeCompare(b.cardKey)),
      );
    }),
    { numRuns: 300 },
  );
});

const decision = decisionsIn('2026-11-25T08:00');

const PLACE: Place = { buildingId: 'b', zoneId: 'soft', since: '2026-11-25T07:00:00.000Z', swipeId: swipeIdOf(99) };
const placement = (change: Partial<Placement>): Placement => {
  const { since: movedAt } = PLACE;
  return { tenantId: 'acme', cardId: 'ann', afterSequence: '', place: PLACE, movedAt, ...change };
};

t.test('a placement applies from its place in the stream until the next move', async (t) => {
  const denied = { outcome: 'denied', reason: 'denied-passback' } as const;
  t.match(await fold([], [placement({ employeeId: 'bob' })]), [
    { cardKey: 'acme/ann', sequence: '', inside: PLACE, movedAt: PLACE.since, employeeId: 'bob' },
  ]);
  t.match(await fold([decision(1)], [placement({})]), [{ inside: { zoneId: 'hard' }, sequence: sequenceOf(1) }]);
  t.match(await fold([decision(1, denied)], [placement({})]), [{ inside: PLACE, employeeId: 'ann' }]);
  const between = [placement({ afterSequence: sequenceOf(1), employeeId: 'bob' })];
  t.match(await fold([decision(1)], between), [{ inside: PLACE, employeeId: 'bob', sequence: sequenceOf(1) }]);
  t.match(await fold([decision(2, denied), decision(1)], between), [{ inside: PLACE, employeeId: 'ann' }]);
  t.match(await fold([decision(2), decision(1)], between), [{ inside: { zoneId: 'hard' } }]);
  const [outdoors] = await fold([decision(1)], [...between, placement({ ...between[0], place: undefined })]);
  t.notOk(outdoors?.inside, 'the later of two placements at one place');
});

t.test('history after a placement does not override a later move', async (t) => {
  const out = { outcome: 'recorded', direction: 'out' } as const;
  t.match(await fold([decision(1, { ...out, readAt: '2026-11-25T06:59:59Z' })], [placement({})]), [{ inside: PLACE }]);
  const [left] = await fold([decision(1, { ...out, readAt: '2026-11-25T07:00:01Z' })], [placement({})]);
  t.notOk(left?.inside);
});

t.test('takes the zone of a removed reader from its decisions', async (t) => {
  const presence = new PresenceFold();
  presence.add(decision(1, { readerId: 'old', zoneId: 'none' }));
  const { readerOf, gone } = await readersOf(presence.decisions(), siteOf);
  t.strictSame(gone, ['old']);
  t.match(Array.from(presence.cards(readerOf)), [{ inside: { zoneId: 'none', buildingId: 'b' } }]);
});
