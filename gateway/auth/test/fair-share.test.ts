import fc from 'fast-check';
import t from 'tap';
import { Account } from '../account.js';
import { FairShare } from '../fair-share.js';

const KEYS = 6;

/** Keys of three tenants, two of each. */
function accounts(): Account[] {
  const tenants = [new Account(), new Account(), new Account()];
  return Array.from({ length: KEYS }, (_, i) => new Account(tenants[i % 3]));
}

t.test('no key and no tenant exceeds its share, and a new one finds room', async (t) => {
  const step = fc.record({ key: fc.nat(KEYS - 1), amount: fc.integer({ min: 1, max: 50 }), isEnd: fc.boolean() });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1_000 }), fc.array(step, { maxLength: 300 }), (max, steps) => {
      const share = new FairShare(max);
      const all = accounts();
      const held: { key: number; amount: number }[] = [];
      for (const { key, amount, isEnd } of steps) {
        if (isEnd) {
          const ended = held.pop();
          if (ended !== undefined) share.release(ended.amount, all[ended.key]?.bytes);
          continue;
        }
        const bytes = all[key]?.bytes;
        const before = bytes?.held ?? 0;
        const bound = share.exceeded(amount, bytes);
        if (bound !== undefined) continue;
        share.take(amount, bytes);
        held.push({ key, amount });
        const free = share.max - share.held;
        if (free < 0) return false;
        if (before > 0 && before + amount > (3 * free) / 8) return false;
      }
      const sum = held.reduce((total, { amount }) => total + amount, 0);
      return share.held === sum && all.reduce((total, { bytes }) => total + bytes.held, 0) === sum;
    }),
  );
  const share = new FairShare(1_000);
  const [first, second, third] = accounts();
  const fill = (account: Account | undefined) => {
    let taken = 0;
    for (; share.exceeded(1, account?.requests) === undefined; taken++) share.take(1, account?.requests);
    return taken;
  };
  t.equal(fill(first), 250, 'a single key: a quarter');
  t.equal(fill(second), 187, 'one of another tenant: a quarter of the rest');
  t.equal(fill(third), 140);
  const tenant = new Account();
  const fresh = new FairShare(1_000);
  const ofKeys: number[] = [];
  for (let i = 0; i < 5; i++) {
    const { requests } = new Account(tenant);
    for (; fresh.exceeded(1, requests) === undefined; ) fresh.take(1, requests);
    ofKeys.push(requests.held);
  }
  t.same(ofKeys, [250, 166, 111, 74, 49], 'keys of one tenant: each finds room');
  let ofTenant = ofKeys.reduce((sum, held) => sum + held, 0);
  for (let i = 0; i < 1_000; i++) {
    const { requests } = new Account(tenant);
    if (fresh.exceeded(1, requests) !== undefined) continue;
    fresh.take(1, requests);
    ofTenant += 1;
  }
  t.equal(ofTenant, 750, 'a tenant with many keys: three quarters');
  t.equal(fresh.exceeded(1, new Account(tenant).requests), 'tenant');
  t.equal(fresh.exceeded(250, new Account().requests), undefined, 'another tenant');
  t.equal(fresh.exceeded(251, new Account().requests), 'all');
});

t.test('a key gets its requests per second, each second', async (t) => {
  const account = new Account();
  const within = (nowMs: number) => [1, 2, 3].map(() => account.isWithinRate(2, nowMs));
  t.same(within(5_000), [true, true, false]);
  t.same(within(5_999), [false, false, false]);
  t.same(within(6_000), [true, true, false]);
});
