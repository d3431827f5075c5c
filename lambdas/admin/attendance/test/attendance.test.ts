import assert from 'node:assert/strict';
import type { Decision } from '@swipegate/contract';
import type { AttendanceDay } from '@swipegate/contract/back-office/attendance';
import fc from 'fast-check';
import t from 'tap';
import { decisionsIn } from '../../../stores/archive/test/example-decision.js';
import { attendanceOf, visitsOf } from '../attendance.js';
import { readAttendance, rulesOf } from '../attendance-log.js';

const HOURS = 3_600;
const NEVER = Date.parse('2030-01-01T00:00:00Z') / 1_000;

/** Offices lie within the building b in Berlin, the lab lies within the offices; c is in UTC. */
const RULES = {
  timeZoneOf: (buildingId: string) => (buildingId === 'b' ? 'Europe/Berlin' : undefined),
  outerZoneOf: (readerId: string) => (readerId === 'lab-out' ? 'offices' : undefined),
  longest: 16 * HOURS,
  now: NEVER,
};

const made = decisionsIn('2026-11-25T08:00');
let count = 0;

/** @param readerId ZONE-DIRECTION */
function swipe(readAt: string, readerId: string, change: Partial<Decision> = {}): Decision {
  const [zoneId = '', way] = readerId.split('-');
  const direction = way === 'in' ? 'in' : 'out';
  return made(count++ % 60, { readAt, readerId, zoneId, direction, ...change });
}

function days(...swipes: Decision[]): AttendanceDay[] {
  return attendanceOf(swipes, RULES);
}

t.test('a day with a lunch break and an hour in the lab', async (t) => {
  const day = days(
    swipe('2026-11-25T08:00:00+01:00', 'offices-in'),
    swipe('2026-11-25T10:00:00+01:00', 'lab-in'),
    swipe('2026-11-25T11:00:00+01:00', 'lab-out'),
    swipe('2026-11-25T12:00:00+01:00', 'offices-out'),
    swipe('2026-11-25T13:00:00+01:00', 'offices-in'),
    swipe('2026-11-25T17:30:00+01:00', 'offices-out'),
  );
  t.strictSame(day, [
    {
      day: '2026-11-25',
      buildingId: 'b',
      firstIn: '2026-11-25T08:00:00+01:00',
      lastOut: '2026-11-25T17:30:00+01:00',
      seconds: 8.5 * HOURS,
      missingIn: 0,
      missingOut: 0,
      isInside: false,
      zones: [
        {
          zoneId: 'lab',
          firstIn: '2026-11-25T10:00:00+01:00',
          lastOut: '2026-11-25T11:00:00+01:00',
          seconds: HOURS,
        },
        {
          zoneId: 'offices',
          firstIn: '2026-11-25T08:00:00+01:00',
          lastOut: '2026-11-25T17:30:00+01:00',
          seconds: 7.5 * HOURS,
        },
      ],
    },
  ]);
});

t.test('a night shift belongs to the day on which it began, with the hours that passed', async (t) => {
  const night = (from: string, to: string) => days(swipe(from, 'offices-in'), swipe(to, 'offices-out'));
  const eight = night('2026-11-25T22:00:00+01:00', '2026-11-26T06:00:00+01:00');
  t.match(eight, [{ day: '2026-11-25', seconds: 8 * HOURS, lastOut: '2026-11-26T06:00:00+01:00' }]);
  const back = night('2026-10-24T22:00:00+02:00', '2026-10-25T06:00:00+01:00');
  t.match(back, [{ day: '2026-10-24', seconds: 9 * HOURS, lastOut: '2026-10-25T06:00:00+01:00' }], 'clock put back');
  const forward = night('2026-03-28T22:00:00+01:00', '2026-03-29T06:00:00+02:00');
  t.match(forward, [{ day: '2026-03-28', seconds: 7 * HOURS }], 'clock put forward');
  // 23:30 UTC is after midnight in Berlin, and before it in UTC.
  const late = (buildingId: string) => swipe('2026-11-25T23:30:00Z', 'offices-in', { buildingId });
  t.match(days(late('b')), [{ day: '2026-11-26' }]);
  t.match(days(late('gone')), [{ day: '2026-11-25', firstIn: '2026-11-25T23:30:00+00:00' }], 'no longer a building');
});

t.test('a missing swipe is counted and never invented', async (t) => {
  const at = (time: string, reader: string, change = {}) => swipe(`2026-11-25T${time}:00+01:00`, reader, change);
  const [twice, ...none] = days(at('08:00', 'offices-in'), at('13:00', 'offices-in'), at('17:00', 'offices-out'));
  t.match(twice, { firstIn: /T08:00/, lastOut: /T17:00/, seconds: 4 * HOURS, missingIn: 0, missingOut: 1 });
  t.equal(none.length, 0);
  const [noIn] = days(at('17:00', 'offices-out'));
  t.match(noIn, { lastOut: /T17:00/, seconds: 0, missingIn: 1, missingOut: 0, zones: [{ zoneId: 'offices' }] });
  t.equal(noIn?.firstIn, undefined);
  const [noOut] = days(at('08:00', 'offices-in'), at('12:00', 'offices-out'), at('13:00', 'offices-in'));
  t.match(noOut, { seconds: 4 * HOURS, missingOut: 1, isInside: false });
  t.equal(noOut?.lastOut, undefined, 'the way out to lunch did not end the day');
  const forgotten = days(
    at('08:00', 'offices-in'),
    swipe('2026-11-26T08:00:00+01:00', 'offices-in'),
    swipe('2026-11-26T17:00:00+01:00', 'offices-out'),
  );
  t.match(forgotten, [
    { day: '2026-11-25', seconds: 0, missingOut: 1 },
    { day: '2026-11-26', seconds: 9 * HOURS, missingOut: 0 },
  ]);
  const tooLong = days(at('08:00', 'offices-in'), swipe('2026-11-26T00:00:01+01:00', 'offices-out'));
  t.match(tooLong, [
    { day: '2026-11-25', seconds: 0, missingOut: 1 },
    { day: '2026-11-26', seconds: 0, missingIn: 1 },
  ]);
  const other = days(at('08:00', 'offices-in'), at('09:00', 'hall-in', { buildingId: 'c' }));
  t.match(other, [
    { buildingId: 'b', seconds: 0, missingOut: 1 },
    { buildingId: 'c', missingOut: 1 },
  ]);
});

t.test('someone inside is inside, until their visit is too long', async (t) => {
  const entry = swipe('2026-11-25T08:00:00Z', 'offices-in');
  const at = (time: string) => attendanceOf([entry], { ...RULES, now: Date.parse(time) / 1_000 });
  t.match(at('2026-11-25T20:00:00Z'), [{ isInside: true, seconds: 0, missingOut: 0 }]);
  t.match(at('2026-11-26T00:00:01Z'), [{ isInside: false, seconds: 0, missingOut: 1 }]);
});

t.test('only passages count', async (t) => {
  const at = (time: string, reader: string, change: Partial<Decision> = {}) =>
    swipe(`2026-11-25T${time}:00Z`, reader, change);
  const late = { outcome: 'recorded' } as const;
  const [day] = days(
    at('07:00', 'offices-in', { outcome: 'denied', reason: 'denied-passback' }),
    at('07:30', 'offices-in', late),
    at('08:00', 'offices-in', { ...late, offlineOutcome: 'granted' }),
    at('08:01', 'offices-in', { repeatOf: made(1).swipeId }),
    at('09:00', 'offices-out', { ...late, offlineOutcome: 'denied' }),
    at('16:00', 'offices-out', late),
    swipe('2001-01-01T00:00:00Z', 'offices-in', { receivedAt: '2026-11-25T17:00:00Z', timeBasis: 'receivedAt' }),
    at('18:00', 'offices-out', { reason: 'duress', duress: true }),
  );
  t.match(day, { firstIn: /T09:00:00\+01:00/, lastOut: /T19:00:00/, seconds: 9 * HOURS, missingIn: 0, missingOut: 0 });
});

const gaps = fc.array(
  fc.tuple(
    fc.integer({ min: 0, max: 20 * HOURS }),
    fc.constantFrom('offices-in', 'offices-out', 'lab-in', 'lab-out', 'hall-in', 'hall-out'),
  ),
  { maxLength: 60 },
);
/** Weeks with and without a change of the clock. */
const start = fc.constantFrom('2026-03-27T12:00:00Z', '2026-10-23T12:00:00Z', '2026-06-01T00:00:00Z');

function life(from: string, steps: readonly (readonly [number, string])[]): Decision[] {
  let at = Date.parse(from);
  return steps.map(([seconds, readerId]) => {
    at += seconds * 1_000;
    const buildingId = readerId.startsWith('hall') ? 'c' : 'b';
    return swipe(new Date(at).toISOString(), readerId, { buildingId });
  });
}

t.test('any swipes: no time is negative, counted twice or longer than the longest visit', async () => {
  fc.assert(
    fc.property(start, gaps, (from, steps) => {
      const swipes = life(from, steps);
      const visits = visitsOf(swipes, RULES);
      let before = 0;
      let whole = 0;
      for (const { began, stays, end } of visits) {
        for (const [i, { from: stayFrom, to }] of stays.entries()) {
          if (i > 0) assert.equal(stayFrom, stays[i - 1]?.to, 'without gaps');
          if (i < stays.length - 1) assert.ok(to !== undefined, 'only the last stay is open');
          if (stayFrom !== undefined && to !== undefined) {
            assert.ok(stayFrom >= before && to >= stayFrom);
            whole += to - stayFrom;
          }
          before = to ?? stayFrom ?? before;
        }
        assert.ok(before - began <= RULES.longest);
        assert.equal(stays.at(-1)?.to === undefined, end !== 'out');
      }
      const found = days(...swipes);
      assert.equal(
        found.reduce((sum, { seconds }) => sum + seconds, 0),
        whole,
      );
      for (const { seconds, zones, firstIn, lastOut, day, missingIn, missingOut } of found) {
        assert.equal(
          zones.reduce((sum, zone) => sum + zone.seconds, 0),
          seconds,
        );
        if (missingIn === 0) assert.equal(firstIn?.slice(0, 10), day, 'the day on which the first visit began');
        if (firstIn !== undefined && lastOut !== undefined) assert.ok(Date.parse(lastOut) >= Date.parse(firstIn));
        const bounded = missingIn + missingOut === 0 && firstIn !== undefined && lastOut !== undefined;
        if (bounded) assert.ok(seconds * 1_000 <= Date.parse(lastOut) - Date.parse(firstIn));
      }
      const isOut = (visit: { end: string }) => visit.end === 'out';
      assert.equal(visits.filter(isOut).length, swipes.filter(leavesBuilding).length, 'each way out ends one visit');
    }),
    { numRuns: 100 },
  );
});

function leavesBuilding({ direction, readerId }: Decision): boolean {
  return direction === 'out' && RULES.outerZoneOf(readerId) === undefined;
}

t.test('reads as much before and after the days as a visit may last', async (t) => {
  const night = [swipe('2026-11-24T22:00:00Z', 'offices-in'), swipe('2026-11-25T06:00:00Z', 'offices-out')];
  const next = [swipe('2026-11-25T22:00:00Z', 'offices-in'), swipe('2026-11-26T06:00:00Z', 'offices-out')];
  const all = [...night, ...next];
  const site = {
    buildings: new Map([['b', { buildingId: 'b', name: 'B', timeZone: 'Europe/Berlin' }]]),
    zones: new Map(),
    schedules: new Map(),
    accessLevels: new Map(),
    readers: new Map(),
  };
  const asked = {
    ...{ tenantId: 'acme', employeeId: 'ann', buildingId: undefined, site, longestHours: 16, nowMs: NEVER * 1_000 },
    ...{ from: '2026-11-25', to: '2026-11-25' },
  };
  const found = await readAttendance(async (_, { fromMs = 0, toMs = 0, cursor }) => {
    const within = all.filter(({ readAt }) => Date.parse(readAt) >= fromMs && Date.parse(readAt) < toMs);
    const at = Number(cursor ?? 0);
    return { items: within.slice(at, at + 1), ...(at + 1 < within.length ? { nextCursor: String(at + 1) } : {}) };
  }, asked);
  t.match(found, [{ day: '2026-11-25', seconds: 8 * HOURS, missingIn: 0, missingOut: 0 }]);
  t.equal(found.length, 1);
  const elsewhere = await readAttendance(async () => ({ items: all }), { ...asked, buildingId: 'c' });
  t.strictSame(elsewhere, []);
  const endless = async () => ({ items: Array.from({ length: 1_000 }, () => night).flat(), nextCursor: 'more' });
  await t.rejects(readAttendance(endless, asked), { code: 'bad-request', message: /nearer to from/ });
  t.equal(rulesOf(site, 16, 0).timeZoneOf('b'), 'Europe/Berlin');
});
