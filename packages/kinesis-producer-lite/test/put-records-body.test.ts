import fc from 'fast-check';
import t from 'tap';
import { AggregateEncoder, newKeySlot } from '../format/aggregate.js';
import { deaggregate } from '../format/deaggregate.js';
import { putRecordsBody } from '../send/put-records-body.js';
import type { CallRecord } from '../send/transport.js';

interface Body {
  StreamName: string;
  Records: { PartitionKey: string; ExplicitHashKey?: string; Data: string }[];
}

const bytes = fc.uint8Array({ maxLength: 300 });
const key = fc.string({ minLength: 1, maxLength: 60, unit: 'binary' });
const hashKey = fc.option(fc.bigInt({ min: 0n, max: 2n ** 128n - 1n }).map(String), { nil: undefined });

function parse(body: Buffer): Body {
  return JSON.parse(body.toString());
}

t.test('plain records: data, key and hash key are unchanged', async (t) => {
  fc.assert(
    fc.property(fc.array(fc.record({ data: bytes, key, hashKey }), { minLength: 1, maxLength: 20 }), (records) => {
      const calls = records.map(({ data, key, hashKey }): CallRecord => {
        // Within a larger, shared buffer, as in the producer.
        const memory = new SharedArrayBuffer(data.length + 9);
        new Uint8Array(memory).set(data, 5);
        return {
          memory,
          start: 5,
          end: 5 + data.length,
          aggregated: false,
          partitionKey: key,
          explicitHashKey: hashKey,
        };
      });
      const { StreamName, Records } = parse(putRecordsBody('a "stream"', calls));
      t.equal(StreamName, 'a "stream"');
      t.same(
        Records.map((record) => [
          record.PartitionKey,
          record.ExplicitHashKey,
          Array.from(Buffer.from(record.Data, 'base64')),
        ]),
        records.map(({ data, key, hashKey }) => [key, hashKey, Array.from(data)]),
      );
    }),
  );
});

t.test('an aggregate of any length gets its digest', async (t) => {
  for (let length = 0; length < 8; length++) {
    const encoder = new AggregateEncoder(new SharedArrayBuffer(4096));
    const data = 'x'.repeat(length);
    for (const name of ['a', 'b']) encoder.append(newKeySlot(name), data);
    const { Records } = parse(
      putRecordsBody('s', [
        {
          memory: encoder.bytes.buffer,
          start: 0,
          end: encoder.length,
          aggregated: true,
          partitionKey: 'a',
          explicitHashKey: '1',
        },
      ]),
    );
    const sent = Buffer.from(Records[0]?.Data ?? '', 'base64');
    t.same(sent, encoder.seal());
    t.same(
      deaggregate(sent, '').map((user) => [user.partitionKey, Buffer.from(user.data).toString()]),
      [
        ['a', data],
        ['b', data],
      ],
    );
  }
});
