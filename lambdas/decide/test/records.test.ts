import { kinesisEvent } from '@swipegate/infra/local/sources/event-source/kinesis-event';
import fc from 'fast-check';
import { aggregate } from 'kinesis-producer-lite/aggregate';
import t from 'tap';
import { Base64Memory, readRecords, undecidable } from '../records/records.js';

function delivered(texts: readonly string[], SequenceNumber: string) {
  const Data = aggregate(texts.map((data) => ({ partitionKey: 'acme/card-1', data })));
  return kinesisEvent('shardId-000000000000', [{ SequenceNumber, PartitionKey: 'a', Data }], {
    streamArn: 'arn:aws:kinesis:us-east-1:000000000000:stream/swipes',
    region: 'us-east-1',
  }).Records;
}

function swipe(n: number): string {
  const swipeId = `0193a1d2-7c1e-7000-8000-${String(n).padStart(12, '0')}`;
  const receivedAt = Date.parse('2026-11-28T12:00:00Z');
  const swipe = { swipeId, readerId: 'r', cardId: 'card-1', readAt: '2026-11-28T12:00:00Z' };
  return JSON.stringify({ tenantId: 'acme', ...swipe, receivedAt });
}

t.test('records read from a batch stay valid after the next batch reuses its memory', async (t) => {
  const first = readRecords([...delivered([swipe(1), 'no JSON: é'], '1'), ...delivered(['{"neither":true}'], '2')]);
  readRecords(
    delivered(
      Array.from({ length: 50 }, (_, i) => `another, longer ${i}`),
      '3',
    ),
  );
  t.same(
    first.swipes.map(({ swipe }) => swipe.swipeId),
    ['0193a1d2-7c1e-7000-8000-000000000001'],
  );
  t.same(
    first.unreadable.map(({ data, partitionKey, sequence }) => [Buffer.from(data).toString(), partitionKey, sequence]),
    [
      ['no JSON: é', 'acme/card-1', `${'1'.padStart(56, '0')}.000001`],
      ['{"neither":true}', 'acme/card-1', `${'2'.padStart(56, '0')}.000000`],
    ],
  );
});

t.test('the number as sent comes with the swipe, and stays in a parked record', async (t) => {
  const record = swipe(1).replace(/}$/, ',"cardNumber":"04 A1 B2 C3"}');
  const { swipes } = readRecords(delivered([record], '1'));
  t.match(swipes, [{ swipe: { cardId: 'card-1', cardNumber: '04 A1 B2 C3' } }]);
  t.same(
    swipes.map((each) => JSON.parse(Buffer.from(undecidable(each, 'reason').data).toString())),
    [JSON.parse(record)],
  );
});

t.test('base64 of any length is decoded as Buffer does, in memory that grows', async (t) => {
  const memory = new Base64Memory();
  const text = fc.oneof(
    fc.uint8Array({ maxLength: 50 }).map((bytes) => Buffer.from(bytes).toString('base64')),
    fc.uint8Array({ maxLength: 50 }).map((bytes) => Buffer.from(bytes).toString('base64url')),
    fc.string({ maxLength: 20 }),
  );
  fc.assert(
    fc.property(fc.array(text, { maxLength: 20 }), (texts) => {
      const decoded = memory.decode(texts);
      return (
        decoded.length === texts.length && texts.every((text, i) => decoded[i]?.equals(Buffer.from(text, 'base64')))
      );
    }),
    { numRuns: 2_000 },
  );
  const large = Buffer.alloc(300_000, 7);
  t.same(
    memory.decode(['', large.toString('base64'), '', 'AQI=']).map(({ length }) => length),
    [0, 300_000, 0, 2],
  );
});
