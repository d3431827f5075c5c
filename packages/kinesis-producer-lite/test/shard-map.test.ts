import { createHash } from 'node:crypto';
import fc from 'fast-check';
import t from 'tap';
import { hashKeyOf, MAX_HASH_KEY, type Shard, ShardMap } from '../api/shard-map.js';
import { md5Hex } from '../format/md5/md5.js';

const seed = 20_261_124;

function shardsAt(starts: readonly bigint[]): Shard[] {
  const sorted = [...new Set([0n, ...starts])].sort((a, b) => (a < b ? -1 : 1));
  return sorted.map((start, i) => {
    const next = sorted[i + 1];
    return { id: `shard-${i}`, start, end: next === undefined ? MAX_HASH_KEY : next - 1n, open: true };
  });
}

function reference(shards: readonly Shard[], hashKey: bigint): number {
  return shards.findIndex((shard) => hashKey >= shard.start && hashKey <= shard.end);
}

t.test('a key maps to the shard whose range contains its MD5', async (t) => {
  const hashKeys = fc.bigInt({ min: 0n, max: MAX_HASH_KEY });
  fc.assert(
    fc.property(fc.array(hashKeys, { maxLength: 40 }), fc.array(fc.string({ minLength: 1 })), (starts, keys) => {
      const shards = shardsAt(starts);
      const map = new ShardMap(shards.toReversed());
      return keys.every((key) => {
        const hashKey = BigInt(`0x${createHash('md5').update(key, 'utf8').digest('hex')}`);
        return map.indexOf(key) === reference(shards, hashKey) && hashKeyOf(key) === hashKey;
      });
    }),
    { seed, numRuns: 300 },
  );
  t.pass();
});

t.test('keys that share their upper 48 bits with a boundary are placed exactly', async (t) => {
  for (const key of ['a', 'card-17', 'é', '中']) {
    const hashKey = hashKeyOf(key);
    const shards = shardsAt([hashKey - 2n, hashKey, hashKey + 1n, hashKey + 2n]);
    const map = new ShardMap(shards);
    t.equal(map.indexOf(key), reference(shards, hashKey), key);
    t.equal(map.open[map.indexOf(key)]?.start, hashKey, key);
    const below = shardsAt([hashKey + 1n]);
    t.equal(new ShardMap(below).indexOf(key), 0, 'the start just above the key is not its shard');
  }
});

t.test('the ends of the hash key space', async (t) => {
  const map = new ShardMap(shardsAt([2n ** 127n]));
  t.equal(map.indexOfHashKey(0n), 0);
  t.equal(map.indexOfHashKey(2n ** 127n - 1n), 0);
  t.equal(map.indexOfHashKey(2n ** 127n), 1);
  t.equal(map.indexOfHashKey(MAX_HASH_KEY), 1);
});

t.test('closed shards can be found by id and take no keys', async (t) => {
  const [left, right] = shardsAt([2n ** 127n]);
  const parent: Shard = { id: 'parent', start: 0n, end: MAX_HASH_KEY, open: false };
  const map = new ShardMap([parent, ...[left, right].filter((shard) => shard !== undefined)]);
  t.same(
    map.open.map((shard) => shard.id),
    ['shard-0', 'shard-1'],
  );
  t.equal(map.get('parent'), parent);
});

t.test('a map with a gap, an overlap or no open shard is rejected', async (t) => {
  const shard = (id: string, start: bigint, end: bigint): Shard => ({ id, start, end, open: true });
  t.throws(() => new ShardMap([shard('a', 0n, 9n), shard('b', 11n, MAX_HASH_KEY)]), RangeError);
  t.throws(() => new ShardMap([shard('a', 0n, 9n), shard('b', 9n, MAX_HASH_KEY)]), RangeError);
  t.throws(() => new ShardMap([shard('a', 0n, 9n)]), RangeError);
  t.throws(() => new ShardMap([]), RangeError);
});

t.test('MD5 as 32 hex digits', async (t) => {
  t.equal(md5Hex('a'), '0cc175b9c0f1b6a831c399e269772661');
});
