import {
  ACCESS_EVENTS,
  type AccessEvent,
  type Card,
  type Direction,
  type Place,
  type Reader,
  type Schedule,
  type Site,
  type Swipe,
} from '@swipegate/contract';
import { demoSite } from '@swipegate/infra/local/demo/demo-site';
import t from 'tap';
import { Oracle } from '../oracle.js';

const MONDAY_9 = '2026-11-23T09:00:00.000Z';
const AFTERNOON = '2026-11-23T13:00:00.000Z';
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
      ...['garage-in-free', 'office-in-free', 'safe-in-free'].map((id) => reader(id, { mode: 'free' })),
      ...['garage-in-locked', 'garage-out-locked'].map((id) => reader(id, { mode: 'locked-down' })),
      reader('attic-in', { zoneId: 'attic' }),
    ],
    employees: [
      { employeeId: 'e-ann', name: 'Ann', active: true, accessLevelIds: ['a', 'b'] },
      { employeeId: 'e-old', name: 'Old', active: false, accessLevelIds: [] },
    ],
    cards: [
      { cardId: 'ann', status: 'active', employeeId: 'e-ann', ...card },
      { cardId: 'bob', status: 'active', employeeId: 'e-ann' },
      { cardId: 'drawer', status: 'active' },
      { cardId: 'shredded', status: 'expired' },
      { cardId: 'orphan', status: 'active', employeeId: 'nobody' },
      { cardId: 'old', status: 'active', employeeId: 'e-old' },
    ],
    ...more,
  };
}

t.test('rules in order: if two apply, the first decides', async (t) => {
  const inside: Place = { buildingId: 'b', zoneId: 'office', since: MONDAY_9, swipeId: swipe().swipeId };
  const presence = new Map([['ann', inside]]).set('bob', { ...inside, zoneId: 'lab' });
  const expired = { validUntil: '2020-01-01T00:00:00Z' };
  const table: [string, Partial<Swipe>, Partial<Card>, AccessEvent][] = [
    ['unknown reader, going out', { readerId: 'x', direction: 'out' }, {}, 'denied-point-no-access-rights'],
    ['out, stolen', { readerId: 'office-out' }, { status: 'stolen' }, 'granted'],
    ['out, unknown card', { readerId: 'office-out', cardId: 'x' }, {}, 'granted'],
    ['out, where it is locked', { readerId: 'garage-out-locked' }, {}, 'granted'],
    ['locked, unknown card', { readerId: 'garage-in-locked', cardId: 'x' }, {}, 'denied-lockout'],
    ['free, unknown card', { readerId: 'garage-in-free', cardId: 'x' }, {}, 'granted'],
    ['free, inside already', { readerId: 'office-in-free' }, {}, 'granted'],
    ['unknown card', { cardId: 'x' }, {}, 'denied-unknown-credential'],
    ['suspended and expired', {}, { status: 'suspended', ...expired }, 'denied-credential-manual-disable'],
    ['suspended, not yet valid', {}, { status: 'suspended', validFrom: at(1) }, 'denied-credential-manual-disable'],
    ['lost and expired', {}, { status: 'lost', ...expired }, 'denied-authentication-factor-lost'],
    ['stolen and expired', {}, { status: 'stolen', ...expired }, 'denied-authentication-factor-stolen'],
    ['destroyed and expired', {}, { status: 'destroyed', ...expired }, 'denied-authentication-factor-destroyed'],
    ['revoked and expired', {}, { status: 'revoked', ...expired }, 'denied-credential-disabled'],
    ['issued and expired', {}, { status: 'issued', ...expired }, 'denied-credential-not-yet-active'],
    ['valid from right after', {}, { validFrom: at(1) }, 'denied-credential-not-yet-active'],
    ['expired, but not yet valid', {}, { status: 'expired', validFrom: at(1) }, 'denied-credential-not-yet-active'],
    ['valid from now on', {}, { validFrom: at(0) }, 'denied-passback'],
    ['expired', {}, { status: 'expired' }, 'denied-credential-expired'],
    ['valid until now', {}, { validUntil: at(0) }, 'denied-credential-expired'],
    ['valid until right after', {}, { validUntil: at(1) }, 'denied-passback'],
    ['expired, without a holder', { cardId: 'shredded' }, {}, 'denied-credential-expired'],
    ['without a holder', { cardId: 'drawer' }, {}, 'denied-credential-unassigned'],
    ['with an unknown holder', { cardId: 'orphan' }, {}, 'denied-credential-unassigned'],
    ['inactive, without rights', { cardId: 'old' }, {}, 'denied-no-access-rights'],
    ['no rights in this zone', { readerId: 'attic-in' }, {}, 'denied-zone-no-access-rights'],
    ['no rights, out of time', { readerId: 'attic-in', readAt: AFTERNOON }, {}, 'denied-zone-no-access-rights'],
    ['out of time, inside already', { readAt: AFTERNOON }, {}, 'denied-out-of-time-range'],
    ['holiday', { readAt: '2026-11-30T09:00:00Z' }, {}, 'denied-out-of-time-range'],
    ['holiday in another level', { readAt: '2026-11-30T22:30:00+01:00' }, {}, 'denied-passback'],
    ['inside already', {}, {}, 'denied-passback'],
    ['by another level’s hours', { readAt: '2026-11-23T22:30:00Z' }, {}, 'denied-passback'],
    ['inside already, soft', { readerId: 'lab-in', cardId: 'bob' }, {}, 'passback-detected'],
  ];
  for (const [name, change, card, reason] of table) {
    const oracle = new Oracle(site(card), { presence });
    const granted = reason === 'granted' || reason === 'passback-detected';
    const { direction: _, ...decided } = oracle.expect(swipe(change));
    t.same(decided, { outcome: granted ? 'granted' : 'denied', reason }, name);
    if (!granted) t.equal(oracle.whereIs('ann'), 'office', `${name}: a denial moves no one`);
  }
});

t.test('the direction is the reader’s; a reader for both directions uses the swipe’s', async (t) => {
  const table: [string, Partial<Swipe>, Direction][] = [
    ['unknown reader', { readerId: 'x' }, 'in'],
    ['unknown reader, out', { readerId: 'x', direction: 'out' }, 'out'],
    ['both', { readerId: 'lab-both' }, 'in'],
    ['both, out', { readerId: 'lab-both', direction: 'out' }, 'out'],
    ['in, out', { readerId: 'lab-in', direction: 'out' }, 'in'],
    ['out, in', { readerId: 'lab-out', direction: 'in' }, 'out'],
    ['denied', { readerId: 'lab-in', cardId: 'x' }, 'in'],
  ];
  for (const [name, change, direction] of table) {
    t.equal(new Oracle(site()).expect(swipe(change)).direction, direction, name);
  }
});

t.test('people move', async (t) => {
  const oracle = new Oracle(site(), { repeatWindowMs: 0 });
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
  t.equal(go('office-in', { direction: 'out' }), 'granted', 'the reader’s direction wins');
  t.equal(oracle.whereIs('ann'), 'office');
  t.equal(go('safe-in', { readAt: at(0) }), 'granted');
  t.equal(go('safe-in', { readAt: at(119_999) }), 'denied-passback');
  t.equal(go('safe-in', { readAt: at(120_000) }), 'granted');
  t.equal(go('safe-in', { readAt: at(239_999) }), 'denied-passback', 'counted from the last entry');
  t.equal(go('safe-in-free', { readAt: at(240_000) }), 'granted');
  t.equal(go('safe-in', { readAt: at(240_000) }), 'denied-passback', 'a free door counts as an entry too');
  const since: Place = { buildingId: 'b', zoneId: 'safe', since: at(-119_999), swipeId: swipe().swipeId };
  const started = new Oracle(site(), { presence: new Map([['ann', since]]) });
  t.equal(started.expect(swipe({ readerId: 'safe-in' })).reason, 'denied-passback', 'inside before the start');
  t.equal(started.expect(swipe({ readerId: 'safe-in', readAt: at(1) })).reason, 'granted');
  t.equal(go('garage-in-free', { cardId: 'stranger' }), 'granted');
  t.equal(oracle.whereIs('stranger'), 'garage');
  t.equal(go('lab-both', { cardId: 'stranger', direction: 'out' }), 'granted');
  t.equal(oracle.whereIs('stranger'), 'office');
  t.equal(go('garage-out', { cardId: 'stranger' }), 'granted');
  t.equal(oracle.whereIs('stranger'), undefined);
});

t.test('schedules, on the wall clock of the reader’s building', async (t) => {
  const hours = (scheduleId: string, days: number[], from: string, until: string): Schedule => {
    return { scheduleId, intervals: [{ days, from, until }], holidays: ['2026-12-25'] };
  };
  const schedules = [
    hours('sunday', [7], '02:00', '03:00'),
    hours('monday', [1], '09:30', '10:30'),
    hours('late', [1], '22:00', '24:00'),
    hours('christmas', [4, 5, 6], '00:00', '24:00'),
    hours('night', [1, 4, 5, 7], '22:00', '06:00'),
    hours('never', [1, 2, 3, 4, 5, 6, 7], '00:00', '00:00'),
  ];
  const ids = schedules.map(({ scheduleId }) => scheduleId);
  const oracle = new Oracle({
    ...site(),
    buildings: [
      { buildingId: 'berlin', name: 'Berlin', timeZone: 'Europe/Berlin' },
      { buildingId: 'york', name: 'New York', timeZone: 'America/New_York' },
    ],
    readers: ['berlin', 'york'].map((buildingId) => reader(buildingId, { buildingId, zoneId: 'garage' })),
    schedules,
    accessLevels: ids.map((id) => ({ accessLevelId: id, zoneIds: ['garage'], scheduleId: id })),
    employees: ids.map((id) => ({ employeeId: id, name: id, active: true, accessLevelIds: [id] })),
    cards: ids.map((id) => ({ cardId: id, status: 'active', employeeId: id })),
  });
  // Columns: reader, card, time, open 1 ms before it, open at it.
  const table: [string, string, string, boolean, boolean][] = [
    ['berlin', 'sunday', '2026-03-29T01:00:00Z', false, false],
    ['berlin', 'sunday', '2026-10-25T00:00:00Z', false, true],
    ['berlin', 'sunday', '2026-10-25T01:00:00Z', true, true],
    ['berlin', 'sunday', '2026-10-25T02:00:00Z', true, false],
    ['york', 'sunday', '2026-03-08T07:00:00Z', false, false],
    ['york', 'sunday', '2026-11-01T07:00:00Z', false, true],
    ['york', 'sunday', '2026-11-01T08:00:00Z', true, false],
    ['berlin', 'monday', '2026-03-23T08:30:00Z', false, true],
    ['berlin', 'monday', '2026-03-30T07:30:00Z', false, true],
    ['berlin', 'monday', '2026-03-30T08:30:00Z', true, false],
    ['york', 'monday', '2026-03-02T14:30:00Z', false, true],
    ['york', 'monday', '2026-03-09T13:30:00Z', false, true],
    ['york', 'monday', '2026-03-09T14:30:00Z', true, false],
    ['berlin', 'late', '2026-11-24T00:00:00+01:00', true, false],
    ['york', 'late', '2026-11-24T05:00:00Z', true, false],
    ['berlin', 'christmas', '2026-12-24T23:00:00Z', true, false],
    ['berlin', 'christmas', '2026-12-25T23:00:00Z', false, true],
    ['york', 'christmas', '2026-12-25T05:00:00Z', true, false],
    ['york', 'christmas', '2026-12-26T05:00:00Z', false, true],
    ['berlin', 'night', '2026-11-23T22:00:00+01:00', false, true],
    ['berlin', 'night', '2026-11-24T00:00:00+01:00', true, true],
    ['berlin', 'night', '2026-11-24T06:00:00+01:00', true, false],
    ['berlin', 'night', '2026-11-24T22:00:00+01:00', false, false],
    ['berlin', 'night', '2026-11-23T06:00:00+01:00', true, false],
    ['york', 'night', '2026-11-24T03:00:00Z', false, true],
    ['berlin', 'night', '2026-12-25T06:00:00+01:00', true, false],
    ['berlin', 'night', '2026-12-25T22:00:00+01:00', false, false],
    ['berlin', 'night', '2026-12-26T05:00:00+01:00', false, false],
    ['berlin', 'night', '2026-03-30T04:00:00Z', true, false],
    ['berlin', 'night', '2026-10-26T05:00:00Z', true, false],
    ['berlin', 'never', '2026-11-24T00:00:00+01:00', false, false],
  ];
  for (const [readerId, cardId, instant, ...open] of table) {
    const decided = [-1, 0].map((ms) => {
      const readAt = new Date(Date.parse(instant) + ms).toISOString();
      return oracle.expect(swipe({ readerId, cardId, readAt })).reason;
    });
    const expected = open.map((isOpen) => (isOpen ? 'granted' : 'denied-out-of-time-range'));
    t.same(decided, expected, `${readerId} ${cardId} ${instant}`);
  }
  const buildings = [{ buildingId: 'b', name: 'B', timeZone: 'Mars/Olympus' }];
  t.throws(() => new Oracle(site({}, { buildings })), RangeError);
});

t.test('duress: a grant has its own reason; denials are unchanged', async (t) => {
  const expect = (change: Partial<Swipe>) => new Oracle(site()).expect(swipe({ duress: true, ...change }));
  t.match(expect({}), { outcome: 'granted', reason: 'duress' });
  t.match(expect({ readerId: 'office-out' }), { outcome: 'granted', reason: 'duress' });
  t.match(expect({ cardId: 'drawer' }), { outcome: 'denied', reason: 'denied-credential-unassigned' });
  t.match(expect({ offlineOutcome: 'granted' }), { outcome: 'recorded', reason: 'duress' });
  t.match(expect({ duress: false }), { reason: 'granted' });
});

t.test('offline swipes are recorded: they move people, but never override a later move', async (t) => {
  const oracle = new Oracle(site(), { repeatWindowMs: 0 });
  const go = (readerId: string, offsetMs: number, offlineOutcome?: 'granted' | 'denied') => {
    const change = { readerId, readAt: at(offsetMs), ...(offlineOutcome === undefined ? {} : { offlineOutcome }) };
    const { outcome, reason } = oracle.expect(swipe(change));
    return `${outcome} ${reason} ${oracle.whereIs('ann')}`;
  };
  t.equal(go('office-in', 0), 'granted granted office');
  t.equal(go('office-in', 1, 'denied'), 'recorded denied-passback office');
  t.equal(go('office-out', 2, 'denied'), 'recorded granted office');
  t.equal(go('office-out', -1, 'granted'), 'recorded granted office', 'before they came in');
  t.equal(go('office-out', 3, 'granted'), 'recorded granted undefined');
  t.equal(go('office-in', 2, 'granted'), 'recorded granted undefined', 'before they went out');
  t.equal(go('office-in', 4, 'granted'), 'recorded granted office');
  t.equal(go('office-in', 3, 'granted'), 'recorded granted office', 'the later entry does not count');
  t.equal(go('office-in', 4, 'granted'), 'recorded denied-passback office', 'the same one does');
  t.equal(go('office-in', 5, 'granted'), 'recorded denied-passback office', 'but the reader let them in');
  t.equal(go('attic-in', 3, 'granted'), 'recorded denied-zone-no-access-rights office');
});

t.test('moves count with the gateway’s time, and where it is unknown the order is open', async (t) => {
  const go = (steps: [readerId: string, readMs: number, nowMs: number, receivedMs: number, isOffline?: boolean][]) => {
    const oracle = new Oracle(site());
    const doubts = steps.map(([readerId, readMs, nowMs, receivedMs, isOffline]) => {
      const more = isOffline === true ? { offlineOutcome: 'granted' as const } : {};
      const { isDoubtful = false } = oracle.expect(
        swipe({ readerId, readAt: at(readMs), ...more }),
        Date.parse(at(nowMs)),
      );
      oracle.received('ann', Date.parse(at(receivedMs)));
      return isDoubtful;
    });
    return `${oracle.whereIs('ann')} ${doubts.at(-1)}`;
  };
  const [IN, OUT] = ['office-in', 'office-out'];
  t.equal(
    go([
      [IN, 240_000, 0, 100],
      [OUT, 60_000, 60_000, 90_000, true],
    ]),
    'undefined false',
    'in by a fast clock',
  );
  t.equal(
    go([
      [IN, -240_000, 0, 100],
      [OUT, -60_000, 60_000, 90_000, true],
    ]),
    'office false',
    'earlier by the gateway',
  );
  t.equal(
    go([
      [OUT, -240_000, 0, 100],
      [IN, -60_000, 60_000, 90_000, true],
    ]),
    'office false',
    'in doubt, inside',
  );
  t.equal(
    go([
      [IN, 0, 0, 5_000],
      [OUT, 4_000, 7_000, 90_000, true],
    ]),
    'undefined true',
    'received before or after',
  );
  t.equal(
    go([
      [IN, 0, 0, 5_000],
      [OUT, 7_000, 7_000, 90_000, true],
    ]),
    'undefined false',
  );
  t.equal(
    go([
      [IN, 0, 0, 5_000],
      [IN, 9_000, 9_000, 9_500],
      [OUT, 7_000, 10_000, 90_000, true],
    ]),
    'undefined false',
  );
});

t.test(
  'the same card again at the same reader within seconds gets the same answer, and no one moves again',
  async (t) => {
    const oracle = new Oracle(site());
    const first = swipe();
    const granted = { outcome: 'granted', reason: 'granted', direction: 'in' } as const;
    t.strictSame(oracle.expect(first), granted);
    t.strictSame(oracle.expect(swipe({ readAt: at(2_000) })), { ...granted, repeatOf: first.swipeId });
    t.strictSame(oracle.expect(swipe({ readAt: at(4_999) })), { ...granted, repeatOf: first.swipeId }, 'a third time');
    const denied = { outcome: 'denied', reason: 'denied-passback', direction: 'in' } as const;
    const late = swipe({ readAt: at(5_000) });
    t.strictSame(oracle.expect(late), denied, 'the window starts at the first');
    t.strictSame(oracle.expect(swipe({ readAt: at(5_500) })), { ...denied, repeatOf: late.swipeId }, 'a denial');
    t.strictSame(oracle.expect(swipe({ readerId: 'office-out', readAt: at(5_600) })), { ...granted, direction: 'out' });
    t.strictSame(oracle.expect(swipe({ readAt: at(5_700) })), granted, 'they left in between');
    t.match(oracle.expect(swipe({ readAt: at(5_800), duress: true })), { reason: 'duress', repeatOf: /./ });
  },
);

t.test('an entry before the start may be repeated at its reader', async (t) => {
  const place: Place = { buildingId: 'b', zoneId: 'office', since: at(-3_000), swipeId: swipe().swipeId };
  const { swipeId, since: receivedAt } = place;
  const granted = { outcome: 'granted', reason: 'granted', direction: 'in' } as const;
  const entry = { swipeId, readerId: 'office-in', receivedAt, ...granted };
  const expect = (change: Partial<Swipe>) =>
    new Oracle(site(), { presence: new Map([['ann', { ...place, entry }]]) }).expect(swipe(change));
  t.match(expect({}), { reason: 'granted', repeatOf: place.swipeId });
  t.match(expect({ readAt: at(2_000) }), { reason: 'denied-passback', repeatOf: undefined });
  t.match(expect({ readerId: 'lab-in' }), { reason: 'granted', repeatOf: undefined });
});

t.test('entries are forgiven at the building’s hour, or by an operator', async (t) => {
  const since = '2026-10-24T23:00:00Z';
  const inside: Place = { buildingId: 'b', zoneId: 'office', since, swipeId: swipe().swipeId };
  const always: Schedule = {
    scheduleId: 'early',
    intervals: [{ days: [1, 2, 3, 4, 5, 6, 7], from: '00:00', until: '24:00' }],
    holidays: [],
  };
  const again = (forgiveAt: string | undefined, readAt: string, since: string, forgivenAt?: string) => {
    const antiPassback = { mode: 'hard' as const, ...(forgiveAt === undefined ? {} : { forgiveAt }) };
    const zones = [{ zoneId: 'office', buildingId: 'b', name: 'office', antiPassback }];
    const place = { ...inside, since, ...(forgivenAt === undefined ? {} : { forgivenAt }) };
    const oracle = new Oracle(site({}, { zones, schedules: [always] }), { presence: new Map([['ann', place]]) });
    return oracle.expect(swipe({ readAt })).reason === 'granted';
  };
  // Columns: entry, forgiveAt, first time forgiven. On plain days and on days of a clock change.
  const table: [string, string, string][] = [
    ['2026-11-22T08:00:00Z', '04:00', '2026-11-23T03:00:00Z'],
    ['2026-11-22T03:00:00Z', '04:00', '2026-11-23T03:00:00Z'],
    ['2026-11-22T02:59:59Z', '04:00', '2026-11-22T03:00:00Z'],
    ['2026-11-22T08:00:00Z', '24:00', '2026-11-22T23:00:00Z'],
    ['2026-11-22T08:00:00Z', '00:00', '2026-11-22T23:00:00Z'],
    ['2026-03-28T20:00:00Z', '02:30', '2026-03-29T01:00:00Z'],
    ['2026-03-28T20:00:00Z', '03:00', '2026-03-29T01:00:00Z'],
    ['2026-03-29T01:00:00Z', '02:30', '2026-03-30T00:30:00Z'],
    ['2026-10-24T20:00:00Z', '02:30', '2026-10-25T00:30:00Z'],
    ['2026-10-25T00:30:00Z', '02:30', '2026-10-25T01:30:00Z'],
    ['2026-10-25T01:30:00Z', '02:30', '2026-10-26T01:30:00Z'],
  ];
  for (const [since, time, from] of table) {
    const before = new Date(Date.parse(from) - 1).toISOString();
    t.notOk(again(time, before, since), `since ${since}, ${time}: not before ${from}`);
    t.ok(again(time, from, since), `since ${since}, ${time}: from ${from}`);
  }
  t.ok(again('04:00', '2026-11-30T09:00:00Z', since), 'weeks later');
  t.notOk(again(undefined, '2026-11-30T09:00:00Z', since), 'never, where no time is set');
  t.ok(again(undefined, '2026-11-30T09:00:00Z', since, since), 'by an operator');
  t.notOk(
    again(undefined, '2026-11-30T09:00:00Z', since, '2026-10-24T22:59:59Z'),
    'an operator forgave earlier entries only',
  );
});

t.test('lists the zones that it cannot judge', async (t) => {
  const open = { buildingId: 'b', name: 'z', antiPassback: { mode: 'none' as const } };
  const zones = [
    { zoneId: 'hall', ...open },
    { zoneId: 'lift', ...open, occupancyLimit: 4 },
    { zoneId: 'vault', ...open, accompaniment: { withinSeconds: 10 } },
  ];
  t.same(Array.from(new Oracle(site({}, { zones })).unjudgedZones), ['lift', 'vault']);
});

t.test('the demo site covers every reason that can be judged', async (t) => {
  const demo = demoSite();
  const reasons = new Set<string>();
  for (const readAt of ['2026-11-25T03:00:00Z', '2026-11-28T12:00:00Z']) {
    for (const { readerId } of [...demo.readers, { readerId: 'unknown' }]) {
      const oracle = new Oracle(demo, { repeatWindowMs: 0 });
      for (const { cardId } of [...demo.cards, { cardId: 'unknown' }]) {
        for (let twice = 0; twice < 2; twice++) reasons.add(oracle.expect(swipe({ readerId, cardId, readAt })).reason);
      }
      reasons.add(oracle.expect(swipe({ readerId, readAt, cardId: 'unknown', duress: true })).reason);
    }
  }
  const others = ['denied-verification-timeout', 'denied-upper-occupancy-limit', 'denied-no-accompaniment'];
  t.same([...reasons, ...others].sort(), Object.keys(ACCESS_EVENTS).sort());
});

t.test('a permit lets its holder into its zone from a time until another', async (t) => {
  const holder = { employeeId: 'e-ann', name: 'Ann', active: true, accessLevelIds: [] };
  const permit = { zoneId: 'office', from: at(0), until: at(60_000), by: 'hanna', why: 'Audit' };
  const permitted = site({}, { employees: [{ ...holder, zonePermits: [permit] }] });
  const table: [offsetMs: number, readerId: string, AccessEvent][] = [
    [-1, 'office-in', 'denied-out-of-time-range'],
    [0, 'office-in', 'granted'],
    [59_999, 'office-in', 'granted'],
    [60_000, 'office-in', 'denied-zone-no-access-rights'],
    [0, 'lab-in', 'denied-zone-no-access-rights'],
  ];
  for (const [offsetMs, readerId, reason] of table) {
    t.match(
      new Oracle(permitted).expect(swipe({ readerId, readAt: at(offsetMs) })),
      { reason },
      `${offsetMs} ${readerId}`,
    );
  }
});
