import fc from 'fast-check';
import t from 'tap';
import { PROVISIONED_SHARD, type ShardRate } from '../api/options.js';
import { Pacer } from '../lanes/pacer.js';
import { ScriptedTransport, stored } from './scripted-transport.js';
import { startWith } from './start-with.js';

t.test('the rate is reached in every second, and exceeded by at most one record and 20 ms', async (t) => {
  const rates = fc.record({
    recordsPerSecond: fc.integer({ min: 1, max: 2_000 }),
    bytesPerSecond: fc.integer({ min: 1_000, max: 2_000_000 }),
  });
  const sizes = fc.array(fc.integer({ min: 1, max: 60_000 }), { minLength: 1, maxLength: 200 });
  fc.assert(
    fc.property(rates, sizes, (rate, records) => {
      const pacer = new Pacer(rate);
      const sent: { at: number; bytes: number }[] = [];
      let now = 1_000;
      for (const bytes of records) {
        now = Math.max(now, pacer.readyAt);
        pacer.sent(bytes, now);
        sent.push({ at: now, bytes });
      }
      return sent.every(({ at }, i) => {
        const window = sent.slice(i).filter((later) => later.at < at + 1_000);
        const bytes = window.slice(0, -1).reduce((sum, record) => sum + record.bytes, 0);
        return window.length - 1 <= rate.recordsPerSecond * 1.02 + 1 && bytes <= rate.bytesPerSecond * 1.02 + 1;
      });
    }),
  );
  const pacer = new Pacer({ recordsPerSecond: 10, bytesPerSecond: 1e9 });
  for (let i = 0; i < 10; i++) pacer.sent(1, 0);
  t.equal(pacer.readyAt, 1_000 - 20);
});

async function secondRecordWaits(rate: ShardRate | undefined, mode?: 'PROVISIONED' | 'ON_DEMAND'): Promise<boolean> {
  const transport = new ScriptedTransport();
  transport.summary = { mode };
  const producer = await startWith(
    {
      streamName: 'scripted',
      client: { region: 'us-east-1' },
      lingerMs: 0,
      maxRecordBytes: 1_000_000,
      ...(rate === undefined ? {} : { shardRate: rate }),
    },
    () => transport,
  );
  const first = producer.put('k', Buffer.alloc(900_000));
  (await transport.next()).answer([stored()]);
  await first;
  const second = producer.put('k', 'b');
  for (let i = 0; i < 20 && transport.waiting === 0; i++) await new Promise((resolve) => setImmediate(resolve));
  const waits = transport.waiting === 0;
  (await transport.next()).answer([stored()]);
  await second;
  t.match(producer.shardMetrics(), [{ shardId: 'shard-0', callLatency: { count: 2 }, attempt: 0 }]);
  await producer.close();
  return waits;
}

t.test('only shards of a provisioned stream are paced, not those of an on-demand or unknown one', async (t) => {
  t.equal(await secondRecordWaits(undefined, 'PROVISIONED'), true);
  t.equal(await secondRecordWaits(undefined, 'ON_DEMAND'), false);
  t.equal(await secondRecordWaits(undefined), false);
  t.equal(await secondRecordWaits({ recordsPerSecond: 1, bytesPerSecond: 1e9 }), true, 'a rate of one’s own');
  t.equal(PROVISIONED_SHARD.bytesPerSecond, 1_048_576);
});
