import { STREAMS, TABLES, type TableName } from '../gateway/contract/index.js';

/** Streams, tables and mappings as both the local cloud and the CDK app create them. */

export interface StreamResource {
  name: string;
  /** Open shards when created. A shard takes 1 MB/s and 1,000 records/s. */
  shards: number;
  retentionHours: number;
}

export interface TableResource {
  name: string;
  partitionKey: string;
  sortKey?: string;
  /** Attribute with the epoch second after which a row may be removed. */
  timeToLive?: string;
}

export interface EventSourceMapping {
  functionName: string;
  stream: string;
  batchSize: number;
  maximumBatchingWindowMs: number;
  /** Attempts after the first. */
  maximumRetryAttempts: number;
  bisectBatchOnFunctionError: boolean;
  functionTimeoutMs: number;
}

export const streams = {
  swipes: { name: STREAMS.swipes, shards: 2, retentionHours: 24 },
  decisions: { name: STREAMS.decisions, shards: 1, retentionHours: 24 },
} as const satisfies Record<string, StreamResource>;

export const tables: Record<TableName, TableResource> = {
  apiKeys: { name: TABLES.apiKeys, partitionKey: 'keyHash' },
  site: { name: TABLES.site, partitionKey: 'siteKey', sortKey: 'id' },
  cards: { name: TABLES.cards, partitionKey: 'cardKey' },
  employees: { name: TABLES.employees, partitionKey: 'employeeKey' },
  presence: { name: TABLES.presence, partitionKey: 'cardKey' },
  decisions: { name: TABLES.decisions, partitionKey: 'swipeKey', sortKey: 'cardId' },
  doorEvents: { name: TABLES.doorEvents, partitionKey: 'readerKey', sortKey: 'eventId' },
};

/**
 * A batch waits for no company: a person stands before the door. Under load batches fill by themselves, because one batch
 * a shard is under way at a time.
 */
export const decideMapping: EventSourceMapping = {
  functionName: 'decide',
  stream: streams.swipes.name,
  batchSize: 100,
  maximumBatchingWindowMs: 0,
  maximumRetryAttempts: 10,
  bisectBatchOnFunctionError: true,
  functionTimeoutMs: 30_000,
};
