import type { Schedule } from '@swipegate/contract';
import { scheduleFault } from '@swipegate/contract';
import fc from 'fast-check';
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

t.test('an interval over midnight belongs to the day on which it begins', async (t) => {
  const nights = schedule('22:00', '06:00', {}, [1, 2, 3, 4, 5]);
  const table: [local: string, isOpen: boolean][] = [
    ['2026-11-23T05:59', false], // Monday: Sunday's night is not one of the days
    ['2026-11-23T21:59', false],
    ['2026-11-23T22:00', true],
    ['2026-11-24T00:00', true],
    ['2026-11-24T05:59', true],
    ['2026-11-24T06:00', false],
    ['2026-11-28T05:59', true], // Saturday: Friday's night
    ['2026-11-28T22:00', false],
    ['2026-11-29T05:59', false],
  ];
  for (const [local, isOpen] of table) t.equal(open(nights, `${local}:00+01:00`), isOpen, local);
  t.ok(open(nights, '2026-11-23T22:00:00-05:00', 'America/New_York'));
  t.notOk(open(nights, '2026-11-23T22:00:00+01:00', 'America/New_York'));
  t.ok(open(schedule('22:00', '00:00'), '2026-11-23T23:59:59.999+01:00'));
  t.notOk(open(schedule('22:00', '00:00'), '2026-11-24T00:00:00+01:00'));
});

t.test('a holiday closes the night that begins on it, and not the one before', async (t) => {
  const nights = schedule('22:00', '06:00', { holidays: ['2026-12-25', '2027-01-01'] });
  t.ok(open(nights, '2026-12-25T05:59:00+01:00'), 'the night of the 24th goes on');
  t.notOk(open(nights, '2026-12-25T22:00:00+01:00'));
  t.notOk(open(nights, '2026-12-26T05:59:00+01:00'), 'nor the morning after the holiday');
  t.ok(open(nights, '2026-12-26T22:00:00+01:00'));
  t.notOk(open(nights, '2027-01-02T00:00:00+01:00'));
  t.ok(open(nights, '2027-01-01T00:00:00+01:00'), 'over the end of a year');
});

t.test('a night with a clock change is an hour shorter or longer', async (t) => {
  const nights = schedule('22:00', '06:00');
  const hoursOpen = (from: string, zone: string) =>
    Array.from({ length: 24 }, (_, i) => isOpen(nights, Date.parse(from) + i * 3_600_000, zone)).filter(Boolean).length;
  t.equal(hoursOpen('2026-03-28T12:00:00+01:00', 'Europe/Berlin'), 7);
  t.equal(hoursOpen('2026-10-24T12:00:00+02:00', 'Europe/Berlin'), 9);
  t.equal(hoursOpen('2026-11-23T12:00:00+01:00', 'Europe/Berlin'), 8);
  t.equal(hoursOpen('2024-04-25T12:00:00+02:00', 'Africa/Cairo'), 7, 'midnight is skipped');
  t.equal(hoursOpen('2024-10-31T12:00:00+03:00', 'Africa/Cairo'), 9, 'midnight comes twice');
});

t.test('without holidays, an interval over midnight is the same as one on each side of it', async () => {
  const time = fc.integer({ min: 0, max: 1_439 });
  const text = (minute: number) =>
    `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
  const zones = ['Europe/Berlin', 'America/New_York', 'Africa/Cairo', 'Australia/Lord_Howe', 'Asia/Kathmandu', 'UTC'];
  const instant = fc.date({ min: new Date('2023-01-01'), max: new Date('2027-12-31'), noInvalidDate: true });
  fc.assert(
    fc.property(time, time, fc.subarray(EVERY_DAY), instant, fc.constantFrom(...zones), (a, b, days, at, zone) => {
      const [until, from] = [text(Math.min(a, b)), text(Math.max(a, b))];
      if (from === until) return;
      const next = days.map((day) => (day % 7) + 1);
      const split = schedule(from, '24:00', {}, days);
      if (until !== '00:00') split.intervals.push({ days: next, from: '00:00', until });
      const [one, two] = [schedule(from, until, {}, days), split].map((each) => isOpen(each, at.getTime(), zone));
      if (one !== two) throw new Error(`${from} ${until} ${days} ${at.toISOString()} ${zone}`);
    }),
    { numRuns: 2_000 },
  );
});

t.test('a stored interval that ends when it begins never opens', async (t) => {
  t.notOk(open(schedule('00:00', '00:00'), '2026-11-23T00:00:00+01:00'));
  t.notOk(open(schedule('08:00', '08:00'), '2026-11-23T12:00:00+01:00'));
});

t.test('members of a schedule that can never take effect are named', async (t) => {
  const table: [of: Schedule, field: string | undefined, reason?: RegExp][] = [
    [schedule('22:00', '06:00'), undefined],
    [schedule('00:00', '24:00'), undefined],
    [schedule('22:00', '00:00', { holidays: ['2028-02-29'] }), undefined],
    [schedule('00:00', '00:00'), 'intervals.0.until', /00:00 until 24:00 is a whole day/],
    [schedule('08:00', '08:00'), 'intervals.0.until'],
    [schedule('24:00', '06:00'), 'intervals.0.from', /from 00:00 to 23:59/],
    [schedule('24:00', '24:00'), 'intervals.0.from'],
    [schedule('08:00', '09:00', {}, []), 'intervals.0.days', /1 \(Monday\) to 7/],
    [schedule('08:00', '09:00', { intervals: [] }), 'intervals'],
    [schedule('08:00', '09:00', { holidays: ['2026-12-25', '2027-02-29'] }), 'holidays.1', /date that exists/],
    [schedule('08:00', '09:00', { holidays: ['2026-13-01'] }), 'holidays.0'],
  ];
  for (const [of, field, reason] of table) {
    const fault = scheduleFault(of);
    t.equal(fault?.field, field, JSON.stringify(of));
    if (reason !== undefined) t.match(fault?.reason, reason);
  }
});

t.test('an unknown time zone is never open', async (t) => {
  t.notOk(open(schedule('00:00', '24:00'), '2026-11-23T09:00:00Z', 'Mars/Olympus'));
});
