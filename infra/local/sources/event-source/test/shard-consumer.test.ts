import type { KinesisStreamEvent } from 'aws-lambda';
import { pino } from 'pino';
import t from 'tap';
import { decideMapping } from '../../../../resources.js';
import { LocalFunction } from '../../local-function.js';
import { Checkpoints } from '../checkpoints.js';
import { consumeShard } from '../shard-consumer.js';

t.test('a failed read within the batching window loses no record that was read before it', async (t) => {
  const record = (number: number) => ({
    SequenceNumber: String(number),
    PartitionKey: 'card',
    Data: Buffer.from(String(number)),
  });
  // The reader moves on with each page, like an iterator of Kinesis.
  const reads = [[record(1), record(2)], new Error('on purpose'), [record(3)], [record(4)]];
  const handled: string[] = [];
  const mapping = { ...decideMapping, maximumBatchingWindowMs: 1_000 };
  const handler = async ({ Records }: KinesisStreamEvent) => {
    handled.push(...Records.map(({ kinesis }) => kinesis.sequenceNumber));
  };
  const checkpoints = new Checkpoints();
  const isWhole = await consumeShard({
    shardId: 'shard-1',
    reader: {
      async read() {
        const read = reads.shift() ?? [];
        if (read instanceof Error) throw read;
        return { records: read, atTip: true, atEnd: reads.length === 0 };
      },
    },
    lambda: new LocalFunction(handler, { functionName: 'test', timeoutMs: 1_000, region: 'eu-central-1' }),
    region: 'eu-central-1',
    mapping,
    streamArn: 'arn:aws:kinesis:eu-central-1:0:stream/swipes',
    checkpoints,
    onFailure: async () => undefined,
    pollMs: 1,
    signal: new AbortController().signal,
    logger: pino({ level: 'silent' }),
    stats: { invocations: 0, failedInvocations: 0, records: 0, discardedRecords: 0, iteratorAgeMs: 0 },
    onRead: () => undefined,
    onEmpty: () => undefined,
  });
  t.ok(isWhole, 'the shard was read to its end');
  t.same(handled, ['1', '2', '3', '4']);
  t.equal(checkpoints.get('shard-1'), '4');
});
