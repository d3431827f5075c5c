import {
  CreateTableCommand,
  type DynamoDBClient,
  type GlobalSecondaryIndex,
  type KeySchemaElement,
  type Projection,
  ResourceInUseException as TableExists,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import {
  CreateStreamCommand,
  type KinesisClient,
  ResourceInUseException as StreamExists,
  waitUntilStreamExists,
} from '@aws-sdk/client-kinesis';
import { type IndexResource, type StreamResource, streams, type TableResource, tables } from '../../resources.js';
import type { BackOfficeClients } from './provision-back-office.js';

export interface Clients extends BackOfficeClients {
  kinesis: KinesisClient;
  dynamodb: DynamoDBClient;
}

const WAIT = { maxWaitTime: 30, minDelay: 0.05, maxDelay: 0.5 };

/** Creates missing streams and tables and waits until they are active. Sets no time to live: the emulator has none. */
export async function provision({ kinesis, dynamodb }: Pick<Clients, 'kinesis' | 'dynamodb'>): Promise<void> {
  await allOf([...Object.values(streams).map((stream) => createStream(kinesis, stream)), provisionTables(dynamodb)]);
}

/** Like Promise.all, but rejects only once all have settled: the waiters would go on for half a minute. */
export async function allOf(work: readonly Promise<unknown>[]): Promise<void> {
  await Promise.allSettled(work);
  await Promise.all(work);
}

export async function provisionTables(dynamodb: DynamoDBClient): Promise<void> {
  await allOf(Object.values(tables).map((table) => createTable(dynamodb, table)));
}

async function createStream(kinesis: KinesisClient, stream: StreamResource): Promise<void> {
  try {
    await kinesis.send(new CreateStreamCommand({ StreamName: stream.name, ShardCount: stream.shards }));
  } catch (error) {
    if (!(error instanceof StreamExists)) throw error;
  }
  await waitUntilStreamExists({ client: kinesis, ...WAIT }, { StreamName: stream.name });
}

async function createTable(dynamodb: DynamoDBClient, table: TableResource): Promise<void> {
  const { name, indexes = [] } = table;
  const attributes = new Set(
    [table, ...indexes].flatMap(({ partitionKey, sortKey }) => [partitionKey, sortKey ?? []].flat()),
  );
  const command = new CreateTableCommand({
    TableName: name,
    BillingMode: 'PAY_PER_REQUEST',
    KeySchema: keySchema(table),
    AttributeDefinitions: Array.from(attributes, (AttributeName) => ({ AttributeName, AttributeType: 'S' as const })),
    ...(indexes.length === 0 ? {} : { GlobalSecondaryIndexes: indexes.map(secondaryIndex) }),
  });
  try {
    await dynamodb.send(command);
  } catch (error) {
    if (!(error instanceof TableExists)) throw error;
  }
  await waitUntilTableExists({ client: dynamodb, ...WAIT }, { TableName: name });
}

function secondaryIndex({ name, include, ...keys }: IndexResource): GlobalSecondaryIndex {
  return { IndexName: name, KeySchema: keySchema(keys), Projection: projection(include) };
}

function projection(include: IndexResource['include']): Projection {
  if (include === undefined) return { ProjectionType: 'ALL' };
  if (include.length === 0) return { ProjectionType: 'KEYS_ONLY' };
  return { ProjectionType: 'INCLUDE', NonKeyAttributes: [...include] };
}

function keySchema({ partitionKey, sortKey }: { partitionKey: string; sortKey?: string }): KeySchemaElement[] {
  const schema: KeySchemaElement[] = [{ AttributeName: partitionKey, KeyType: 'HASH' }];
  if (sortKey !== undefined) schema.push({ AttributeName: sortKey, KeyType: 'RANGE' });
  return schema;
}
