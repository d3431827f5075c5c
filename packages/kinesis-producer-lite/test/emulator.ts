import { once } from 'node:events';
import {
  CreateStreamCommand,
  DescribeStreamSummaryCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  KinesisClient,
  ListShardsCommand,
  type Shard,
} from '@aws-sdk/client-kinesis';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import kinesalite from 'kinesalite';
import type { KinesisConnection } from '../api/options.js';
import { deaggregate, effectiveHashKey, type UserRecord } from '../format/deaggregate.js';

export interface Stored {
  shardId: string;
  partitionKey: string;
  text: string;
}

/** A kinesalite on a free port, with one stream. */
export interface Emulator {
  connection: KinesisConnection;
  port: number;
  client: KinesisClient;
  streamName: string;
  shards(): Promise<Shard[]>;
  /** Resolves when the stream is ACTIVE and has this many open shards. */
  openShards(count: number): Promise<void>;
  /**
   * Every user record, parents before children, as a KCL consumer reads them.
   * With `all`, also those that a consumer drops because a reshard left them outside their shard's range.
   */
  read(options?: { all: boolean }): Promise<Stored[]>;
  /** Connections so far, of all clients. */
  connections(): number;
  close(): Promise<void>;
}

/** @param options `ssl`: HTTPS with a self-signed certificate */
export async function startEmulator(shardCount: number, { ssl = false } = {}): Promise<Emulator> {
  const server = kinesalite({ createStreamMs: 0, updateStreamMs: 0, shardLimit: 1000, ssl });
  let connections = 0;
  server.on('connection', () => {
    connections += 1;
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const connection = { ...connectionTo(port), endpoint: `${ssl ? 'https' : 'http'}://127.0.0.1:${port}` };
  const client = new KinesisClient({ ...connection, requestHandler: new NodeHttpHandler({}) });
  const streamName = 'records';
  await client.send(new CreateStreamCommand({ StreamName: streamName, ShardCount: shardCount }));

  const shards = async () => (await client.send(new ListShardsCommand({ StreamName: streamName }))).Shards ?? [];
  const emulator: Emulator = {
    connection,
    port,
    client,
    streamName,
    shards,
    async openShards(count) {
      for (;;) {
        const { StreamDescriptionSummary } = await client.send(
          new DescribeStreamSummaryCommand({ StreamName: streamName }),
        );
        const active = StreamDescriptionSummary?.StreamStatus === 'ACTIVE';
        if (active && StreamDescriptionSummary.OpenShardCount === count) return;
      }
    },
    async read(options) {
      const stored: Stored[] = [];
      // Child shards have higher ids than their parents, so this is the order in which a consumer reads.
      const byAge = (await shards()).sort((a, b) => ((a.ShardId ?? '') < (b.ShardId ?? '') ? -1 : 1));
      for (const shard of byAge) stored.push(...(await readShard(client, streamName, shard, options?.all ?? false)));
      return stored;
    },
    connections: () => connections,
    async close() {
      client.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  await emulator.openShards(shardCount);
  return emulator;
}

export function connectionTo(port: number): KinesisConnection {
  return {
    region: 'us-east-1',
    endpoint: `http://127.0.0.1:${port}`,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  };
}

/**
 * Whether the KCL delivers a record: always if plain, otherwise if all its user records lie within the shard's range
 * (awslabs/amazon-kinesis-client, AggregatorUtil.java).
 */
function isWhole(
  users: readonly UserRecord[],
  data: Uint8Array,
  range: { startingHashKey: string; endingHashKey: string },
): boolean {
  if (users[0]?.data.length === data.length) return true;
  return users.every((user) => {
    const hashKey = effectiveHashKey(user);
    return hashKey >= BigInt(range.startingHashKey) && hashKey <= BigInt(range.endingHashKey);
  });
}

async function readShard(client: KinesisClient, streamName: string, shard: Shard, all: boolean): Promise<Stored[]> {
  const stored: Stored[] = [];
  const shardId = shard.ShardId ?? '';
  const shardRange = {
    startingHashKey: shard.HashKeyRange?.StartingHashKey ?? '0',
    endingHashKey: shard.HashKeyRange?.EndingHashKey ?? '0',
  };
  let { ShardIterator } = await client.send(
    new GetShardIteratorCommand({ StreamName: streamName, ShardId: shardId, ShardIteratorType: 'TRIM_HORIZON' }),
  );
  while (ShardIterator) {
    const page = await client.send(new GetRecordsCommand({ ShardIterator, Limit: 10_000 }));
    for (const record of page.Records ?? []) {
      const data = record.Data ?? new Uint8Array();
      const users = deaggregate(data, record.PartitionKey ?? '');
      for (const user of all || isWhole(users, data, shardRange) ? users : []) {
        stored.push({ shardId, partitionKey: user.partitionKey, text: Buffer.from(user.data).toString() });
      }
    }
    if (!page.Records?.length) break;
    ShardIterator = page.NextShardIterator;
  }
  return stored;
}
