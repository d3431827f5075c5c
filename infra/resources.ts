import { BUCKETS, INDEXES, QUEUES, STREAMS, TABLES, type TableName, TOPICS } from '@swipegate/contract';
import { EVENTS_PREFIX } from '@swipegate/lambdas/stores/changes/object-key';
import { UPLOADS_PREFIX } from '@swipegate/lambdas/stores/imports/import-key';

/** Streams, tables, queues, buckets and mappings as both the local cloud and the CDK app create them. */

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
  /** Attributes it carries besides the keys, none where empty; default: all. */
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
    // What a decision is read from, and no more: kept for months, three times over, it is most of the bill.
    indexes: [
      {
        name: INDEXES.decisions.byCard,
        partitionKey: 'cardKey',
        sortKey: 'eventKey',
        include: ['readerKey', 'employeeKey', 'decidedKey', 'decision'],
      },
      {
        name: INDEXES.decisions.byEmployee,
        partitionKey: 'employeeKey',
        sortKey: 'eventKey',
        include: ['readerKey', 'decidedKey', 'decision'],
      },
      {
        name: INDEXES.decisions.byReader,
        partitionKey: 'readerKey',
        sortKey: 'decidedKey',
        include: ['employeeKey', 'decision'],
      },
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
    // Keys alone: each step of a change would otherwise be written four times.
    indexes: [
      { name: INDEXES.changes.byTenant, partitionKey: 'tenantId', sortKey: 'requestedKey', include: [] },
      { name: INDEXES.changes.byCard, partitionKey: 'cardKey', sortKey: 'requestedKey', include: [] },
      { name: INDEXES.changes.byEmployee, partitionKey: 'employeeKey', sortKey: 'requestedKey', include: [] },
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

/**
 * Options that decide's Node is started with. All that a batch is made of lives until the batch is done, some 14 KB a swipe: in
 * a young generation of Node's own size it is copied twice and then promoted, which takes as long as deciding it.
 */
export const decideNodeOptions = ['--max-semi-space-size=64'] as const;

/**
 * Options that the gateway's Node is started with. A request lives until the stream has answered, some tens of milliseconds: in
 * a young generation of Node's own size thousands of them are copied and promoted, a quarter of all that single swipes cost.
 */
export const gatewayNodeOptions = ['--max-semi-space-size=64'] as const;

export type QueueName = keyof typeof QUEUES;
/** Those that a function receives from; the others are for people. */
export type ConsumedQueue = 'changes' | 'stored' | 'uploads';
export type TopicName = keyof typeof TOPICS;
/** Of the back office. */
export type BucketName = Exclude<keyof typeof BUCKETS, 'archive'>;

export interface QueueResource {
  name: string;
  /** Messages of a group in their order, one batch of a group at a time; senders give the deduplication id. */
  fifo: boolean;
  /** How long a message that was received is hidden from others. */
  visibilitySeconds: number;
  /** Where a message goes that was received so often in vain. */
  deadLetter?: { queue: QueueName; maxReceives: number };
}

export interface TopicResource {
  name: string;
  fifo: boolean;
  /** Queues that get each message as it was published (raw delivery). */
  queues: readonly QueueName[];
}

export interface BucketResource {
  /** Of the local cloud; on AWS one is made up. */
  name: string;
  versioned: boolean;
  /** Objects are removed when they are this old; default: never. */
  expireDays?: number;
  /** What a page of the console's origin may do with it by itself; default: nothing. */
  consoleMethods?: readonly 'POST'[];
  /** Notices of each object that is created under a prefix (s3:ObjectCreated:*). */
  notices: readonly { prefix: string; queue: QueueName }[];
}

/** Of a queue to a function, which answers with a partial batch response (ReportBatchItemFailures). */
export interface QueueMapping {
  functionName: string;
  queue: QueueName;
  batchSize: number;
  /** Of the function. */
  timeoutMs: number;
  /** Batches under way at most; default: as many as there are. Of a FIFO queue: one a message group. */
  maximumConcurrency?: number;
}

const MAX_RECEIVES = 5;
/**
 * Of a queue's visibility to its function's timeout: Lambda asks for at least this, so that a batch that was throttled can be
 * tried again before its messages come a second time (https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html).
 */
const VISIBILITY_OF_TIMEOUT = 6;

export const queueMappings: Record<ConsumedQueue, QueueMapping> = {
  changes: { functionName: 'change-store', queue: 'changes', batchSize: 10, timeoutMs: 30_000 },
  // Two of them get as far as one: each applies all that its tenants have in the store. 2 is the least that Lambda takes.
  stored: { functionName: 'change-apply', queue: 'stored', batchSize: 10, timeoutMs: 60_000, maximumConcurrency: 2 },
  // A message is a file of up to 2 MiB, and a call of SNS for every ten of its lines.
  uploads: { functionName: 'change-import', queue: 'uploads', batchSize: 1, timeoutMs: 300_000 },
};

export const queues: Record<QueueName, QueueResource> = {
  changes: source('changes', 'changesDead', queueMappings.changes, true),
  changesDead: dead('changesDead', true),
  stored: source('stored', 'storedDead', queueMappings.stored, false),
  storedDead: dead('storedDead', false),
  uploads: source('uploads', 'uploadsDead', queueMappings.uploads, false),
  uploadsDead: dead('uploadsDead', false),
};

export const topics: Record<TopicName, TopicResource> = {
  changes: { name: TOPICS.changes, fifo: true, queues: ['changes'] },
};

export const buckets: Record<BucketName, BucketResource> = {
  events: { name: BUCKETS.events, versioned: true, notices: [{ prefix: EVENTS_PREFIX, queue: 'stored' }] },
  // The files hold names and card numbers, and what they ask for is in the event store by then.
  uploads: {
    name: BUCKETS.uploads,
    versioned: false,
    expireDays: 30,
    consoleMethods: ['POST'],
    notices: [{ prefix: UPLOADS_PREFIX, queue: 'uploads' }],
  },
};

/** Of the local cloud; on AWS the archive's stack makes one up. */
export const archiveBucket: BucketResource = { name: BUCKETS.archive, versioned: true, notices: [] };

function source(name: QueueName, deadLetter: QueueName, { timeoutMs }: QueueMapping, fifo: boolean): QueueResource {
  return {
    name: QUEUES[name],
    fifo,
    visibilitySeconds: (VISIBILITY_OF_TIMEOUT * timeoutMs) / 1_000,
    deadLetter: { queue: deadLetter, maxReceives: MAX_RECEIVES },
  };
}

/** Nobody receives from it but by hand. */
function dead(name: QueueName, fifo: boolean): QueueResource {
  return { name: QUEUES[name], fifo, visibilitySeconds: 30 };
}
