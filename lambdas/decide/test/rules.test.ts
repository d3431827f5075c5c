import t from 'tap';
import type { AccessEvent, Place, SwipeRecord } from '../../../gateway/contract/index.js';
import { placeAfter } from '../presence.js';
import { decide, type Verdict } from '../rules.js';
import { INDEX, MONDAY_9_UTC, SITE, swipeOf } from './small-site.js';

const at = (ms: number) => new Date(ms).toISOString();
const MINUTE = 60_000;

function verdict(change: Partial<SwipeRecord>, inside?: Place): Verdict {
  const swipe = swipeOf(change);
  const card = SITE.cards.find(({ cardId }) => cardId === swipe.cardId);
  const employee = SITE.employees.find(({ employeeId }) => employeeId === card?.employeeId);
  return decide({ swipe, site: INDEX, card, employee, inside, maxClockSkewMs: 300_000 });
}

function inZone(zoneId: string, sinceMs = MONDAY_9_UTC - 10 * MINUTE): Place {
  return { buildingId: 'b', zoneId, since: at(sinceMs), swipeId: swipeOf().swipeId };
}

interface Case {
  name: string;
  swipe: Partial<SwipeRecord>;
  inside?: Place;
  reason: AccessEvent;
}

// In the order of the rules: where two apply, the first one speaks.
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
  { name: 'a reader of both ways, out', swipe: { readerId: 'none-both', direction: 'out' }, reason: 'granted' },
  {
    name: 'a reader that lets in does not believe "out"',
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
  { name: 'revoked', swipe: { cardId: 'revoked' }, reason: 'denied-credential-disabled' },
  { name: 'not activated', swipe: { cardId: 'issued' }, reason: 'denied-credential-not-yet-active' },
  { name: 'not yet valid', swipe: { cardId: 'early' }, reason: 'denied-credential-not-yet-active' },
  { name: 'expired', swipe: { cardId: 'expired' }, reason: 'denied-credential-expired' },
  { name: 'valid no longer, to the ms', swipe: { cardId: 'late' }, reason: 'denied-credential-expired' },
  { name: 'still valid, to the ms', swipe: { cardId: 'late', readAt: at(MONDAY_9_UTC - 1) }, reason: 'granted' },
  { name: 'linked to nobody', swipe: { cardId: 'unlinked' }, reason: 'denied-credential-unassigned' },
  { name: 'linked to somebody unknown', swipe: { cardId: 'orphan' }, reason: 'denied-credential-unassigned' },
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
    name: 'timed passback, a ms too early',
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
  { name: 'nothing against it', swipe: {}, reason: 'granted' },
];

t.test('the rules', async (t) => {
  for (const { name, swipe, inside, reason } of TABLE) {
    const { reason: decided, outcome } = verdict(swipe, inside);
    t.equal(decided, reason, name);
    t.equal(outcome, reason === 'granted' || reason === 'passback-detected' ? 'granted' : 'denied', name);
  }
});

t.test('time: the reader’s, unless it is too far from the gateway’s', async (t) => {
  const receivedAt = at(MONDAY_9_UTC);
  const skewed = (ms: number) => verdict({ readAt: at(MONDAY_9_UTC + ms), receivedAt });
  t.match(skewed(-300_000), { timeBasis: 'readAt', atMs: MONDAY_9_UTC - 300_000 });
  t.match(skewed(300_000), { timeBasis: 'readAt' });
  t.match(skewed(-300_001), { timeBasis: 'receivedAt', atMs: MONDAY_9_UTC });
  t.match(skewed(300_001), { timeBasis: 'receivedAt', atMs: MONDAY_9_UTC });
  const stopped = verdict({ cardId: 'mona', readAt: '2026-11-16T09:00:00Z', receivedAt: '2026-11-23T18:00:00Z' });
  t.equal(stopped.reason, 'denied-out-of-time-range', 'a stopped clock does not open last week’s schedule');
});

t.test('missing rows deny', async (t) => {
  const bare = { ...INDEX, zones: new Map(), buildings: new Map(), schedules: new Map() };
  const facts = { swipe: swipeOf(), card: SITE.cards[0], employee: SITE.employees[0], inside: undefined };
  for (const missing of ['zones', 'buildings', 'schedules', 'accessLevels', 'readers'] as const) {
    const site = { ...INDEX, [missing]: new Map() };
    t.equal(decide({ ...facts, site, maxClockSkewMs: 0 }).outcome, 'denied', missing);
  }
  t.equal(decide({ ...facts, site: bare, maxClockSkewMs: 0 }).outcome, 'denied');
});

t.test('where the holder is afterwards', async (t) => {
  const move = (change: Partial<SwipeRecord>, inside?: Place) => {
    const swipe = swipeOf(change);
    return placeAfter(inside, swipe, INDEX.readers.get(swipe.readerId), verdict(change, inside));
  };
  t.match(move({}), { zoneId: 'hard', since: at(MONDAY_9_UTC), swipeId: swipeOf().swipeId });
  t.equal(move({ readerId: 'hard-out' }, inZone('hard')), undefined, 'outdoors');
  t.match(
    move({ readerId: 'none-both', direction: 'out' }, inZone('none')),
    { zoneId: 'hard' },
    'the zone before the door',
  );
  t.match(move({}, inZone('hard')), inZone('hard'), 'a denial moves nobody');
  t.match(move({ readerId: 'soft-in' }, inZone('soft')), { since: at(MONDAY_9_UTC) }, 'a flagged grant is a new entry');
  t.match(move({ readerId: 'free', cardId: 'who' }), { zoneId: 'none' });
});
