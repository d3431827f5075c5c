import {
  CreateStreamCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  KinesisClient,
  PutRecordCommand,
  PutRecordsCommand,
  SplitShardCommand,
} from '@aws-sdk/client-kinesis';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import t, { type Test } from 'tap';
import { closeServer, listenOnLoopback } from '../../processes/ports.js';
import { createKinesis } from '../create-kinesis.js';
import { LOCAL_CLIENT } from '../protocol/local-account.js';

const StreamName = 'swipes';
const [FIRST, SECOND] = ['shardId-000000000000', 'shardId-000000000001'];
/** Hash keys in each of the two shards. */
const KEYS = ['0', String(2n ** 128n - 1n)] as const;

async function twoShards(t: Test) {
  const server = createKinesis();
  const endpoint = await listenOnLoopback(server);
  const kinesis = new KinesisClient({ ...LOCAL_CLIENT, endpoint, requestHandler: new NodeHttpHandler({}) });
  t.teardown(async () => {
    kinesis.destroy();
    await closeServer(server);
  });
  await kinesis.send(new CreateStreamCommand({ StreamName, ShardCount: 2 }));
  const newest = async (ShardId: string) => {
    const { ShardIterator } = await kinesis.send(
      new GetShardIteratorCommand({ StreamName, ShardId, ShardIteratorType: 'LATEST' }),
    );
    return ShardIterator;
  };
  const read = (ShardIterator: string | undefined) => kinesis.send(new GetRecordsCommand({ ShardIterator }));
  const record = (text: string, ExplicitHashKey: string) => ({
    PartitionKey: 'card',
    ExplicitHashKey,
    Data: Buffer.from(text),
  });
  return { kinesis, newest, read, record };
}

const textsOf = ({ Records = [] }: { Records?: { Data?: Uint8Array | undefined }[] | undefined }) =>
  Records.map(({ Data = [] }) => Buffer.from(Data).toString());

t.test('a read of an empty shard gets the record that arrives next, whichever call puts it', async (t) => {
  const { kinesis, newest, read, record } = await twoShards(t);
  const first = read(await newest(FIRST));
  await kinesis.send(new PutRecordCommand({ StreamName, ...record('one', KEYS[0]) }));
  const answer = await first;
  t.same(textsOf(answer), ['one']);

  const others = [read(answer.NextShardIterator), read(await newest(SECOND))];
  await kinesis.send(
    new PutRecordsCommand({ StreamName, Records: [record('two', KEYS[0]), record('three', KEYS[1])] }),
  );
  t.same((await Promise.all(others)).map(textsOf), [['two'], ['three']]);
});

t.test('a read ends empty if nothing arrives in its shard, and goes on from there', async (t) => {
  const { kinesis, newest, read, record } = await twoShards(t);
  const idle = read(await newest(FIRST));
  await kinesis.send(new PutRecordCommand({ StreamName, ...record('elsewhere', KEYS[1]) }));
  const { NextShardIterator, MillisBehindLatest, ...answer } = await idle;
  t.same(textsOf(answer), []);
  t.equal(MillisBehindLatest, 0);
  await kinesis.send(new PutRecordCommand({ StreamName, ...record('later', KEYS[0]) }));
  t.same(textsOf(await read(NextShardIterator)), ['later']);
});

t.test('the end of a shard, and a wrong call, are answered as kinesalite does', async (t) => {
  const { kinesis, newest, read } = await twoShards(t);
  const iterator = await newest(FIRST);
  await kinesis.send(
    new SplitShardCommand({ StreamName, ShardToSplit: FIRST, NewStartingHashKey: String(2n ** 126n) }),
  );
  let next = iterator;
  while (next !== undefined) next = (await read(next)).NextShardIterator;
  await t.rejects(read('not-an-iterator'), { name: 'InvalidArgumentException' });
  await t.rejects(kinesis.send(new GetRecordsCommand({ ShardIterator: iterator, Limit: 0 })), {
    name: 'ValidationException',
  });
});
