import { type ApiKey, hashApiKey } from '@swipegate/contract';
import t from 'tap';
import { ApiKeyCache } from '../api-key-directory.js';

const row: ApiKey = { keyHash: hashApiKey('real'), keyId: 'key-1', tenantId: 'acme', readerIds: ['north-in'] };

/** A cache whose reads of made-up keys end when the test wants. */
function cacheOf({ maxEntries = 10, maxAgeMs = 60_000 } = {}) {
  const reads = { real: 0, madeUp: 0 };
  const pending: (() => void)[] = [];
  const keys = new ApiKeyCache(
    (keyHash) => {
      if (keyHash === row.keyHash) {
        reads.real += 1;
        return Promise.resolve(row);
      }
      reads.madeUp += 1;
      return new Promise((resolve) => pending.push(() => resolve(undefined)));
    },
    { maxEntries, maxAgeMs },
  );
  let made = 0;
  return {
    keys,
    reads,
    /** Looks up new made-up keys. */
    flood: (count: number) => Array.from({ length: count }, () => keys.find(`made-up ${++made}`)),
    /** Answers all reads of made-up keys until `isDone`. */
    async answer(isDone: () => boolean): Promise<void> {
      while (!isDone()) {
        for (const each of pending.splice(0)) each();
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
    },
  };
}

t.test('a known key neither queues behind made-up ones nor loses its place to them', async (t) => {
  // Each read key is too old at once, so that it must be read again.
  const { keys, reads, flood, answer } = cacheOf({ maxEntries: 1, maxAgeMs: 0 });
  const first = await keys.find(row.keyHash);
  const made = Promise.all(flood(200));
  t.equal(reads.madeUp, 16, 'few reads at a time');
  t.match(await keys.find(row.keyHash), { keyId: 'key-1' }, 'read while all of them wait');
  t.equal(reads.real, 2);
  t.equal((await keys.find(row.keyHash))?.account, first?.account, 'on the same account');
  let done = false;
  void made.then(() => {
    done = true;
  });
  await answer(() => done);
  t.equal(reads.madeUp, 200);
  flood(16);
  t.match(await keys.find(row.keyHash), { keyId: 'key-1' }, 'still known');
});

t.test('a real key that is new to the gateway gets its turn in a flood', async (t) => {
  const { keys, flood, answer } = cacheOf();
  flood(150);
  let found: unknown;
  void keys.find(row.keyHash).then((principal) => {
    found = principal;
  });
  await answer(() => found !== undefined);
  t.match(found, { keyId: 'key-1' });
  t.match(keys.peek(row.keyHash), { principal: { keyId: 'key-1' } });
});

t.test('the queue of unknown keys is bounded', async (t) => {
  const { keys, flood } = cacheOf();
  flood(16 + 1_024);
  await t.rejects(keys.find('one more'), { code: 'LOOKUP_OVERLOAD' });
});

t.test('a key in use is read again before it is too old', async (t) => {
  let nowMs = 1_000;
  t.intercept(performance, 'now', { value: () => nowMs });
  const { keys, reads } = cacheOf({ maxAgeMs: 60_000 });
  await keys.find(row.keyHash);
  nowMs += 44_000;
  t.ok(keys.peek(row.keyHash));
  t.equal(reads.real, 1);
  nowMs += 2_000;
  t.ok(keys.peek(row.keyHash), 'without a wait');
  t.equal(reads.real, 2);
  await keys.find(row.keyHash);
  nowMs += 59_000;
  t.ok(keys.peek(row.keyHash), 'its age begins again');
  await keys.find(row.keyHash);
  nowMs += 60_000;
  t.equal(keys.peek(row.keyHash), undefined, 'a key that was not in use is read before it is used');
});
