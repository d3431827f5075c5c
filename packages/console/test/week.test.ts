import assert from 'node:assert/strict';
import type { Schedule } from '@swipegate/contract';
import fc from 'fast-check';
import t from 'tap';
import { daysText, scheduleWords } from '../site/schedule-words.js';
import { CELL, coverOf, DAY, intervalsOf, minuteOf, nightsJoined, painted, timeOf, weekOf } from '../site/week.js';

type Interval = Schedule['intervals'][number];

const WORKDAYS = [1, 2, 3, 4, 5];

/** Open minutes, each with the day on which its interval begins: that day's holidays close it. By the definition. */
function meaning(intervals: readonly Interval[]): string[] {
  const minutes = new Set<string>();
  for (const { days, from, until } of intervals) {
    const [start, end] = [minuteOf(from), minuteOf(until)];
    for (const day of days) {
      for (let minute = start; minute < (end < start ? end + DAY : end); minute++) minutes.add(`${day} ${minute}`);
    }
  }
  return Array.from(minutes).sort();
}

/** Minutes of the week that are open on a week without holidays: 0 is Monday, 00:00. */
function openMinutes(intervals: readonly Interval[]): Set<number> {
  const inWeek = (owned: string) => {
    const [day = 0, minute = 0] = owned.split(' ').map(Number);
    return ((day - 1) * DAY + minute) % (7 * DAY);
  };
  return new Set(meaning(intervals).map(inWeek));
}

const days = fc.subarray([1, 2, 3, 4, 5, 6, 7], { minLength: 1 });
const interval = fc
  .record({ days, from: fc.integer({ min: 0, max: DAY - 1 }), until: fc.integer({ min: 0, max: DAY }) })
  .filter(({ from, until }) => from !== until)
  .map(({ days, from, until }): Interval => ({ days, from: timeOf(from), until: timeOf(until) }));
const intervals = fc.array(interval, { maxLength: 5 });
const area = fc
  .record({
    day: fc.integer({ min: 0, max: 6 }),
    cells: fc.uniqueArray(fc.integer({ min: 0, max: 48 }), { minLength: 2, maxLength: 2 }),
  })
  .map(({ day, cells }) => ({ day, from: CELL * Math.min(...cells), until: CELL * Math.max(...cells) }));

t.test('intervals mean the same after a way through the grid', async () => {
  fc.assert(
    fc.property(intervals, (given) => {
      const made = intervalsOf(weekOf(given));
      assert.deepEqual(meaning(made), meaning(given));
      for (const { days, from, until } of made) {
        assert.ok(days.length > 0 && from !== until && from !== '24:00', 'the API accepts it');
      }
      assert.deepEqual(intervalsOf(weekOf(made)), made, 'a second way changes nothing');
    }),
    { numRuns: 30 },
  );
});

t.test('painting opens or closes the area and nothing else', async () => {
  fc.assert(
    fc.property(intervals, area, fc.boolean(), (given, where, isOpen) => {
      const before = weekOf(given);
      const after = painted(before, where, isOpen);
      assert.equal(coverOf(after, where).share, isOpen ? 1 : 0);
      const expected = openMinutes(given);
      for (let minute = where.from; minute < where.until; minute++) {
        if (isOpen) expected.add(where.day * DAY + minute);
        else expected.delete(where.day * DAY + minute);
      }
      assert.deepEqual(Array.from(openMinutes(intervalsOf(after))).sort(), Array.from(expected).sort());
    }),
    { numRuns: 40 },
  );
});

t.test('nights that are joined at midnight open at the same minutes of the week', async () => {
  fc.assert(
    fc.property(fc.array(area, { maxLength: 8 }), (areas) => {
      const week = areas.reduce((made, each) => painted(made, each, true), weekOf([]));
      const joined = nightsJoined(week) ?? week;
      assert.deepEqual(
        Array.from(openMinutes(intervalsOf(joined))).sort(),
        Array.from(openMinutes(intervalsOf(week))).sort(),
      );
      assert.equal(nightsJoined(joined), undefined);
    }),
    { numRuns: 40 },
  );
});

t.test('a night shift begins in the evening and ends in the row of the next day', async (t) => {
  const week = weekOf([{ days: WORKDAYS, from: '22:00', until: '06:10' }]);
  const at = (day: number, time: string) => coverOf(week, { day, from: minuteOf(time), until: minuteOf(time) + CELL });
  t.same(at(0, '05:30'), { share: 0, isOfNight: false }, 'the night of Sunday is closed');
  t.same(at(0, '22:00'), { share: 1, isOfNight: false });
  t.same(at(1, '05:30'), { share: 1, isOfNight: true });
  t.same(at(1, '06:00'), { share: 1 / 3, isOfNight: true }, 'partly open');
  t.same(at(5, '05:30'), { share: 1, isOfNight: true }, 'until Saturday morning');

  const cut = painted(week, { day: 1, from: 120, until: 180 }, false);
  t.same(intervalsOf(cut), [
    { days: [2], from: '03:00', until: '06:10' },
    { days: [1], from: '22:00', until: '02:00' },
    { days: [2, 3, 4, 5], from: '22:00', until: '06:10' },
  ]);
  const halves = painted(
    painted(weekOf([]), { day: 6, from: 1_320, until: DAY }, true),
    { day: 0, from: 0, until: 360 },
    true,
  );
  t.same(intervalsOf(nightsJoined(halves) ?? []), [{ days: [7], from: '22:00', until: '06:00' }]);
  t.same(intervalsOf(weekOf([{ days: [1], from: '00:00', until: '24:00' }])), [
    { days: [1], from: '00:00', until: '24:00' },
  ]);
  t.equal(
    nightsJoined(weekOf([{ days: [1, 2], from: '00:00', until: '24:00' }])),
    undefined,
    'whole days are no night',
  );
});

t.test('schedules in words', async (t) => {
  const words = (intervals: Interval[], holidays: string[] = []) => scheduleWords({ intervals, holidays });
  const day = { days: WORKDAYS, from: '07:00', until: '19:00' };
  t.equal(words([day], ['2026-12-24', '2026-12-25', '2026-12-31']), 'Mon to Fri 07:00 to 19:00, not on 3 holidays');
  t.equal(words([day], ['2026-12-25', '2026-12-25']), 'Mon to Fri 07:00 to 19:00, not on 1 holiday');
  t.equal(words([{ days: [7, 6, 5, 4, 3, 2, 1], from: '00:00', until: '24:00' }]), 'Every day round the clock');
  t.equal(
    words([
      { days: WORKDAYS, from: '08:00', until: '12:30' },
      { days: WORKDAYS, from: '13:00', until: '18:00' },
      { days: [6], from: '22:00', until: '06:00' },
    ]),
    'Mon to Fri 08:00 to 12:30 and 13:00 to 18:00; Sat 22:00 to 06:00 the next day',
  );
  t.equal(
    words([
      { days: [6], from: '09:00', until: '12:30' },
      { days: WORKDAYS, from: '22:00', until: '24:00' },
    ]),
    'Mon to Fri 22:00 to 24:00; Sat 09:00 to 12:30',
    'in the order of the week',
  );
  t.equal(words([]), 'Never open');
  t.equal(daysText([1, 3, 5]), 'Mon, Wed and Fri');
  t.equal(daysText([1, 2]), 'Mon and Tue');
  t.equal(daysText([1, 2, 3, 7]), 'Mon to Wed and Sun');
});

t.test('times of day', async (t) => {
  for (const [time, minute] of [
    ['00:00', 0],
    ['08:10', 490],
    ['24:00', DAY],
  ] as const) {
    t.equal(minuteOf(time), minute);
    t.equal(timeOf(minute), time);
  }
  for (const wrong of ['24:01', '25:00', '8:00', '12:60', '', 'noon']) t.ok(Number.isNaN(minuteOf(wrong)), wrong);
});
