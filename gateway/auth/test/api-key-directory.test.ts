import { setTimeout as delay } from 'node:timers/promises';
import { type ApiKey, hashApiKey, newApiKey } from '@swipegate/contract';
import { pino } from 'pino';
import t from 'tap';
import { ApiKeyCache } from '../api-key-directory.js';

const row: ApiKey = { keyHash: hashApiKey('real'), keyId: 'key-1', tenantId: 'acme', readerIds: ['north-in'] };

/** A cache whose reads of made-up keys end when the test wants. */
function cacheOf({ maxEntries = 10, maxAgeMs = 60_000, maxWaiting = 1_000 } = {}) {
  const reads = { real: 0, madeUp: 0, calls: 0 };
  const listed: string[] = [];
  const pending: (() => void)[] = [];
  const keys = new ApiKeyCache(
    {
      read(keyHashes) {
        const rows = keyHashes.includes(row.keyHash) ? [row] : [];
        reads.calls += 1;
        reads.real += rows.length;
        reads.madeUp += keyHashes.length - rows.length;
        return keyHashes.length === rows.length
          ? Promise.resolve(rows)
          : new Promise((resolve) => pending.push(() => resolve(rows)));
      },
      async *hashes() {
        yield listed;
      },
    },
    { maxEntries, maxAgeMs, maxWaiting },
  );
  return {
    keys,
    reads,
    listed,
    /** Looks up new made-up keys. */
    flood: (count: number) => Array.from({ length: count }, () => keys.find(hashApiKey(newApiKey()))),
    /** Answers all reads of made-up keys until `isDone`. */
    async answer(isDone: () => boolean): Promise<void> {
      while (!isDone()) {
        for (const each of pending.splice(0)) each();
        await delay(1);
      }
    },
  };
}

t.test('a known key neither queues behind made-up ones nor loses its place to them', async (t) => {
  // Each read key is too old at once, so that it must be read again.
  const { keys, reads, flood, answer } = cacheOf({ maxEntries: 1, maxAgeMs: 0 });
  const first = await keys.find(row.keyHash);
  const made = Promise.all(flood(200));
  t.equal(reads.madeUp, 1, 'one read at a time');
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

t.test('a listed key that the gateway has not read yet is not queued behind made-up ones', async (t) => {
  const { keys, listed, flood } = cacheOf({ maxWaiting: 10 });
  listed.push(row.keyHash);
  t.teardown(() => keys.stop());
  void keys.keepListed(pino({ level: 'silent' }));
  // The list of one page is read by microtasks.
  await new Promise(setImmediate);
  const made = Promise.allSettled(flood(1_300));
  t.match(await keys.find(row.keyHash), { keyId: 'key-1' }, 'at once, although the queue is full');
  void made;
});

t.test('without a list, keys are looked up', async (t) => {
  const logged: string[] = [];
  const keys = new ApiKeyCache(
    {
      read: async (keyHashes) => [row].filter(({ keyHash }) => keyHashes.includes(keyHash)),
      // biome-ignore lint/correctness/useYield: it fails before
      async *hashes() {
        throw new Error('AccessDenied');
      },
    },
    { maxEntries: 10, maxAgeMs: 60_000, maxWaiting: 10 },
  );
  t.teardown(() => keys.stop());
  void keys.keepListed(pino({}, { write: (line) => logged.push(line) }));
  t.match(await keys.find(row.keyHash), { keyId: 'key-1' });
  t.match(logged.join(), 'the list of API keys could not be read');
});

t.test('a real key that is new to all gets its turn in a flood, with the keys before it', async (t) => {
  const { keys, reads, flood, answer } = cacheOf();
  flood(150);
  let found: unknown;
  void keys.find(row.keyHash).then((principal) => {
    found = principal;
  });
  await answer(() => found !== undefined);
  t.match(found, { keyId: 'key-1' });
  t.equal(reads.calls, 3, '1, 100, and the rest');
  t.match(keys.peek(row.keyHash), { principal: { keyId: 'key-1' } });
});

t.test('the queue of unlisted keys is bounded', async (t) => {
  const { keys, flood } = cacheOf({ maxWaiting: 100 });
  flood(1 + 100);
  await t.rejects(keys.find('one more'), { code: 'LOOKUP_OVERLOAD' });
});

t.test('a key that waited too long is refused, those behind it are not', async (t) => {
  let nowMs = 1_000;
  t.intercept(performance, 'now', { value: () => nowMs });
  const { keys, flood, answer } = cacheOf();
  flood(1);
  const [late] = flood(1);
  nowMs += 5_001;
  let found: unknown;
  void keys.find(row.keyHash).then((principal) => {
    found = principal;
  });
  const refused = Promise.allSettled([late]);
  await answer(() => found !== undefined);
  t.match(await refused, [{ status: 'rejected', reason: { code: 'LOOKUP_OVERLOAD' } }]);
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
