import { KinesisClient, type _Record as KinesisRecord, PutRecordsCommand } from '@aws-sdk/client-kinesis';
import { type Site, type SwipeMessage, swipePartitionKey } from '@swipegate/contract';
import { demoSite } from '@swipegate/infra/local/demo/demo-site';
import { seed } from '@swipegate/infra/local/demo/seed';
import { kinesisEvent } from '@swipegate/infra/local/sources/event-source/kinesis-event';
import { composeDecideHandler } from '@swipegate/lambdas/decide/decide-handler';
import type { KinesisStreamEvent } from 'aws-lambda';
import { MemoryDynamodb } from './memory-dynamodb.js';
import { SlabEncoder } from './slab-encoder.js';

export interface DecideAtSdkEdge {
  dynamodb: MemoryDynamodb;
  /** Throws unless every record succeeds. */
  invoke(event: KinesisStreamEvent): Promise<void>;
  /** Event with the next swipes. Everyone in turn goes in by one door; then everyone goes out by another. */
  nextEvent(swipes: number): KinesisStreamEvent;
}

/** Runs decide as deployed, with the demo site of 5,000 people, on stand-ins for DynamoDB and Kinesis. */
export async function decideAtSdkEdge(): Promise<DecideAtSdkEdge> {
  const dynamodb = new MemoryDynamodb();
  const site = demoSite();
  await seed(dynamodb.client, site, []);
  const handler = composeDecideHandler(
    { dynamodb: dynamodb.client, kinesis: silentKinesis() },
    { LOG_LEVEL: 'silent' },
  );
  const traffic = new Traffic(site);
  return {
    dynamodb,
    async invoke(event) {
      const { batchItemFailures } = await handler(event);
      if (batchItemFailures.length > 0) throw new Error(`${batchItemFailures.length} records failed`);
    },
    nextEvent: (swipes) => traffic.next(swipes),
  };
}

/** A client that acknowledges every record at once. */
function silentKinesis(): KinesisClient {
  const client = new KinesisClient({
    region: 'us-east-1',
    credentials: { accessKeyId: 'bench', secretAccessKey: 'bench' },
  });
  client.middlewareStack.add(
    (_next, context) => async (args) => {
      if (context.commandName !== PutRecordsCommand.name) throw new Error(`Unexpected ${context.commandName}`);
      const records: unknown = Reflect.get(args.input, 'Records');
      const { length } = Array.isArray(records) ? records : [];
      const Records = Array.from({ length }, () => ({ ShardId: 'shard-0', SequenceNumber: '1' }));
      return { response: {}, output: { $metadata: {}, FailedRecordCount: 0, Records } };
    },
    { step: 'initialize', priority: 'high', name: 'silent' },
  );
  return client;
}

class Traffic {
  readonly #site: Site;
  readonly #readers: { in: string; out: string };
  #made = 0;
  #sequence = 1;

  constructor(site: Site) {
    this.#site = site;
    const [first] = site.readers;
    const way = (direction: 'in' | 'out') =>
      site.readers.find((reader) => reader.direction === direction && reader.zoneId === first?.zoneId)?.readerId ?? '';
    this.#readers = { in: way('in'), out: way('out') };
  }

  next(swipes: number): KinesisStreamEvent {
    const records = Array.from({ length: swipes }, () => {
      const { tenantId, cardId } = this.#swipe(this.#made);
      const data = JSON.stringify(this.#swipe(this.#made++));
      return { partitionKey: swipePartitionKey(tenantId, cardId), data };
    });
    const stored: KinesisRecord[] = [];
    new SlabEncoder().encode(records, (aggregate, PartitionKey) => {
      const SequenceNumber = `49${String(this.#sequence++).padStart(54, '0')}`;
      const Data = Buffer.from(aggregate);
      stored.push({ SequenceNumber, PartitionKey, Data, ApproximateArrivalTimestamp: new Date() });
    });
    return kinesisEvent('shardId-000000000000', stored, {
      streamArn: 'arn:aws:kinesis:us-east-1:000000000000:stream/swipes',
      region: 'us-east-1',
    });
  }

  #swipe(n: number): SwipeMessage {
    const { cards, tenantId } = this.#site;
    const isIn = Math.floor(n / cards.length) % 2 === 0;
    return {
      tenantId,
      swipeId: `0193a1d2-7c1e-7000-8000-${n.toString(16).padStart(12, '0')}`,
      readerId: isIn ? this.#readers.in : this.#readers.out,
      cardId: cards[n % cards.length]?.cardId ?? '',
      readAt: new Date().toISOString(),
      receivedAt: Date.now(),
    };
  }
}
