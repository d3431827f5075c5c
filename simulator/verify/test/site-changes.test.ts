import type { Change, ChangeContent } from '@swipegate/contract';
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
  const changes = new SiteChanges([change], { cards: [...SITE.cards] });
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
  const antiPassback = { mode: 'none' } as const;
  const zone = after({ type: 'set-zone', zone: { zoneId: 'z', buildingId: 'b', name: 'Z', antiPassback } });
  t.same([zone('a', 'r'), zone('b', 'other')], [true, true]);
  const building = after({ type: 'set-building', building: { buildingId: 'b', name: 'B', timeZone: 'Etc/UTC' } });
  t.equal(building('a', 'r'), true, 'a time zone moves schedules');
  const key = after({ type: 'revoke-reader-key', readerId: 'r', keyId: 'k' });
  t.equal(key('a', 'r'), false);
});
