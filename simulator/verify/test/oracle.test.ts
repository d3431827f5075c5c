import t from 'tap';
import {
  ACCESS_EVENTS,
  type AccessEvent,
  type Card,
  type Place,
  type Reader,
  type Site,
  type Swipe,
} from '../../../gateway/contract/index.js';
import { demoSite } from '../../../infra/local/demo-site.js';
import { LocalClock } from '../local-clock.js';
import { Oracle } from '../oracle.js';

const MONDAY_9 = '2026-11-23T09:00:00.000Z';
let swipes = 0;

function swipe(change: Partial<Swipe> = {}): Swipe {
  swipes += 1;
  const swipeId = `00000000-0000-7000-8000-${String(swipes).padStart(12, '0')}`;
  return { swipeId, readerId: 'office-in', cardId: 'ann', readAt: MONDAY_9, ...change };
}

const at = (offsetMs: number) => new Date(Date.parse(MONDAY_9) + offsetMs).toISOString();

function reader(readerId: string, change: Partial<Reader> = {}): Reader {
  const [zoneId = '', direction] = readerId.split('-');
  return {
    readerId,
    door: readerId,
    buildingId: 'b',
    zoneId,
    direction: direction === 'in' || direction === 'out' ? direction : 'both',
    mode: 'normal',
    ...change,
  };
}

function site(card: Partial<Card> = {}, more: Partial<Site> = {}): Site {
  const zone = (zoneId: string, antiPassback: Site['zones'][number]['antiPassback']) => {
    return { zoneId, buildingId: 'b', name: zoneId, antiPassback };
  };
  return {
    tenantId: 'acme',
    buildings: [{ buildingId: 'b', name: 'B', timeZone: 'Europe/Berlin' }],
    zones: [
      zone('office', { mode: 'hard' }),
      zone('lab', { mode: 'soft' }),
      zone('safe', { mode: 'timed', minutes: 2 }),
      zone('garage', { mode: 'none' }),
    ],
    schedules: [
      { scheduleId: 'early', intervals: [{ days: [1], from: '08:00', until: '12:00' }], holidays: ['2026-11-30'] },
      { scheduleId: 'late', intervals: [{ days: [1, 7], from: '22:00', until: '24:00' }], holidays: [] },
    ],
    accessLevels: [
      { accessLevelId: 'a', zoneIds: ['office', 'lab', 'safe', 'garage'], scheduleId: 'early' },
      { accessLevelId: 'b', zoneIds: ['office'], scheduleId: 'late' },
    ],
    readers: [
      ...['office', 'lab', 'safe', 'garage'].flatMap((zoneId) => [reader(`${zoneId}-in`), reader(`${zoneId}-out`)]),
      reader('lab-both', { outerZoneId: 'office' }),
      reader('garage-in-free', { mode: 'free' }),
      reader('garage-in-locked', { mode: 'locked-down' }),
      reader('attic-in', { zoneId: 'attic' }),
    ],
    employees: [
      { employeeId: 'e-ann', name: 'Ann', active: true, accessLevelIds: ['a', 'b'] },
      { employeeId: 'e-old', name: 'Old', active: false, accessLevelIds: [] },
    ],
    cards: [
      { cardId: 'ann', status: 'active', employeeId: 'e-ann', ...card },
      { cardId: 'drawer', status: 'active' },
      { cardId: 'orphan', status: 'active', employeeId: 'nobody' },
      { cardId: 'old', status: 'active', employeeId: 'e-old' },
    ],
    ...more,
  };
}

t.test('one rule after the other: where two apply, the first speaks', async (t) => {
  const inside: Place = { buildingId: 'b', zoneId: 'office', since: MONDAY_9, swipeId: swipe().swipeId };
  const expired = { validUntil: '2020-01-01T00:00:00Z' };
  const table: [string, Partial<Swipe>, Partial<Card>, AccessEvent][] = [
    ['unknown reader, going out', { readerId: 'x', direction: 'out' }, {}, 'denied-point-no-access-rights'],
    ['out, stolen', { readerId: 'office-out' }, { status: 'stolen' }, 'granted'],
    ['out, unknown card', { readerId: 'office-out', cardId: 'x' }, {}, 'granted'],
    ['locked, unknown card', { readerId: 'garage-in-locked', cardId: 'x' }, {}, 'denied-lockout'],
    ['free, unknown card', { readerId: 'garage-in-free', cardId: 'x' }, {}, 'granted'],
    ['unknown card', { cardId: 'x' }, {}, 'denied-unknown-credential'],
    ['suspended and expired', {}, { status: 'suspended', ...expired }, 'denied-credential-manual-disable'],
    ['lost and expired', {}, { status: 'lost', ...expired }, 'denied-authentication-factor-lost'],
    ['stolen and expired', {}, { status: 'stolen', ...expired }, 'denied-authentication-factor-stolen'],
    ['revoked and expired', {}, { status: 'revoked', ...expired }, 'denied-credential-disabled'],
    ['issued and expired', {}, { status: 'issued', ...expired }, 'denied-credential-not-yet-active'],
    ['expired, but not yet valid', {}, { status: 'expired', validFrom: at(1) }, 'denied-credential-not-yet-active'],
    ['valid from now on', {}, { validFrom: at(0) }, 'denied-passback'],
    ['expired', {}, { status: 'expired' }, 'denied-credential-expired'],
    ['valid until now', {}, { validUntil: at(0) }, 'denied-credential-expired'],
    ['valid until right after', {}, { validUntil: at(1) }, 'denied-passback'],
    ['expired, of nobody', { cardId: 'drawer' }, {}, 'denied-credential-unassigned'],
    ['of somebody unknown', { cardId: 'orphan' }, {}, 'denied-credential-unassigned'],
    ['inactive, without rights', { cardId: 'old' }, {}, 'denied-no-access-rights'],
    ['no rights in this zone', { readerId: 'attic-in' }, {}, 'denied-zone-no-access-rights'],
    ['out of time, inside already', { readAt: at(4 * 3_600_000) }, {}, 'denied-out-of-time-range'],
    ['holiday', { readAt: '2026-11-30T09:00:00Z' }, {}, 'denied-out-of-time-range'],
    ['inside already', {}, {}, 'denied-passback'],
    ['by another level’s hours', { readAt: '2026-11-23T22:30:00Z' }, {}, 'denied-passback'],
    ['inside elsewhere', { readerId: 'lab-in' }, {}, 'granted'],
  ];
  for (const [name, change, card, reason] of table) {
    const presence = new Map([['ann', inside]]);
    t.equal(new Oracle(site(card), { presence }).expect(swipe(change)).reason, reason, name);
  }
});

t.test('people move', async (t) => {
  const oracle = new Oracle(site());
  const go = (readerId: string, change: Partial<Swipe> = {}) => oracle.expect(swipe({ readerId, ...change })).reason;
  t.equal(go('office-in'), 'granted');
  t.equal(oracle.whereIs('ann'), 'office');
  t.equal(go('office-in'), 'denied-passback');
  t.equal(go('lab-both', { direction: 'in' }), 'granted');
  t.equal(oracle.whereIs('ann'), 'lab');
  t.equal(go('lab-in'), 'passback-detected');
  t.equal(go('lab-both', { direction: 'out' }), 'granted');
  t.equal(oracle.whereIs('ann'), 'office', 'the zone before the door');
  t.equal(go('office-out'), 'granted');
  t.equal(oracle.whereIs('ann'), undefined);
  t.equal(go('office-in', { direction: 'out' }), 'granted', 'a reader knows its direction better');
  t.equal(oracle.whereIs('ann'), 'office');
  t.equal(go('safe-in', { readAt: at(0) }), 'granted');
  t.equal(go('safe-in', { readAt: at(119_999) }), 'denied-passback');
  t.equal(go('safe-in', { readAt: at(120_000) }), 'granted');
  t.equal(go('garage-in-free', { cardId: 'stranger' }), 'granted');
  t.equal(oracle.whereIs('stranger'), 'garage');
});

t.test('the building’s clock, on the days on which it changes', async (t) => {
  const berlin = new LocalClock('Europe/Berlin');
  const newYork = new LocalClock('America/New_York');
  const show = (clock: LocalClock, instant: string) => {
    const { weekday, time, date } = clock.at(Date.parse(instant));
    return `${weekday} ${date} ${time}`;
  };
  t.equal(show(berlin, '2026-03-29T00:59:59Z'), '7 2026-03-29 01:59');
  t.equal(show(berlin, '2026-03-29T01:00:00Z'), '7 2026-03-29 03:00');
  t.equal(show(berlin, '2026-10-25T00:30:00Z'), '7 2026-10-25 02:30');
  t.equal(show(berlin, '2026-10-25T01:30:00Z'), '7 2026-10-25 02:30');
  t.equal(show(newYork, '2026-03-08T06:59:00Z'), '7 2026-03-08 01:59');
  t.equal(show(newYork, '2026-03-08T07:00:00Z'), '7 2026-03-08 03:00');
  t.equal(show(newYork, '2026-11-23T04:59:00Z'), '7 2026-11-22 23:59');
  t.equal(show(berlin, '2026-11-22T23:00:00Z'), '1 2026-11-23 00:00', 'midnight is 00, not 24');
  t.throws(() => new LocalClock('Mars/Olympus'), RangeError);
});

t.test('an interval that ends with the day', async (t) => {
  const oracle = new Oracle(site());
  t.equal(oracle.expect(swipe({ readAt: '2026-11-23T23:59:59.999+01:00' })).reason, 'granted');
  t.equal(oracle.expect(swipe({ readAt: '2026-11-24T00:00:00+01:00' })).reason, 'denied-out-of-time-range');
});

t.test('the demo site can bring about every reason', async (t) => {
  const demo = demoSite();
  const reasons = new Set<string>();
  for (const readAt of ['2026-11-25T03:00:00Z', '2026-11-28T12:00:00Z']) {
    for (const { readerId } of [...demo.readers, { readerId: 'unknown' }]) {
      const oracle = new Oracle(demo);
      for (const { cardId } of [...demo.cards, { cardId: 'unknown' }]) {
        for (let twice = 0; twice < 2; twice++) reasons.add(oracle.expect(swipe({ readerId, cardId, readAt })).reason);
      }
    }
  }
  t.same(Array.from(reasons).sort(), Object.keys(ACCESS_EVENTS).sort());
});
