import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { deaggregateSync, aggregate as referenceAggregate } from 'aws-kinesis-agg';
import fc from 'fast-check';
import t from 'tap';
import { hashKeyOf } from '../api/shard-map.js';
import { AggregateEncoder, aggregate, newKeySlot, sealAll } from '../format/aggregate.js';
import { deaggregate, deaggregateAll } from '../format/deaggregate.js';
import { DIGEST_BYTES } from '../format/kpl-format.js';

const seed = 20_261_124;
const keys = fc.oneof(
  fc.constantFrom('a', 'b', 'card-1'),
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 80 }),
);
const hashKeys = fc.bigInt({ min: 0n, max: 2n ** 128n - 1n }).map(String);
const records = fc.array(
  fc.record({
    partitionKey: keys,
    data: fc.uint8Array({ maxLength: 400 }),
    explicitHashKey: fc.oneof(fc.constant(undefined), fc.constantFrom('0', '1'), hashKeys),
  }),
  { minLength: 1 },
);

interface Plain {
  partitionKey: string;
  data: string;
  explicitHashKey: string | undefined;
}

function plain(
  list: readonly { partitionKey: string; data: Uint8Array; explicitHashKey?: string | undefined }[],
): Plain[] {
  return list.map(({ partitionKey, data, explicitHashKey }) => ({
    partitionKey,
    data: Buffer.from(data).toString('hex'),
    explicitHashKey,
  }));
}

t.test('the reference decodes our aggregates', async (t) => {
  fc.assert(
    fc.property(records, (input) => {
      const kinesis = {
        data: aggregate(input).toString('base64'),
        partitionKey: 'a',
        sequenceNumber: '1',
        kinesisSchemaVersion: '1.0',
        approximateArrivalTimestamp: 0,
      };
      const decoded: Plain[] = [];
      deaggregateSync(kinesis, true, (error, users) => {
        if (error) throw error;
        for (const { partitionKey, data, explicitPartitionKey } of users ?? []) {
          decoded.push({
            partitionKey,
            data: Buffer.from(data, 'base64').toString('hex'),
            // The reference's name for the explicit hash key.
            explicitHashKey: explicitPartitionKey ?? undefined,
          });
        }
      });
      // Without an explicit hash key the reference returns the first of the table: it reads an absent index as 0.
      const first = input.find(({ explicitHashKey }) => explicitHashKey !== undefined)?.explicitHashKey;
      assert.deepEqual(
        decoded,
        plain(input.map((record) => ({ ...record, explicitHashKey: record.explicitHashKey ?? first }))),
      );
    }),
    { seed, numRuns: 60 },
  );
  t.pass();
});

t.test('we decode the reference’s aggregates', async (t) => {
  const input = Array.from({ length: 300 }, (_, i) => ({
    partitionKey: `card-${i % 7}`,
    explicitHashKey: String(i % 3),
    data: Buffer.from(`swipe ${i}`),
  }));
  const encoded: Buffer[] = [];
  await new Promise<void>((resolve, reject) => {
    referenceAggregate(
      input,
      (record, done) => {
        encoded.push(record.data);
        done();
      },
      resolve,
      reject,
    );
  });
  const decoded = encoded.flatMap((data) => deaggregate(data, 'x'));
  t.same(plain(decoded), plain(input));
  t.same(
    decoded.map((record) => record.explicitHashKey),
    input.map((record) => record.explicitHashKey),
  );
  t.same(
    decoded.map((record) => record.subSequence),
    input.map((_, i) => i),
  );
});

t.test('encode and decode are inverse, for bytes and for strings', async (t) => {
  fc.assert(
    fc.property(records, (input) => {
      assert.deepEqual(plain(deaggregate(aggregate(input), 'x')), plain(input));
    }),
    { seed },
  );
  fc.assert(
    fc.property(
      keys,
      fc.array(fc.string({ unit: 'binary', maxLength: 300 }), { minLength: 1 }),
      (partitionKey, texts) => {
        const decoded = deaggregate(aggregate(texts.map((data) => ({ partitionKey, data }))), 'x');
        assert.deepEqual(
          decoded.map((record) => Buffer.from(record.data).toString('utf8')),
          texts.map((text) => Buffer.from(text).toString('utf8')),
        );
      },
    ),
    { seed },
  );
  t.pass();
});

t.test('append accepts a record exactly if it fits into the buffer', async (t) => {
  const text = fc.string({ unit: fc.constantFrom('a', 'é', '☃', '😀', '\ud800'), maxLength: 200 });
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.constantFrom('k', 'kk'), text), { minLength: 1, maxLength: 30 }), (input) => {
      const encoder = new AggregateEncoder(new ArrayBuffer(512));
      const slots = new Map(['k', 'kk'].map((key) => [key, newKeySlot(key)]));
      const taken: string[] = [];
      for (const [key, data] of input) {
        const slot = slots.get(key) ?? newKeySlot(key);
        const before = encoder.length;
        const fits = encoder.sizeWith(slot, Buffer.byteLength(data)) <= 512;
        if (encoder.append(slot, data) !== fits) throw new Error(`${fits} was expected`);
        if (fits) taken.push(Buffer.from(data).toString());
        else if (encoder.length !== before) throw new Error('It was changed');
      }
      const read =
        taken.length === 0 ? [] : deaggregate(encoder.seal(), '').map((user) => Buffer.from(user.data).toString());
      t.same(read, taken);
    }),
    { seed },
  );
});

t.test('sizeWith returns the exact finished size', async (t) => {
  fc.assert(
    fc.property(records, (input) => {
      const encoder = new AggregateEncoder(new ArrayBuffer(1 << 20));
      const slots = new Map(input.map(({ partitionKey }) => [partitionKey, newKeySlot(partitionKey)]));
      for (const { partitionKey, data, explicitHashKey } of input) {
        const slot = slots.get(partitionKey) ?? newKeySlot(partitionKey);
        const expected = encoder.sizeWith(slot, data.length, explicitHashKey);
        encoder.append(slot, data, explicitHashKey);
        if (encoder.length + DIGEST_BYTES !== expected) throw new Error(`sizeWith returned ${expected}`);
      }
      return encoder.seal().length === encoder.length + DIGEST_BYTES;
    }),
    { seed },
  );
  t.pass();
});

t.test('a key is written once, and more than 127 keys still decode', async (t) => {
  const many = Array.from({ length: 20_000 }, (_, i) => ({ partitionKey: `key-${i % 17_000}`, data: String(i) }));
  const encoded = aggregate(many);
  t.equal(encoded.toString('latin1').split('key-16999').length, 2, 'one table entry');
  const decoded = deaggregate(encoded, 'x');
  t.same(
    decoded.map((record) => record.partitionKey),
    many.map((record) => record.partitionKey),
  );
});

t.test('a damaged aggregate is returned as a plain record', async (t) => {
  const whole = aggregate([
    { partitionKey: 'a', data: 'first' },
    { partitionKey: 'b', data: 'second' },
  ]);
  fc.assert(
    fc.property(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
      const damaged = Buffer.from(whole);
      damaged[at] = (damaged[at] ?? 0) ^ flip;
      const decoded = deaggregate(damaged, 'own-key', '7');
      return (
        decoded.length === 1 &&
        decoded[0]?.partitionKey === 'own-key' &&
        decoded[0].explicitHashKey === '7' &&
        Buffer.compare(decoded[0].data, damaged) === 0
      );
    }),
    { seed, numRuns: 2_000 },
  );
  for (let length = 0; length < whole.length; length++) {
    t.equal(deaggregate(whole.subarray(0, length), 'k').length, 1, 'cut short', { bail: true });
  }
});

t.test('an invalid message with a matching digest is returned as a plain record', async (t) => {
  // With a wrong digest, hostile bytes would not reach the decoder.
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (message) => {
      const sealed = sealed16(message);
      const decoded = deaggregate(sealed, 'k');
      return decoded.every((record) => record.data.length <= sealed.length);
    }),
    { seed, numRuns: 20_000 },
  );
  const noSuchKey = Uint8Array.of(0x1a, 0x04, 0x08, 0x05, 0x1a, 0x00);
  t.equal(deaggregate(sealed16(noSuchKey), 'k')[0]?.partitionKey, 'k', 'index beyond the key table');
  const noData = Uint8Array.of(0x0a, 0x01, 0x61, 0x1a, 0x02, 0x08, 0x00);
  t.equal(deaggregate(sealed16(noData), 'k')[0]?.partitionKey, 'k', 'a record without data');
  const unknownField = Uint8Array.of(0x0a, 0x01, 0x61, 0x22, 0x01, 0x00, 0x1a, 0x05, 0x08, 0x00, 0x1a, 0x01, 0x7a);
  t.same(plain(deaggregate(sealed16(unknownField), 'k')), [{ partitionKey: 'a', data: '7a' }], 'an unknown field');
  const tableLast = Uint8Array.of(0x1a, 0x05, 0x08, 0x00, 0x1a, 0x01, 0x7a, 0x0a, 0x01, 0x61);
  t.same(plain(deaggregate(sealed16(tableLast), 'k')), [{ partitionKey: 'a', data: '7a' }], 'the key table last');
});

t.test('a Kinesis record without user records is itself one plain record', async (t) => {
  const messages = {
    nothing: [],
    'field number 0': [0x02, 0x00],
    'field number 0 before a record': [0x00, 0x00, 0x0a, 0x01, 0x61, 0x1a, 0x05, 0x08, 0x00, 0x1a, 0x01, 0x7a],
    'a key table alone': [0x0a, 0x01, 0x61],
    'an unknown field alone': [0x22, 0x01, 0x00],
  };
  for (const [name, message] of Object.entries(messages)) {
    const data = sealed16(Uint8Array.from(message));
    const [record, ...more] = deaggregate(data, 'k', '7');
    t.same([record?.partitionKey, record?.explicitHashKey, record?.data], ['k', '7', data], name);
    t.same(more, []);
  }
  fc.assert(
    fc.property(fc.array(fc.constantFrom(0, 1, 2, 8, 10, 18, 26, 97), { maxLength: 12 }), (message) => {
      return deaggregate(sealed16(Uint8Array.from(message)), 'k').length > 0;
    }),
    { seed, numRuns: 20_000 },
  );
});

t.test('aggregate and its parts take only what put takes', async (t) => {
  const bad: { partitionKey: string; data: string; explicitHashKey?: string }[] = [
    ...['', 'k'.repeat(257), 'cut \ud83d'].map((partitionKey) => ({ partitionKey, data: 'x' })),
    ...['', '-1', '01', '1e3', (2n ** 128n).toString(), 'a'].map((explicitHashKey) => ({
      partitionKey: 'k',
      data: 'x',
      explicitHashKey,
    })),
  ];
  for (const record of bad) {
    t.throws(() => aggregate([record]), { code: 'INVALID_KEY' }, JSON.stringify(record));
    const encoder = new AggregateEncoder(new ArrayBuffer(4_096));
    encoder.append(newKeySlot('a'), 'x', '5');
    const before = encoder.seal().toString('hex');
    t.throws(() => encoder.append(newKeySlot(record.partitionKey), record.data, record.explicitHashKey), {
      code: 'INVALID_KEY',
    });
    t.equal(encoder.seal().toString('hex'), before, 'nothing is changed');
  }
  const untyped: { aggregate(records: unknown): unknown } = { aggregate };
  for (const data of [5, null, undefined, {}, new ArrayBuffer(4)]) {
    t.throws(() => untyped.aggregate([{ partitionKey: 'k', data }]), { code: 'INVALID_DATA' });
  }
  t.throws(() => untyped.aggregate([{ partitionKey: 5, data: 'x' }]), { code: 'INVALID_KEY' });
});

t.test('a record is decoded in every valid encoding', async (t) => {
  const ways: Record<string, number[]> = {
    'as encoders do': [0x1a, 0x05, 0x08, 0x00, 0x1a, 0x01, 0x7a],
    'lengths in more bytes than they need': [0x1a, 0x88, 0x00, 0x08, 0x80, 0x00, 0x1a, 0x81, 0x80, 0x00, 0x7a],
    'the data first': [0x1a, 0x05, 0x1a, 0x01, 0x7a, 0x08, 0x00],
    'a tag behind the data': [0x1a, 0x09, 0x08, 0x00, 0x1a, 0x01, 0x7a, 0x22, 0x02, 0x0a, 0x00],
    'an unknown number before them': [0x1a, 0x07, 0x28, 0x07, 0x08, 0x00, 0x1a, 0x01, 0x7a],
    'a negative number before them': [
      ...[0x1a, 0x10, 0x28, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
      ...[0x08, 0x00, 0x1a, 0x01, 0x7a],
    ],
    'data twice: the last one counts': [0x1a, 0x08, 0x08, 0x00, 0x1a, 0x01, 0x79, 0x1a, 0x01, 0x7a],
  };
  const table = [0x0a, 0x01, 0x61];
  for (const [way, record] of Object.entries(ways)) {
    const message = Uint8Array.from([...table, ...record, ...record]);
    const decoded = deaggregate(sealed16(message), 'k');
    t.same(
      decoded.map(({ partitionKey, data, subSequence }) => [partitionKey, Buffer.from(data).toString(), subSequence]),
      [
        ['a', 'z', 0],
        ['a', 'z', 1],
      ],
      way,
    );
  }
  const beyond = Uint8Array.from([...table, 0x1a, 0x06, 0x08, 0x00, 0x1a, 0x02, 0x7a]);
  t.equal(deaggregate(sealed16(beyond), 'k')[0]?.partitionKey, 'k', 'a record that is longer than the message');
});

t.test('sealAll and deaggregateAll give the same results as one by one', async (t) => {
  const kinds = fc.oneof(
    records.map((input) => aggregate(input)),
    fc.tuple(records, fc.nat(), fc.integer({ min: 1, max: 255 })).map(([input, place, flip]) => {
      const damaged = aggregate(input);
      const at = place % damaged.length;
      damaged[at] = (damaged[at] ?? 0) ^ flip;
      return damaged;
    }),
    fc.uint8Array({ maxLength: 40 }),
  );
  fc.assert(
    fc.property(fc.array(kinds, { maxLength: 20 }), (datas) => {
      const delivered = datas.map((data, i) => ({ data, partitionKey: `key-${i}` }));
      assert.deepEqual(
        Array.from(deaggregateAll(delivered), plain),
        delivered.map(({ data, partitionKey }) => plain(deaggregate(data, partitionKey))),
      );
    }),
    { seed, numRuns: 500 },
  );
  const slot = newKeySlot('a');
  const encoders = () =>
    Array.from({ length: 20 }, (_, i) => {
      const encoder = new AggregateEncoder(new SharedArrayBuffer(4096));
      for (let n = 0; n <= i; n++) encoder.append(slot, 'x'.repeat(n * 7));
      return encoder;
    });
  t.same(
    sealAll(encoders()),
    encoders().map((encoder) => Buffer.from(encoder.seal())),
  );
});

t.test('a plain record passes through', async (t) => {
  const data = Buffer.from('{"plain":true}');
  const [record, ...more] = deaggregate(data, 'k');
  t.notOk(Buffer.isBuffer(record?.data), 'a plain Uint8Array, as from an aggregate');
  t.match(inspect(record), "partitionKey: 'k'");
  t.same([record?.partitionKey, record?.data, record?.subSequence, record?.explicitHashKey], ['k', data, 0, undefined]);
  t.same(more, []);
});

t.test('an aggregate with an empty message is one plain record, as in the KCL', async (t) => {
  const empty = sealed16(new Uint8Array());
  const [record, ...more] = deaggregate(empty, 'k', '7');
  t.same([record?.partitionKey, record?.explicitHashKey, record?.data], ['k', '7', empty]);
  t.same(more, []);
});

t.test('user records outside the shard range are dropped', async (t) => {
  const input = Array.from({ length: 100 }, (_, i) => ({ partitionKey: `key-${i}`, data: Buffer.from(String(i)) }));
  const middle = 2n ** 127n;
  const shardRange = { startingHashKey: '0', endingHashKey: String(middle - 1n) };
  const kept = deaggregate(aggregate(input), 'x', undefined, { shardRange });
  const expected = input.filter((record) => hashKeyOf(record.partitionKey) < middle);
  t.same(plain(kept), plain(expected));
  t.ok(kept.length > 20 && kept.length < 80, 'some on either side');
  const placed = aggregate(
    ['0', String(middle)].map((explicitHashKey) => ({ partitionKey: 'k', data: 'x', explicitHashKey })),
  );
  t.equal(deaggregate(placed, 'x', undefined, { shardRange }).length, 1, 'an explicit hash key counts');
  for (const explicitHashKey of ['no number', String(2n ** 128n)]) {
    const key = Buffer.from(expected[0]?.partitionKey ?? '');
    const table = [0x0a, key.length, ...key, 0x12, explicitHashKey.length, ...Buffer.from(explicitHashKey)];
    const data = sealed16(Uint8Array.from([...table, 0x1a, 0x07, 0x08, 0x00, 0x10, 0x00, 0x1a, 0x01, 0x7a]));
    const found = ['0', String(middle)].flatMap((startingHashKey) => {
      const endingHashKey = startingHashKey === '0' ? String(middle - 1n) : String(2n ** 128n - 1n);
      return deaggregate(data, 'x', undefined, { shardRange: { startingHashKey, endingHashKey } });
    });
    t.equal(found.length, 1, 'an explicit hash key that is none does not count');
  }
  const outside = input.find(({ partitionKey }) => hashKeyOf(partitionKey) >= middle)?.partitionKey ?? '';
  // Kinesis does not deliver the explicit hash key that placed a plain record.
  t.equal(
    deaggregate(Buffer.from('x'), outside, undefined, { shardRange }).length,
    1,
    'a plain record is in its shard',
  );
});

function sealed16(message: Uint8Array): Buffer {
  const encoder = new AggregateEncoder(new ArrayBuffer(4096));
  encoder.bytes.set(message, encoder.length);
  encoder.length += message.length;
  return encoder.seal();
}
