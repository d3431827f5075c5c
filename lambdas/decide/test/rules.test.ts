import { ACCESS_EVENTS, type AccessEvent, type Place, type SwipeRecord } from '@swipegate/contract';
import t from 'tap';
import { decide, type Facts, type Verdict } from '../rules/rules.js';
import type { Presentation, ZoneFacts } from '../rules/zone-rules.js';
import { CLOCK, INDEX, MONDAY_9_UTC, SITE, swipeOf } from './small-site.js';

const at = (ms: number) => new Date(ms).toISOString();
const MINUTE = 60_000;

const EMPTY: ZoneFacts = { answer: undefined, othersInside: 0, presentations: [] };

function verdict(change: Partial<SwipeRecord>, inside?: Place, more: Partial<Facts> = {}): Verdict {
  const swipe = swipeOf(change);
  const card = SITE.cards.find(({ cardId }) => cardId === swipe.cardId);
  const employee = SITE.employees.find(({ employeeId }) => employeeId === card?.employeeId);
  const known = {
    site: INDEX,
    card,
    employee,
    inside,
    zone: EMPTY,
    history: undefined,
    forgivenAt: undefined,
    lostAt: undefined,
  };
  return decide({ swipe, ...known, clock: CLOCK, nowMs: MONDAY_9_UTC, answer: undefined, ...more });
}

function shown(change: Partial<Presentation> = {}): Presentation {
  return {
    employeeId: 'bob',
    readerId: 'pair-in',
    atMs: MONDAY_9_UTC,
    answer: 'denied-no-accompaniment',
    isHistory: false,
    ...change,
  };
}

function inZone(zoneId: string, sinceMs = MONDAY_9_UTC - 10 * MINUTE): Place {
  return { buildingId: 'b', zoneId, since: at(sinceMs), swipeId: swipeOf().swipeId };
}

interface Case {
  name: string;
  swipe: Partial<SwipeRecord>;
  inside?: Place;
  more?: Partial<Facts>;
  reason: AccessEvent;
}

// In the order of the rules: if two apply, the first one decides.
const TABLE: Case[] = [
  { name: 'unknown reader', swipe: { readerId: 'nowhere' }, reason: 'denied-point-no-access-rights' },
  {
    name: 'unknown reader, even going out',
    swipe: { readerId: 'nowhere', direction: 'out' },
    reason: 'denied-point-no-access-rights',
  },
  { name: 'going out', swipe: { readerId: 'hard-out' }, reason: 'granted' },
  { name: 'going out with a stolen card', swipe: { readerId: 'hard-out', cardId: 'stolen' }, reason: 'granted' },
  { name: 'going out with an unknown card', swipe: { readerId: 'hard-out', cardId: 'who' }, reason: 'granted' },
  { name: 'going out of a locked-down door', swipe: { readerId: 'locked-out' }, reason: 'granted' },
  { name: 'a two-way reader, out', swipe: { readerId: 'none-both', direction: 'out' }, reason: 'granted' },
  {
    name: 'a one-way reader in ignores direction "out"',
    swipe: { readerId: 'hard-in', direction: 'out', cardId: 'stolen' },
    reason: 'denied-authentication-factor-stolen',
  },
  { name: 'locked down', swipe: { readerId: 'locked' }, reason: 'denied-lockout' },
  { name: 'locked down, unknown card', swipe: { readerId: 'locked', cardId: 'who' }, reason: 'denied-lockout' },
  { name: 'free passage', swipe: { readerId: 'free', cardId: 'who' }, reason: 'granted' },
  { name: 'unknown card', swipe: { cardId: 'who' }, reason: 'denied-unknown-credential' },
  { name: 'suspended', swipe: { cardId: 'suspended' }, reason: 'denied-credential-manual-disable' },
  { name: 'lost', swipe: { cardId: 'lost' }, reason: 'denied-authentication-factor-lost' },
  { name: 'stolen', swipe: { cardId: 'stolen' }, reason: 'denied-authentication-factor-stolen' },
  { name: 'destroyed', swipe: { cardId: 'destroyed' }, reason: 'denied-authentication-factor-destroyed' },
  { name: 'revoked', swipe: { cardId: 'revoked' }, reason: 'denied-credential-disabled' },
  { name: 'not activated', swipe: { cardId: 'issued' }, reason: 'denied-credential-not-yet-active' },
  { name: 'not yet valid', swipe: { cardId: 'early' }, reason: 'denied-credential-not-yet-active' },
  { name: 'expired', swipe: { cardId: 'expired' }, reason: 'denied-credential-expired' },
  { name: 'expired at this very ms', swipe: { cardId: 'late' }, reason: 'denied-credential-expired' },
  { name: 'valid until the next ms', swipe: { cardId: 'late', readAt: at(MONDAY_9_UTC - 1) }, reason: 'granted' },
  { name: 'not linked', swipe: { cardId: 'unlinked' }, reason: 'denied-credential-unassigned' },
  { name: 'linked to an unknown employee', swipe: { cardId: 'orphan' }, reason: 'denied-credential-unassigned' },
  { name: 'cardholder inactive', swipe: { cardId: 'gone' }, reason: 'denied-no-access-rights' },
  { name: 'no access level', swipe: { cardId: 'nil' }, reason: 'denied-zone-no-access-rights' },
  {
    name: 'no level for this zone',
    swipe: { cardId: 'mona', readerId: 'soft-in' },
    reason: 'denied-zone-no-access-rights',
  },
  { name: 'in time', swipe: { cardId: 'mona' }, reason: 'granted' },
  {
    name: 'out of time',
    swipe: { cardId: 'mona', readAt: at(MONDAY_9_UTC + 2 * 60 * MINUTE) },
    reason: 'denied-out-of-time-range',
  },
  { name: 'holiday', swipe: { readAt: '2026-12-25T09:00:00Z' }, reason: 'denied-out-of-time-range' },
  {
    name: 'out of time, and inside already',
    swipe: { readAt: '2026-12-25T09:00:00Z' },
    inside: inZone('hard'),
    reason: 'denied-out-of-time-range',
  },
  { name: 'hard passback', swipe: {}, inside: inZone('hard'), reason: 'denied-passback' },
  { name: 'inside elsewhere', swipe: {}, inside: inZone('soft'), reason: 'granted' },
  { name: 'soft passback', swipe: { readerId: 'soft-in' }, inside: inZone('soft'), reason: 'passback-detected' },
  { name: 'no passback rule', swipe: { readerId: 'none-in' }, inside: inZone('none'), reason: 'granted' },
  {
    name: 'timed passback, 1 ms too early',
    swipe: { readerId: 'timed-in' },
    inside: inZone('timed', MONDAY_9_UTC - 5 * MINUTE + 1),
    reason: 'denied-passback',
  },
  {
    name: 'timed passback, over',
    swipe: { readerId: 'timed-in' },
    inside: inZone('timed', MONDAY_9_UTC - 5 * MINUTE),
    reason: 'granted',
  },
  {
    name: 'entry at the very ms that an operator forgave',
    swipe: {},
    inside: inZone('hard'),
    more: { forgivenAt: inZone('hard').since },
    reason: 'granted',
  },
  {
    name: 'entry after the forgiven time',
    swipe: {},
    inside: inZone('hard'),
    more: { forgivenAt: at(Date.parse(inZone('hard').since) - 1) },
    reason: 'denied-passback',
  },
  {
    name: 'soft, forgiven',
    swipe: { readerId: 'soft-in' },
    inside: inZone('soft'),
    more: { forgivenAt: at(MONDAY_9_UTC) },
    reason: 'granted',
  },
  {
    name: 'entry 1 ms before the daily forgiveness',
    swipe: { readerId: 'daily-in' },
    inside: inZone('daily', Date.parse('2026-11-23T03:00:00Z') - 1),
    reason: 'granted',
  },
  {
    name: 'entry at the daily forgiveness',
    swipe: { readerId: 'daily-in' },
    inside: inZone('daily', Date.parse('2026-11-23T03:00:00Z')),
    reason: 'denied-passback',
  },
  {
    name: 'one place left',
    swipe: { readerId: 'small-in' },
    more: { zone: { ...EMPTY, othersInside: 1 } },
    reason: 'granted',
  },
  {
    name: 'full',
    swipe: { readerId: 'small-in' },
    more: { zone: { ...EMPTY, othersInside: 2 } },
    reason: 'denied-upper-occupancy-limit',
  },
  {
    name: 'full, and soft passback before it',
    swipe: { readerId: 'small-in' },
    inside: inZone('small'),
    more: { zone: { ...EMPTY, othersInside: 2 } },
    reason: 'denied-upper-occupancy-limit',
  },
  {
    name: 'soft passback, and a place left',
    swipe: { readerId: 'small-in' },
    inside: inZone('small'),
    more: { zone: { ...EMPTY, othersInside: 1 } },
    reason: 'passback-detected',
  },
  {
    name: 'full, through a free door',
    swipe: { readerId: 'small-free' },
    more: { zone: undefined },
    reason: 'granted',
  },
  { name: 'full, going out', swipe: { readerId: 'small-out' }, more: { zone: undefined }, reason: 'granted' },
  {
    name: 'occupants unknown',
    swipe: { readerId: 'small-in' },
    more: { zone: undefined },
    reason: 'denied-upper-occupancy-limit',
  },
  { name: 'alone', swipe: { readerId: 'pair-in' }, reason: 'denied-no-accompaniment' },
  {
    name: 'presentations unknown',
    swipe: { readerId: 'pair-in' },
    more: { zone: undefined },
    reason: 'denied-no-accompaniment',
  },
  ...(
    [
      ['with company', {}, 'granted'],
      ['with company that went in', { answer: 'admitted' }, 'granted'],
      ['company just recent enough', { atMs: MONDAY_9_UTC - 30_000 }, 'granted'],
      ['company too long ago', { atMs: MONDAY_9_UTC - 30_001 }, 'denied-no-accompaniment'],
      ['company whose clock is ahead, just within the limit', { atMs: MONDAY_9_UTC + 30_000 }, 'granted'],
      ['company whose clock is too far ahead', { atMs: MONDAY_9_UTC + 30_001 }, 'denied-no-accompaniment'],
      ['their own other card', { employeeId: 'ann' }, 'denied-no-accompaniment'],
      ['company at another door', { readerId: 'pair-2' }, 'denied-no-accompaniment'],
      [
        'company that was refused because the zone was full',
        { answer: 'denied-upper-occupancy-limit' },
        'denied-no-accompaniment',
      ],
      ['company in history', { isHistory: true }, 'denied-no-accompaniment'],
    ] as const
  ).map(
    ([name, company, reason]): Case => ({
      name,
      swipe: { readerId: 'pair-in' },
      more: { zone: { ...EMPTY, presentations: [shown(company)] } },
      reason,
    }),
  ),
  {
    name: 'a full zone denies before the two-person rule',
    swipe: { readerId: 'vault-in' },
    more: { zone: { ...EMPTY, othersInside: 2 } },
    reason: 'denied-upper-occupancy-limit',
  },
  {
    name: 'an earlier grant stands although the zone is full now',
    swipe: { readerId: 'vault-in' },
    more: { zone: { ...EMPTY, othersInside: 2, answer: 'admitted' } },
    reason: 'granted',
  },
  {
    name: 'an earlier denial stands although a place is free now',
    swipe: { readerId: 'small-in' },
    more: { zone: { ...EMPTY, answer: 'denied-upper-occupancy-limit' } },
    reason: 'denied-upper-occupancy-limit',
  },
  { name: 'duress', swipe: { duress: true }, reason: 'duress' },
  { name: 'duress denied', swipe: { duress: true, readerId: 'nowhere' }, reason: 'denied-point-no-access-rights' },
  { name: 'no duress', swipe: { duress: false }, reason: 'granted' },
  { name: 'duress on the way out', swipe: { duress: true, readerId: 'hard-out' }, reason: 'duress' },
  {
    name: 'duress, and soft passback',
    swipe: { duress: true, readerId: 'soft-in' },
    inside: inZone('soft'),
    reason: 'duress',
  },
  { name: 'no rule denies', swipe: {}, reason: 'granted' },
];

const GRANTS: ReadonlySet<AccessEvent> = new Set(['granted', 'passback-detected', 'duress']);

t.test('the rules', async (t) => {
  for (const { name, swipe, inside, more, reason } of TABLE) {
    const { reason: decided, outcome } = verdict(swipe, inside, more);
    t.equal(decided, reason, name);
    t.equal(outcome, GRANTS.has(reason) ? 'granted' : 'denied', name);
    const recorded = verdict(swipe, inside, { ...more, history: 'late' });
    t.match(recorded, { outcome: 'recorded' }, `${name}: history is neither granted nor denied`);
  }
});

t.test('if several rules apply, they decide in the order of the contract', async (t) => {
  const full: Partial<Facts> = { zone: { ...EMPTY, othersInside: 2 } };
  const holiday = { readerId: 'vault-in', readAt: '2026-12-25T09:00:00Z' };
  // Each swipe passes the rules before its own and breaks some of the rules after it.
  const inOrder = [
    verdict({ readerId: 'nowhere', cardId: 'who' }),
    verdict({ readerId: 'locked-out', cardId: 'who' }),
    verdict({ readerId: 'locked', cardId: 'who' }),
    verdict({ cardId: 'who' }),
    ...['suspended', 'lost', 'stolen', 'destroyed', 'revoked', 'issued', 'expired'].map((cardId) =>
      verdict({ cardId }),
    ),
    verdict({ cardId: 'unlinked', ...holiday }, undefined, full),
    verdict({ cardId: 'gone', ...holiday }, undefined, full),
    verdict({ cardId: 'nil', ...holiday }, undefined, full),
    verdict({ readerId: 'hard-in', readAt: holiday.readAt }, inZone('hard')),
    verdict({ readerId: 'hard-in', answerBy: MONDAY_9_UTC - 1 }, inZone('hard')),
    verdict({ readerId: 'hard-in' }, inZone('hard')),
    verdict({ readerId: 'vault-in' }, undefined, full),
    verdict({ readerId: 'vault-in' }),
    verdict({ readerId: 'small-in' }, inZone('small')),
    verdict({ readerId: 'small-in', duress: true }, inZone('small')),
  ];
  t.same(
    inOrder.map(({ reason }) => reason),
    Object.keys(ACCESS_EVENTS),
  );
});

t.test('a decision that its reader no longer waits for does not let anyone in', async (t) => {
  const late = { answerBy: MONDAY_9_UTC - 1 };
  const timeout = { outcome: 'denied', reason: 'denied-verification-timeout' };
  t.match(verdict({ readerId: 'hard-in', ...late }), timeout);
  t.match(verdict({ readerId: 'hard-in', answerBy: MONDAY_9_UTC }), { outcome: 'granted' }, 'in time');
  t.match(verdict({ readerId: 'hard-out', ...late }), { outcome: 'granted' }, 'people always get out');
  t.match(verdict({ readerId: 'hard-in', ...late }, undefined, { history: 'late' }), {
    outcome: 'recorded',
    reason: 'granted',
  });
});

t.test('history is judged by the reader’s clock, as of then', async (t) => {
  const lastWeek = at(MONDAY_9_UTC - 7 * 24 * 60 * MINUTE);
  const offline = { readAt: lastWeek, receivedAt: at(MONDAY_9_UTC), offlineOutcome: 'granted' } as const;
  t.match(verdict(offline, undefined, { history: 'offline' }), {
    outcome: 'recorded',
    reason: 'granted',
    timeBasis: 'readAt',
    atMs: Date.parse(lastWeek),
  });
  t.match(verdict({ ...offline, duress: true }, undefined, { history: 'offline' }), {
    outcome: 'recorded',
    reason: 'duress',
  });
  t.equal(
    verdict(offline, inZone('hard'), { history: 'offline' }).reason,
    'granted',
    'the entry is later than the swipe',
  );
  t.equal(
    verdict(offline, inZone('hard', Date.parse(lastWeek)), { history: 'offline' }).reason,
    'denied-passback',
    'the cardholder was inside',
  );
  t.equal(
    verdict({ readAt: at(MONDAY_9_UTC - 11 * MINUTE), receivedAt: at(MONDAY_9_UTC - 9 * MINUTE) }, inZone('hard'))
      .reason,
    'denied-passback',
    'a slow clock does not undo an entry',
  );
  const company = { ...EMPTY, presentations: [shown({ isHistory: true })] };
  t.match(verdict({ readerId: 'pair-in' }, undefined, { history: 'offline', zone: company }), { reason: 'granted' });
});

t.test('the reader’s clock counts unless it is too far from the gateway’s', async (t) => {
  const receivedAt = at(MONDAY_9_UTC);
  const skewed = (ms: number) => verdict({ readAt: at(MONDAY_9_UTC + ms), receivedAt });
  t.match(skewed(-300_000), { timeBasis: 'readAt', atMs: MONDAY_9_UTC - 300_000 });
  t.match(skewed(300_000), { timeBasis: 'readAt' });
  t.match(skewed(-300_001), { timeBasis: 'receivedAt', atMs: MONDAY_9_UTC });
  t.match(skewed(300_001), { timeBasis: 'receivedAt', atMs: MONDAY_9_UTC });
  const stopped = verdict({ cardId: 'mona', readAt: '2026-11-16T09:00:00Z', receivedAt: '2026-11-23T18:00:00Z' });
  t.equal(stopped.reason, 'denied-out-of-time-range', 'a stopped clock does not open last week’s schedule');
  for (const readAt of ['2026-02-30T09:00:00Z', '2000-00-00T00:00:00Z', '2026-11-23T08:59:60Z']) {
    t.match(verdict({ readAt, receivedAt }), { timeBasis: 'receivedAt', atMs: MONDAY_9_UTC }, readAt);
  }
});

t.test('the clock of an offline reader counts, unless the swipe would be too old or from the future', async (t) => {
  const DAY = 24 * 60 * MINUTE;
  const receivedAt = at(MONDAY_9_UTC);
  const offline = (readAt: string) =>
    verdict({ readAt, receivedAt, offlineOutcome: 'granted' }, undefined, { history: 'offline' });
  t.match(offline(at(MONDAY_9_UTC - 31 * DAY)), { timeBasis: 'readAt', atMs: MONDAY_9_UTC - 31 * DAY });
  t.match(offline(at(MONDAY_9_UTC + 300_000)), { timeBasis: 'readAt' });
  for (const readAt of [
    at(MONDAY_9_UTC - 31 * DAY - 1),
    at(MONDAY_9_UTC + 300_001),
    '1970-01-01T00:00:00Z',
    '0000-01-01T00:00:00+01:00',
    '9999-12-31T23:59:59-23:59',
    '2000-00-00T00:00:00Z',
  ]) {
    t.match(offline(readAt), { timeBasis: 'receivedAt', atMs: MONDAY_9_UTC }, readAt);
  }
});

t.test('missing rows deny', async (t) => {
  const bare = { ...INDEX, zones: new Map(), buildings: new Map(), schedules: new Map() };
  for (const missing of ['zones', 'buildings', 'schedules', 'accessLevels', 'readers'] as const) {
    t.equal(verdict({}, undefined, { site: { ...INDEX, [missing]: new Map() } }).outcome, 'denied', missing);
  }
  t.equal(verdict({}, undefined, { site: bare }).outcome, 'denied');
});

t.test('a permit lets one person into one zone until a date, at any hour', async (t) => {
  const nil = SITE.employees.find(({ employeeId }) => employeeId === 'nil');
  const mona = SITE.employees.find(({ employeeId }) => employeeId === 'mona');
  const permit = {
    zoneId: 'hard',
    from: at(MONDAY_9_UTC),
    until: at(MONDAY_9_UTC + MINUTE),
    by: 'hanna',
    why: 'Audit',
  };
  const reasonOf = (change: Partial<SwipeRecord>, employee: Facts['employee']) =>
    verdict({ cardId: 'nil', ...change }, undefined, {
      employee: employee && { ...employee, zonePermits: [{ ...permit, zoneId: 'timed' }, permit] },
    }).reason;
  t.equal(reasonOf({}, nil), 'granted', 'from is inclusive');
  t.equal(reasonOf({ readAt: at(MONDAY_9_UTC + MINUTE - 1) }, nil), 'granted');
  t.equal(reasonOf({ readAt: at(MONDAY_9_UTC - 1) }, nil), 'denied-out-of-time-range', 'not yet');
  t.equal(reasonOf({ readAt: at(MONDAY_9_UTC + MINUTE) }, nil), 'denied-zone-no-access-rights', 'until is exclusive');
  t.equal(reasonOf({ readerId: 'soft-in' }, nil), 'denied-zone-no-access-rights', 'another zone');
  t.equal(reasonOf({ cardId: 'stolen' }, nil), 'denied-authentication-factor-stolen', 'other rules still apply');
  t.equal(reasonOf({}, nil && { ...nil, active: false }), 'denied-no-access-rights');
  t.equal(reasonOf({ readAt: at(MONDAY_9_UTC - 1) }, mona), 'granted', 'the access level still counts');
});
