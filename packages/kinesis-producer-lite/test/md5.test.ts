import { createHash } from 'node:crypto';
import fc from 'fast-check';
import t from 'tap';
import { md5OfAll } from '../format/md5/md5.js';

function oneByOne(messages: readonly Uint8Array[]): string[] {
  return messages.map((message) => createHash('md5').update(message).digest('hex'));
}

function sideBySide(messages: readonly Uint8Array[]): string[] {
  return md5OfAll(messages).map((digest) => digest.toString('hex'));
}

t.test('digests equal those of node:crypto for any lengths and any number of messages', async () => {
  const message = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    // Around block ends, where the padding just fits or does not.
    fc.tuple(fc.integer({ min: 0, max: 4 }), fc.integer({ min: -10, max: 2 })).map(([blocks, more]) => {
      return new Uint8Array(Math.max(0, 64 * blocks + more)).fill(0xa5);
    }),
  );
  fc.assert(
    fc.property(fc.array(message, { maxLength: 40 }), (messages) => {
      return sideBySide(messages).join() === oneByOne(messages).join();
    }),
    { numRuns: 2_000 },
  );
});

t.test('every length from 0, and lengths that need more memory than before', async (t) => {
  const bytes = Uint8Array.from({ length: 1_048_576 }, (_, i) => (i * 31 + (i >> 8)) & 0xff);
  const lengths = [...Array.from({ length: 300 }, (_, i) => i), 51_200, 3, 200_000, bytes.length, 64];
  for (const count of [lengths.length, 3, 1]) {
    const messages = lengths.slice(-count).map((length) => bytes.subarray(0, length));
    t.same(sideBySide(messages), oneByOne(messages));
  }
  t.same(sideBySide([]), []);
});
