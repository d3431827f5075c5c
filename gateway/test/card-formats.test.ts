import { compile, SwipeMessage } from '@swipegate/contract';
import { isUnreadCardId } from '@swipegate/contract/cards/card-number';
import fc from 'fast-check';
import t from 'tap';
import { Account } from '../auth/account.js';
import type { Principal } from '../auth/api-key-directory.js';
import { SWIPE_ITEMS } from '../intake/item-kinds.js';
import { Rejection } from '../intake/rejection.js';
import { decisionFor, NUMBERED_KEY, swipe, testApp } from './test-app.js';

const headers = { authorization: `Bearer ${NUMBERED_KEY}`, 'content-type': 'application/json' };
/** One card, as three makes of reader send it. */
const SENT = [
  { readerId: 'hex', cardId: '04 A1 B2 C3' },
  { readerId: 'decimal', cardId: '3283263748' },
  { readerId: 'bits', cardId: '161,45763' },
];

t.test('one card has one id and one partition key at readers of all formats', async (t) => {
  const { app, sink } = await testApp();
  t.teardown(() => app.close());
  const url = '/v1/swipes';
  const answer = await app.inject({ method: 'POST', url, headers, payload: JSON.stringify(SENT.map(swipe)) });
  t.match(answer.json(), { accepted: 3, rejected: [] });
  for (const each of SENT) await app.inject({ method: 'POST', url, headers, payload: swipe(each) });
  const expected = SENT.map(({ readerId, cardId }) => ({
    partitionKey: 'acme/w26-161-45763',
    record: { readerId, cardId: 'w26-161-45763', cardNumber: cardId },
  }));
  t.match(sink.puts, [...expected, ...expected], 'the number as sent is on record');
  t.equal(sink.puts.length, 6);

  await app.inject({ method: 'POST', url, headers, payload: JSON.stringify([swipe({ readerId: 'plain' })]) });
  t.equal(sink.puts.at(-1)?.partitionKey, 'acme/card-1', 'a reader without a format sends ids');
  t.notOk('cardNumber' in (sink.puts.at(-1)?.record ?? {}));
});

t.test('a number that cannot be read is taken under an id that no card has', async (t) => {
  const { app, sink } = await testApp();
  t.teardown(() => app.close());
  const post = (fields: Record<string, unknown>) =>
    app.inject({ method: 'POST', url: '/v1/swipes', headers, payload: swipe(fields) });
  t.equal((await post({ readerId: 'hex', cardId: 'card-00042' })).statusCode, 202);
  t.match(sink.puts, [
    { partitionKey: 'acme/unread-card-00042', record: { cardId: 'unread-card-00042', cardNumber: 'card-00042' } },
  ]);
  t.equal((await post({ readerId: 'bits', cardId: 'é"\\\n' })).statusCode, 202);
  t.match(sink.puts.at(-1), { record: { cardId: 'unread--', cardNumber: '????' } });
  // 1 in the last bit is the wrong parity.
  t.equal((await post({ readerId: 'bits', cardId: '00101101000000001010001001' })).statusCode, 202);
  t.match(sink.puts.at(-1), { record: { cardId: 'unread-00101101000000001010001001' } });
});

t.test('a reader cannot send the number as sent, nor one of no or any length', async (t) => {
  const { app, sink } = await testApp();
  t.teardown(() => app.close());
  for (const readerId of ['hex', 'plain']) {
    const payload = swipe({ readerId, cardId: '04A1B2C3', cardNumber: '04A1B2C4' });
    const answer = await app.inject({ method: 'POST', url: '/v1/swipes', headers, payload });
    t.match(answer.json(), { code: 'invalid-item', field: 'cardNumber' });
  }
  for (const cardId of ['', '0'.repeat(129), 77_705_923]) {
    const payload = swipe({ readerId: 'hex', cardId });
    const answer = await app.inject({ method: 'POST', url: '/v1/swipes', headers, payload });
    t.match(answer.json(), { code: 'invalid-item', field: 'cardId' });
  }
  const foreign = swipe({ readerId: 'north-in', cardId: '04A1B2C3' });
  const answer = await app.inject({ method: 'POST', url: '/v1/swipes', headers, payload: foreign });
  t.match(answer.json(), { code: 'reader-not-allowed' });
  t.equal(sink.puts.length, 0);
});

t.test('a reader that waits gets the decision, and finds it by the number that it sent', async (t) => {
  const { app, hub, sink, stored } = await testApp();
  t.teardown(() => app.close());
  const posted = swipe({ readerId: 'hex', cardId: '04:A1:B2:C3' });
  const decision = decisionFor(posted, { cardId: 'w26-161-45763' });
  sink.answer = async () => {
    await null;
    hub.publish(decision);
  };
  const payload = JSON.stringify(posted);
  const answer = await app.inject({
    method: 'POST',
    url: '/v1/swipes',
    headers: { ...headers, prefer: 'wait=5' },
    payload,
  });
  t.match([answer.statusCode, answer.json()], [200, { cardId: 'w26-161-45763', outcome: 'granted' }]);
  stored.push(decision);
  for (const cardId of ['04:A1:B2:C3', '04a1b2c3', 'w26-161-45763']) {
    const query = new URLSearchParams({ cardId }).toString();
    const found = await app.inject({ url: `/v1/swipes/${posted['swipeId']}/decision?${query}`, headers });
    t.match([found.statusCode, found.json()], [200, { swipeId: posted['swipeId'] }], cardId);
  }
  const other = await app.inject({ url: `/v1/swipes/${posted['swipeId']}/decision?cardId=04A1B2C4`, headers });
  t.equal(other.statusCode, 404);
});

t.test('whatever a reader with a format sends, its record can be read', async () => {
  const isSwipeMessage = compile(SwipeMessage);
  const principal: Principal = {
    keyId: 'key',
    tenantId: 'acme',
    role: 'reader',
    readerIds: new Set(['bits']),
    cardNumbering: { formats: new Map([['bits', 'wiegand-26']]), numbers: 'full' },
    endsMs: Number.POSITIVE_INFINITY,
    account: new Account(),
  };
  const encoder = SWIPE_ITEMS.encoder(principal, Date.now());
  fc.assert(
    fc.property(fc.string({ minLength: 1, maxLength: 60, unit: 'binary' }), (cardId) => {
      const item = SWIPE_ITEMS.read(swipe({ readerId: 'bits', cardId }), principal);
      if (item instanceof Rejection) return false;
      const message: unknown = JSON.parse(encoder.record(item));
      return isSwipeMessage(message) && (isUnreadCardId(message.cardId) || message.cardId.startsWith('w26-'));
    }),
  );
});
