import { type Decision, MOST_LATEST_DENIALS } from '@swipegate/contract';
import t from 'tap';
import { decisionFor, KEY, OPERATOR_KEY, swipe, testApp } from '../../test/test-app.js';
import { LatestDenials } from '../latest-denials.js';

const denied = (fields: Partial<Decision> = {}): Decision =>
  decisionFor(swipe(), { outcome: 'denied', reason: 'denied-passback', ...fields });

t.test('keeps only denials, newest first, each once, up to its limit', async (t) => {
  const latest = new LatestDenials();
  const many = Array.from({ length: MOST_LATEST_DENIALS + 5 }, () => denied());
  latest.note([decisionFor(swipe()), ...many]);
  latest.note(many.slice(-3));
  t.same(latest.of('acme', 1_000), many.slice(5).reverse());
  t.same(latest.of('acme', 2), many.slice(-2).reverse());
});

t.test('an operator reads the denials of its own tenant only', async (t) => {
  const { app, hub } = await testApp();
  t.teardown(() => app.close());
  const ours = denied();
  hub.publishAll([denied({ tenantId: 'globex' }), ours]);
  const ask = (query: string, key = OPERATOR_KEY) =>
    app.inject({ url: `/v1/denials${query}`, headers: { authorization: `Bearer ${key}` } });
  const answer = await ask('');
  t.equal(answer.statusCode, 200);
  t.match(answer.json(), { items: [{ swipeId: ours.swipeId, reason: 'denied-passback' }] });
  t.equal(answer.json().items.length, 1);
  t.match((await ask('?limit=0')).json(), { code: 'bad-request', field: 'limit' });
  t.match((await ask('', KEY)).json(), { code: 'wrong-key-role' });
});
