import fc from 'fast-check';
import t from 'tap';
import { ForwardingSink } from '../forwarding-sink.js';
import { PackedRecords, unpack } from '../messages.js';

t.test('packed records are unpacked in order', async (t) => {
  const records = fc.array(
    fc.tuple(
      fc.string({ unit: 'grapheme', maxLength: 200 }),
      fc.oneof(fc.string({ unit: 'grapheme' }), fc.uint8Array()),
    ),
  );
  const packed = new PackedRecords();
  fc.assert(
    fc.property(records, fc.nat({ max: 40_000 }), (input, large) => {
      const all = [...input, ['large', 'x'.repeat(large)] as const];
      for (const [key, data] of all) packed.add(key, data);
      const found: [string, string][] = [];
      unpack(packed.take(), (key, data) => found.push([key, Buffer.from(data).toString('hex')]));
      const expected = all.map(([key, data]) => [key, Buffer.from(data).toString('hex')]);
      return JSON.stringify(found) === JSON.stringify(expected) && packed.length === 0;
    }),
  );
  t.pass();
});

t.test('the records of one turn are sent and settled together', async (t) => {
  const sent: { batch: number; keys: string[] }[] = [];
  const sink = new ForwardingSink((batch, records) => {
    const keys: string[] = [];
    unpack(records, (key) => keys.push(key));
    sent.push({ batch, keys });
  }, 1_000);
  const [a, b] = [sink.put('a', '1'), sink.put('b', '2')];
  t.equal(a, b, 'one promise');
  await new Promise((resolve) => setImmediate(resolve));
  const c = sink.put('c', '3');
  await new Promise((resolve) => setImmediate(resolve));
  t.same(sent, [
    { batch: 1, keys: ['a', 'b'] },
    { batch: 2, keys: ['c'] },
  ]);
  sink.settle(2, 'RECORD_EXPIRED');
  await t.rejects(c, { code: 'RECORD_EXPIRED' });
  sink.settle(1);
  await a;
  sink.settle(1);
});

t.test('at its limit the sink refuses records until batches settle', async (t) => {
  const batches: number[] = [];
  const sink = new ForwardingSink((batch) => batches.push(batch), 1_000);
  const puts: Promise<unknown>[] = [];
  t.throws(
    () => {
      for (;;) puts.push(sink.put('key', 'x'.repeat(100)));
    },
    { code: 'BUFFER_FULL' },
  );
  t.equal(puts.length, 10);
  await new Promise((resolve) => setImmediate(resolve));
  for (const batch of batches) sink.settle(batch);
  await Promise.all(puts);
  t.ok(sink.put('key', 'again'));
});
