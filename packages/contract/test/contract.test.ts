import t from 'tap';
import { AccessEvent, compile, Decision, DoorEvent, explain, hashApiKey, newApiKey, Swipe } from '../index.js';

const isSwipe = compile(Swipe);
const good = {
  swipeId: '01ARZ3NDEKTSV4RRFFQ69G5FAV',
  readerId: 'hq-north-in-1',
  cardId: 'card-00042',
  readAt: '2026-11-24T08:15:30.250+01:00',
};

t.test('a swipe has one form', async (t) => {
  t.ok(isSwipe(good), 'ULID');
  t.ok(isSwipe({ ...good, swipeId: '0193a1d2-7c1e-7000-8000-000000000001', direction: 'out' }), 'UUID');
  const table: [Record<string, unknown>, string, RegExp][] = [
    [{ ...good, swipeId: '01ARZ3NDEKTSV4RRFFQ69G5FAU!' }, 'swipeId', /UUID/],
    [{ ...good, cardId: '../etc' }, 'cardId', /form/],
    [{ ...good, cardId: 'x'.repeat(65) }, 'cardId', /form/],
    [{ ...good, readAt: '2026-11-24T08:15:30' }, 'readAt', /offset/],
    [{ ...good, readAt: 1764000000 }, 'readAt', /string/],
    [{ ...good, direction: 'sideways' }, 'direction', /in,out/],
    [{ ...good, extra: 1 }, 'extra', /not a member/],
  ];
  for (const [value, field, reason] of table) {
    t.notOk(isSwipe(value), field);
    t.match(explain(isSwipe.errors), { field, reason });
  }
});

t.test('a decision’s reason is one of the access events', async (t) => {
  const isReason = compile(AccessEvent);
  t.ok(isReason('denied-passback'));
  t.notOk(isReason('denied-because'));
  t.same(Decision.required.includes('reason'), true);
});

t.test('door events have a closed set of types', async (t) => {
  const isDoorEvent = compile(DoorEvent);
  const event = { eventId: good.swipeId, readerId: 'r', type: 'tamper', occurredAt: good.readAt };
  t.ok(isDoorEvent(event));
  t.notOk(isDoorEvent({ ...event, type: 'open' }));
});

t.test('keys are random and only their hash is kept', async (t) => {
  const key = newApiKey();
  t.match(key, /^sgk_[\w-]{43}$/);
  t.not(key, newApiKey());
  t.match(hashApiKey(key), /^[0-9a-f]{64}$/);
});
