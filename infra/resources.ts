import { INDEXES, STREAMS, TABLES, type TableName } from '../gateway/contract/index.js';

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
  indexes?: readonly IndexResource[];
}

/** A global secondary index; a row that lacks one of its keys is not in it. */
export interface IndexResource {
  name: string;
  partitionKey: string;
  sortKey: string;
  /** Attributes it carries besides the keys; default: all. */
  include?: readonly string[];
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
  employees: {
    name: TABLES.employees,
    partitionKey: 'employeeKey',
    indexes: [{ name: INDEXES.employees.byName, partitionKey: 'tenantId', sortKey: 'nameKey' }],
  },
  presence: {
    name: TABLES.presence,
    partitionKey: 'cardKey',
    timeToLive: 'expiresAt',
    // Not the outbox: an index is written when what it carries changes, and only then.
    indexes: [
      { name: INDEXES.presence.byBuilding, partitionKey: 'buildingKey', sortKey: 'placeKey', include: ['employeeId'] },
    ],
  },
  decisions: {
    name: TABLES.decisions,
    partitionKey: 'swipeKey',
    sortKey: 'cardId',
    timeToLive: 'expiresAt',
    indexes: [
      { name: INDEXES.decisions.byCard, partitionKey: 'cardKey', sortKey: 'eventKey' },
      { name: INDEXES.decisions.byEmployee, partitionKey: 'employeeKey', sortKey: 'eventKey' },
      { name: INDEXES.decisions.byReader, partitionKey: 'readerKey', sortKey: 'decidedKey' },
    ],
  },
  doorEvents: {
    name: TABLES.doorEvents,
    partitionKey: 'readerKey',
    sortKey: 'eventId',
    timeToLive: 'expiresAt',
    // Alarms only: other door events have no alarmDay.
    indexes: [{ name: INDEXES.doorEvents.byDay, partitionKey: 'alarmDay', sortKey: 'alarmKey' }],
  },
  zoneState: { name: TABLES.zoneState, partitionKey: 'zoneKey' },
  readerContacts: { name: TABLES.readerContacts, partitionKey: 'tenantId', sortKey: 'readerId' },
  occupancy: { name: TABLES.occupancy, partitionKey: 'buildingKey', sortKey: 'countedAt', timeToLive: 'expiresAt' },
  unreadable: { name: TABLES.unreadable, partitionKey: 'shardKey', sortKey: 'sequence', timeToLive: 'expiresAt' },
  changes: {
    name: TABLES.changes,
    partitionKey: 'changeKey',
    indexes: [
      { name: INDEXES.changes.byTenant, partitionKey: 'tenantId', sortKey: 'requestedKey' },
      { name: INDEXES.changes.byCard, partitionKey: 'cardKey', sortKey: 'requestedKey' },
      { name: INDEXES.changes.byEmployee, partitionKey: 'employeeKey', sortKey: 'requestedKey' },
    ],
  },
  changeCursors: { name: TABLES.changeCursors, partitionKey: 'tenantId' },
};

/** Of a gateway's disk: the system, its log, and a spool of SPOOL_MAX_BYTES (1 GiB) with room to spare. */
export const GATEWAY_DISK_GB = 30;

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
