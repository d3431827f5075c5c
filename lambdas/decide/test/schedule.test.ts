import type { Schedule } from '@swipegate/contract';
import t from 'tap';
import { isOpen } from '../rules/access-right-rules.js';

const EVERY_DAY = [1, 2, 3, 4, 5, 6, 7];

function schedule(from: string, until: string, more: Partial<Schedule> = {}, days = EVERY_DAY): Schedule {
  return { scheduleId: 's', intervals: [{ days, from, until }], holidays: [], ...more };
}

function open(of: Schedule, instant: string, zone = 'Europe/Berlin'): boolean {
  return isOpen(of, Date.parse(instant), zone);
}

t.test('an interval includes its start but not its end, by the building’s clock', async (t) => {
  const office = schedule('08:00', '18:00');
  t.notOk(open(office, '2026-11-23T07:59:59.999+01:00'));
  t.ok(open(office, '2026-11-23T08:00:00+01:00'));
  t.ok(open(office, '2026-11-23T17:59:59.999+01:00'));
  t.notOk(open(office, '2026-11-23T18:00:00+01:00'));
  t.ok(open(office, '2026-11-23T08:00:00-05:00', 'America/New_York'));
  t.notOk(open(office, '2026-11-23T08:00:00+01:00', 'America/New_York'));
  t.ok(open(schedule('00:00', '24:00'), '2026-11-23T23:59:59.999+01:00'));
});

t.test('weekdays and holidays follow the building’s time zone, not UTC', async (t) => {
  const mondays = schedule('00:00', '24:00', {}, [1]);
  t.ok(open(mondays, '2026-11-22T23:30:00Z'), 'Monday has begun in Berlin');
  t.notOk(open(mondays, '2026-11-23T23:30:00Z'));
  const closed = schedule('00:00', '24:00', { holidays: ['2026-12-25'] });
  t.notOk(open(closed, '2026-12-24T23:00:00Z'));
  t.ok(open(closed, '2026-12-24T22:59:59Z'));
  t.ok(open(closed, '2026-12-25T23:00:00Z'));
});

t.test('on the day of a clock change, the wall clock counts', async (t) => {
  const early = schedule('02:00', '03:00');
  t.test('spring: the skipped hour opens nothing', async (t) => {
    t.notOk(open(early, '2026-03-29T00:59:59Z'), '01:59 winter time');
    t.notOk(open(early, '2026-03-29T01:00:00Z'), '03:00 summer time');
    t.ok(open(schedule('03:00', '04:00'), '2026-03-29T01:00:00Z'));
  });
  t.test('autumn: the repeated hour is open twice', async (t) => {
    t.ok(open(early, '2026-10-25T00:30:00Z'), '02:30 summer time');
    t.ok(open(early, '2026-10-25T01:30:00Z'), '02:30 winter time');
    t.notOk(open(early, '2026-10-25T02:00:00Z'));
  });
  t.test('office hours do not shift', async (t) => {
    const office = schedule('08:00', '18:00');
    t.ok(open(office, '2026-03-27T07:00:00Z'));
    t.notOk(open(office, '2026-03-30T05:59:59Z'));
    t.ok(open(office, '2026-03-30T06:00:00Z'));
    t.ok(open(office, '2026-03-09T12:00:00Z', 'America/New_York'), 'New York changes its clocks three weeks earlier');
    t.notOk(open(office, '2026-03-06T12:00:00Z', 'America/New_York'));
  });
});

t.test('an unknown time zone is never open', async (t) => {
  t.notOk(open(schedule('00:00', '24:00'), '2026-11-23T09:00:00Z', 'Mars/Olympus'));
});
