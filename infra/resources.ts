import { BUCKETS, INDEXES, QUEUES, STREAMS, TABLES, type TableName, TOPICS } from '@swipegate/contract';
import { EVENTS_PREFIX, UPLOADS_PREFIX } from '@swipegate/lambdas/stores/changes/object-keys';

/** Definitions of streams, tables, queues, buckets and mappings, shared by the local cloud and the CDK app. */

export interface StreamResource {
  name: string;
  /** Initial open shards. A shard takes 1 MB/s and 1,000 records/s. */
  shards: number;
  retentionHours: number;
}

export interface TableResource {
  name: string;
  partitionKey: string;
  sortKey?: string;
  /** Attribute with the epoch second after which DynamoDB may delete a row. */
  timeToLive?: string;
  indexes?: readonly IndexResource[];
}

/** Global secondary index. It contains only rows that have both of its keys. */
export interface IndexResource {
  name: string;
  partitionKey: string;
  sortKey: string;
  /** Projected attributes besides the keys; empty: keys only; default: all. */
  include?: readonly string[];
}

export interface EventSourceMapping {
  functionName: string;
  stream: string;
  batchSize: number;
  maximumBatchingWindowMs: number;
  /** Retries after the first attempt. */
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
    // Only employeeId, not the outbox: DynamoDB writes an index only when a projected attribute changes.
    indexes: [
      { name: INDEXES.presence.byBuilding, partitionKey: 'buildingKey', sortKey: 'placeKey', include: ['employeeId'] },
    ],
  },
  decisions: {
    name: TABLES.decisions,
    partitionKey: 'swipeKey',
    sortKey: 'cardId',
    timeToLive: 'expiresAt',
    // Only the attributes that readers need: three copies, kept for months, are most of the bill.
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
    // Contains only alarms: other door events have no alarmDay.
    indexes: [{ name: INDEXES.doorEvents.byDay, partitionKey: 'alarmDay', sortKey: 'alarmKey' }],
  },
  zoneState: { name: TABLES.zoneState, partitionKey: 'zoneKey' },
  // Only the rows of unknown cards expire.
  readerContacts: {
    name: TABLES.readerContacts,
    partitionKey: 'tenantId',
    sortKey: 'readerId',
    timeToLive: 'expiresAt',
  },
  occupancy: { name: TABLES.occupancy, partitionKey: 'buildingKey', sortKey: 'countedAt', timeToLive: 'expiresAt' },
  unreadable: { name: TABLES.unreadable, partitionKey: 'shardKey', sortKey: 'sequence', timeToLive: 'expiresAt' },
  changes: {
    name: TABLES.changes,
    partitionKey: 'changeKey',
    // Keys only: otherwise each step of a change would be written four times.
    indexes: [
      { name: INDEXES.changes.byTenant, partitionKey: 'tenantId', sortKey: 'requestedKey', include: [] },
      { name: INDEXES.changes.byCard, partitionKey: 'cardKey', sortKey: 'requestedKey', include: [] },
      { name: INDEXES.changes.byEmployee, partitionKey: 'employeeKey', sortKey: 'requestedKey', include: [] },
    ],
  },
  changeCursors: { name: TABLES.changeCursors, partitionKey: 'tenantId' },
  deviceCommands: {
    name: TABLES.deviceCommands,
    partitionKey: 'deviceKey',
    sortKey: 'commandId',
    timeToLive: 'deleteAfter',
    // Contains only commands that nobody has taken.
    indexes: [{ name: INDEXES.deviceCommands.waiting, partitionKey: 'waiting', sortKey: 'at' }],
  },
  rollCalls: { name: TABLES.rollCalls, partitionKey: 'rollKey', sortKey: 'id', timeToLive: 'expiresAt' },
};

/** Availability zones of the network. */
export const ZONES = 3;

/**
 * Interface endpoints of the network, and the zones of each: an hour of each zone is billed. Every zone reaches an
 * endpoint in one zone. While that zone is down, no deployment gets its signal (CloudFormation), and a drained instance
 * leaves its disk (EC2).
 */
export const interfaceEndpoints = {
  Kinesis: ZONES,
  Ssm: ZONES,
  SsmMessages: ZONES,
  Logs: ZONES,
  CloudFormation: 1,
  Ec2: 1,
} as const;

/** Disk of a gateway: system, log, and a spool of SPOOL_MAX_BYTES (1 GiB), with room to spare. */
export const GATEWAY_DISK_GB = 30;

/** No batching window: a person waits. Under load batches fill anyway, because a shard has only one in flight. */
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
 * A batch's objects (about 14 KB a swipe) live until it is done. In Node's default young generation they are copied
 * twice and then promoted, which takes as long as deciding the batch.
 */
export const decideNodeOptions = ['--max-semi-space-size=64'] as const;

/**
 * A request lives until the stream answers, tens of milliseconds. In Node's default young generation, thousands of
 * requests are copied and promoted: a quarter of the cost of single swipes.
 */
export const gatewayNodeOptions = ['--max-semi-space-size=64'] as const;

export type QueueName = keyof typeof QUEUES;
/** Queues with a function that receives from them; the others are for people. */
export type ConsumedQueue = 'changes' | 'stored' | 'uploads';
export type TopicName = keyof typeof TOPICS;
export type BucketName = Exclude<keyof typeof BUCKETS, 'archive'>;

export interface QueueResource {
  name: string;
  /** Messages of a group stay in order, one batch of a group in flight; senders set the deduplication id. */
  fifo: boolean;
  /** Visibility timeout: time that a received message is hidden from other receivers. */
  visibilitySeconds: number;
  /** Queue for messages that were received `maxReceives` times without success. */
  deadLetter?: { queue: QueueName; maxReceives: number };
}

export interface TopicResource {
  name: string;
  fifo: boolean;
  /** Subscribed queues; each gets the message unchanged (raw delivery). */
  queues: readonly QueueName[];
}

export interface BucketResource {
  /** Name in the local cloud; CloudFormation generates the one on AWS. */
  name: string;
  versioned: boolean;
  /** Age at which objects are deleted; default: never. */
  expireDays?: number;
  /** CORS methods for the console's origin; default: none. */
  consoleMethods?: readonly 'POST'[];
  /** Queues to notify of new objects under a prefix (s3:ObjectCreated:*). */
  notices: readonly { prefix: string; queue: QueueName }[];
}

/** Mapping from a queue to a function, which answers with a partial batch response (ReportBatchItemFailures). */
export interface QueueMapping {
  functionName: string;
  queue: QueueName;
  batchSize: number;
  timeoutMs: number;
  /** Maximum batches in flight; default: no limit, but in a FIFO queue one per message group. */
  maximumConcurrency?: number;
}

const MAX_RECEIVES = 5;
/**
 * Visibility timeout per function timeout: AWS's minimum, so that Lambda can retry a throttled batch before its
 * messages reappear. https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
 */
const VISIBILITY_OF_TIMEOUT = 6;

export const queueMappings: Record<ConsumedQueue, QueueMapping> = {
  changes: { functionName: 'change-store', queue: 'changes', batchSize: 10, timeoutMs: 30_000 },
  // More instances are no faster: each applies all stored changes of its tenants. 2 is Lambda's minimum.
  stored: { functionName: 'change-apply', queue: 'stored', batchSize: 10, timeoutMs: 60_000, maximumConcurrency: 2 },
  // A message is a file of up to 2 MiB and needs one SNS call per ten lines.
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
  // The files hold names and card numbers. When they expire, their changes are in the event store.
  uploads: {
    name: BUCKETS.uploads,
    versioned: false,
    expireDays: 30,
    consoleMethods: ['POST'],
    notices: [{ prefix: UPLOADS_PREFIX, queue: 'uploads' }],
  },
};

/** Archive bucket of the local cloud; on AWS the archive stack creates its own. */
export const archiveBucket: BucketResource = { name: BUCKETS.archive, versioned: true, notices: [] };

function source(name: QueueName, deadLetter: QueueName, { timeoutMs }: QueueMapping, fifo: boolean): QueueResource {
  return {
    name: QUEUES[name],
    fifo,
    visibilitySeconds: (VISIBILITY_OF_TIMEOUT * timeoutMs) / 1_000,
    deadLetter: { queue: deadLetter, maxReceives: MAX_RECEIVES },
  };
}

function dead(name: QueueName, fifo: boolean): QueueResource {
  return { name: QUEUES[name], fifo, visibilitySeconds: 30 };
}
