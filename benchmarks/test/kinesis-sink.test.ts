import { once } from 'node:events';
import { connect } from 'node:http2';
import { Agent } from 'node:https';
import { GetRecordsCommand, KinesisClient, ListShardsCommand, PutRecordsCommand } from '@aws-sdk/client-kinesis';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { compile, Decision } from '@swipegate/contract';
import { ShardMap } from 'kinesis-producer-lite';
import { aggregate } from 'kinesis-producer-lite/aggregate';
import { deaggregate } from 'kinesis-producer-lite/deaggregate';
import t, { type Test } from 'tap';
import { KinesisSink, SINK_DEFAULTS, type SinkOptions } from '../stand-ins/kinesis-sink.js';
import { readPutRecords } from '../stand-ins/put-records-body.js';

async function startSink(t: Test, options: Partial<SinkOptions>) {
  const sink = new KinesisSink({ ...SINK_DEFAULTS, ...options });
  sink.server.listen(0, '127.0.0.1');
  await once(sink.server, 'listening');
  const address = sink.server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const client = new KinesisClient({
    region: 'us-east-1',
    endpoint: `http://127.0.0.1:${port}`,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    requestHandler: new NodeHttpHandler({ requestTimeout: 200, throwOnRequestTimeout: true }),
    maxAttempts: 1,
  });
  t.teardown(() => {
    client.destroy();
    sink.server.close();
    if ('closeAllConnections' in sink.server) sink.server.closeAllConnections();
  });
  return { sink, client };
}

/** Keys and data that could be mistaken for members of a PutRecords body. */
const entries = Array.from({ length: 200 }, (_, i) => ({
  PartitionKey: i % 10 === 0 ? `"Data":"${i}\\` : `card-é-${i}`,
  Data: Buffer.from('x'.repeat(i + 1)),
}));

t.test('grants swipes, and gives each decision once', async (t) => {
  const { client } = await startSink(t, { grants: true });
  const at = '2026-11-30T10:00:00.000Z';
  const ids = { tenantId: 'demo', swipeId: '0193a1d2-7c1e-7000-8000-000000000001', readerId: 'in', cardId: 'c' };
  const swipes = Array.from({ length: 81 }, () => ({
    partitionKey: 'demo/c',
    data: JSON.stringify({ ...ids, readAt: at, receivedAt: Date.parse(at) }),
  }));
  const Records = [{ PartitionKey: 'demo/c', Data: aggregate(swipes) }];
  await client.send(new PutRecordsCommand({ StreamName: 'swipes', Records }));
  const read = async () =>
    (await client.send(new GetRecordsCommand({ ShardIterator: 'what-is-new' }))).Records?.flatMap(({ Data }) =>
      deaggregate(Data ?? new Uint8Array(), '').map(({ data }) => JSON.parse(Buffer.from(data).toString())),
    ) ?? [];
  const decisions = await read();
  t.equal(decisions.length, swipes.length);
  t.match(decisions[0], { ...ids, outcome: 'granted', readAt: at, receivedAt: at });
  t.ok(compile(Decision)(decisions[0]));
  t.same(await read(), []);
});

t.test('stores each record in the same shard as Kinesis', async (t) => {
  const { sink, client } = await startSink(t, { streams: { swipes: 7 } });
  const { Shards = [] } = await client.send(new ListShardsCommand({ StreamName: 'swipes' }));
  const map = new ShardMap(
    Shards.map(({ ShardId = '', HashKeyRange }) => ({
      id: ShardId,
      start: BigInt(HashKeyRange?.StartingHashKey ?? 0),
      end: BigInt(HashKeyRange?.EndingHashKey ?? 0),
      open: true,
    })),
  );
  const explicit = map.open.flatMap(({ start, end }) =>
    [start, end].map((hashKey) => ({
      PartitionKey: 'any',
      ExplicitHashKey: hashKey.toString(),
      Data: Buffer.from('y'),
    })),
  );
  const answer = await client.send(new PutRecordsCommand({ StreamName: 'swipes', Records: [...entries, ...explicit] }));
  t.equal(answer.FailedRecordCount, 0);
  t.same(
    answer.Records?.map(({ ShardId }) => ShardId),
    [
      ...entries.map(({ PartitionKey }) => map.open[map.indexOf(PartitionKey)]?.id),
      ...map.open.flatMap(({ id }) => [id, id]),
    ],
  );
  const sequence = answer.Records?.map(({ SequenceNumber }) => SequenceNumber) ?? [];
  t.same(sequence, [...new Set(sequence)].sort(), 'sequence numbers ascend');
  const bytes = [...entries, ...explicit].map(
    ({ PartitionKey, Data }) => Data.length + Buffer.byteLength(PartitionKey),
  );
  t.same(sink.counts, { calls: 1, records: 214, bytes: bytes.reduce((sum, each) => sum + each, 0) });
});

t.test('reads a body with spaces between its tokens the same way', async (t) => {
  const records = entries.map(({ PartitionKey, Data }) => ({ Data: Data.toString('base64'), PartitionKey }));
  const body = { StreamName: 'swipes', Records: records };
  const tight = readPutRecords(Buffer.from(JSON.stringify(body)));
  t.same(readPutRecords(Buffer.from(JSON.stringify(body, undefined, 2))), tight);
  t.same(
    tight.entries.map(({ dataBytes }) => dataBytes),
    entries.map(({ Data }) => Data.length),
  );
});

t.test('over TLS, HTTP/1.1 keeps its connection, and HTTP/2 works too', async (t) => {
  const sink = new KinesisSink({ ...SINK_DEFAULTS, tls: true });
  sink.server.listen(0, '127.0.0.1');
  await once(sink.server, 'listening');
  t.teardown(() => sink.server.close());
  const address = sink.server.address();
  const connection = {
    region: 'us-east-1',
    endpoint: `https://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  };
  const command = new PutRecordsCommand({ StreamName: 'swipes', Records: entries });
  const httpsAgent = new Agent({ keepAlive: true, rejectUnauthorized: false });
  const http1 = new KinesisClient({ ...connection, requestHandler: new NodeHttpHandler({ httpsAgent }) });
  t.teardown(() => http1.destroy());
  for (let i = 0; i < 3; i++) t.equal((await http1.send(command)).FailedRecordCount, 0);
  t.equal(sink.connections, 1);
  const session = connect(connection.endpoint, { rejectUnauthorized: false });
  t.teardown(() => session.destroy());
  const headers = { ':method': 'POST', 'x-amz-target': 'Kinesis_20131202.ListShards' };
  const stream = session.request(headers).end(JSON.stringify({ StreamName: 'swipes' }));
  let answer = '';
  for await (const chunk of stream) answer += chunk;
  t.equal(JSON.parse(answer).Shards.length, 4);
});

t.test('applies the configured faults and limits', async (t) => {
  const { sink, client } = await startSink(t, { failedShare: 0.25 });
  const command = new PutRecordsCommand({ StreamName: 'swipes', Records: entries });
  const answer = await client.send(command);
  t.equal(answer.FailedRecordCount, 50);
  t.equal(answer.Records?.[3]?.ErrorCode, 'ProvisionedThroughputExceededException');
  t.equal(sink.counts.records, 150);
  sink.change({ fault: 'throttle' });
  await t.rejects(client.send(command), { name: 'ProvisionedThroughputExceededException' });
  sink.change({ fault: 'error' });
  await t.rejects(client.send(command), { name: 'InternalFailure' });
  sink.change({ fault: 'black-hole' });
  await t.rejects(client.send(command), { name: 'TimeoutError' });
  sink.change({ fault: 'none', failedShare: 0, bytesPerSecond: 1e6 });
  const startedAt = performance.now();
  for (let i = 0; i < 5; i++) await client.send(command);
  // 5 calls of 22 kB at 1 MB/s.
  t.ok(performance.now() - startedAt > 100, 'no faster than the configured rate');
});
