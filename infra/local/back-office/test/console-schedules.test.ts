import assert from 'node:assert/strict';
import { intervalsOf, painted, timeOf, weekOf } from '@swipegate/console/site/week';
import { scheduleFault } from '@swipegate/contract';
import { isOpen } from '@swipegate/lambdas/decide/rules/access-right-rules';
import fc from 'fast-check';
import t from 'tap';

const ZONE = 'Europe/Berlin';
const MINUTE_MS = 60_000;
/** Two weeks with a change of the clocks. */
const FROM_MS = Date.parse('2026-10-18T22:00:00Z');
const MINUTES = 14 * 1_440;

const days = fc.subarray([1, 2, 3, 4, 5, 6, 7], { minLength: 1 });
const intervals = fc.array(
  fc
    .record({ days, from: fc.integer({ min: 0, max: 1_439 }), until: fc.integer({ min: 0, max: 1_440 }) })
    .filter(({ from, until }) => from !== until)
    .map(({ days, from, until }) => ({ days, from: timeOf(from), until: timeOf(until) })),
  { minLength: 1, maxLength: 4 },
);
const holidays = fc.subarray(['2026-10-20', '2026-10-24', '2026-10-25', '2026-10-26', '2026-10-31']);
const minutes = fc.array(fc.integer({ min: 0, max: MINUTES }), { minLength: 50, maxLength: 50 });

t.test('the rules of the door open the same hours after a way through the console’s grid', async () => {
  fc.assert(
    fc.property(intervals, holidays, minutes, (given, holidays, at) => {
      const before = { scheduleId: 's', intervals: given, holidays };
      const after = { ...before, intervals: intervalsOf(weekOf(given)) };
      assert.equal(scheduleFault(after), undefined);
      for (const minute of at) {
        const ms = FROM_MS + minute * MINUTE_MS;
        assert.equal(isOpen(after, ms, ZONE), isOpen(before, ms, ZONE), new Date(ms).toISOString());
      }
    }),
  );
});

t.test('a painted half-hour is open at the door, and a closed one is not', async () => {
  fc.assert(
    fc.property(
      intervals,
      fc.integer({ min: 0, max: 6 }),
      fc.integer({ min: 0, max: 47 }),
      fc.boolean(),
      (given, day, at, open) => {
        const area = { day, from: 30 * at, until: 30 * at + 30 };
        const schedule = { scheduleId: 's', intervals: intervalsOf(painted(weekOf(given), area, open)), holidays: [] };
        // Monday, 5 October 2026, in summer time.
        const ms = Date.parse('2026-10-04T22:00:00Z') + (day * 1_440 + area.from) * MINUTE_MS;
        for (const minute of [0, 15, 29]) assert.equal(isOpen(schedule, ms + minute * MINUTE_MS, ZONE), open);
      },
    ),
  );
});
