import type { Change, ChangeContent, Reader } from '@swipegate/contract';
import t from 'tap';
import { SiteChanges } from '../site-changes.js';

const AT = '2026-11-23T09:00:00.000Z';
const later = { readAt: '2026-11-23T09:30:00.000Z' };
const SITE = {
  cards: [
    { cardId: 'a', status: 'active', employeeId: 'ann' },
    { cardId: 'b', status: 'active', employeeId: 'bob' },
  ] as const,
};

function after(content: ChangeContent) {
  const change: Change = {
    changeId: '00000000-0000-4000-8000-000000000000',
    tenantId: 'acme',
    requestedAt: AT,
    by: { userId: 'u', userName: 'u' },
    why: 'test',
    content,
  };
  const changes = new SiteChanges([change], { cards: [...SITE.cards], readers: [] });
  return (cardId: string, readerId = 'r', readAt = later.readAt) => changes.concern({ cardId, readerId, readAt });
}

t.test('a change concerns later swipes of its card, its holder’s cards or its reader', async (t) => {
  const lost = after({ type: 'change-card', action: 'lost', cardId: 'a' });
  t.same([lost('a'), lost('b')], [true, false]);
  t.equal(lost('a', 'r', '2026-11-23T08:59:00.000Z'), false, 'long before it');
  t.equal(lost('a', 'r', '2026-11-23T08:59:59.000Z'), true, 'just before it: the decision may come after it');
  const person = after({
    type: 'set-employee',
    employee: { employeeId: 'bob', name: 'B', active: false, accessLevelIds: [] },
  });
  t.same([person('a'), person('b')], [false, true]);
  const reader = after({ type: 'remove-reader', readerId: 'r' });
  t.same([reader('a', 'r'), reader('a', 'other')], [true, false]);
  const schedule = after({ type: 'remove-schedule', scheduleId: 's' });
  t.same([schedule('a', 'r'), schedule('b', 'other')], [true, true]);
  const lockdown = after({ type: 'start-lockdown', lockdownId: 'l', locks: [{}] });
  t.same([lockdown('a', 'r'), lockdown('b', 'other')], [true, true]);
  const antiPassback = { mode: 'none' } as const;
  const zone = after({ type: 'set-zone', zone: { zoneId: 'z', buildingId: 'b', name: 'Z', antiPassback } });
  t.same([zone('a', 'r'), zone('b', 'other')], [true, true]);
  const building = after({ type: 'set-building', building: { buildingId: 'b', name: 'B', timeZone: 'Etc/UTC' } });
  t.equal(building('a', 'r'), true, 'a time zone moves schedules');
  const key = after({ type: 'revoke-reader-key', readerId: 'r', keyId: 'k' });
  t.equal(key('a', 'r'), false);
});

t.test(
  'a swipe at a reader with a card format is not judged, and found under the id that the format makes',
  async (t) => {
    const place = { door: 'd', buildingId: 'b', zoneId: 'z', direction: 'in', mode: 'normal' } as const;
    const reader: Reader = { readerId: 'hex', ...place, cardFormat: 'uid-hex' };
    const set: Change = {
      changeId: '00000000-0000-4000-8000-000000000001',
      ...{ tenantId: 'acme', requestedAt: AT, by: { userId: 'u', userName: 'u' }, why: 'test' },
      content: { type: 'set-reader', reader: { readerId: 'later', ...place, cardFormat: 'wiegand-26' } },
    };
    const changes = new SiteChanges([set], { cards: [], readers: [reader, { readerId: 'plain', ...place }] });
    t.same(changes.cardIdsOf({ cardId: '04A1B2C3', readerId: 'hex' }), ['04A1B2C3', 'uid-04a1b2c3', 'w26-161-45763']);
    t.same(changes.cardIdsOf({ cardId: 'card-00042', readerId: 'later' }), ['card-00042', 'unread-card-00042']);
    t.same(changes.cardIdsOf({ cardId: 'card-00042', readerId: 'plain' }), ['card-00042']);
    const concern = (readerId: string, readAt: string) => changes.concern({ cardId: 'a', readerId, readAt });
    t.equal(concern('hex', '2026-11-20T09:00:00Z'), true, 'from the start');
    t.same([concern('later', '2026-11-20T09:00:00Z'), concern('later', later.readAt)], [false, true]);
    t.equal(concern('plain', later.readAt), false);
  },
);
