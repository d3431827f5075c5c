import { ProducerError, type ProducerErrorCode, type RetryCause } from './errors.js';

/** Connection of the workers to Kinesis. Plain data, since it is copied to each worker thread. */
export interface KinesisConnection {
  region: string;
  /** E.g. `http://127.0.0.1:4567` for an emulator. Default: the region's endpoint. */
  endpoint?: string;
  /** Default: the AWS SDK's provider chain in each worker, which also renews expiring credentials. */
  credentials?: { accessKeyId: string; secretAccessKey: string; sessionToken?: string };
}

export interface KinesisProducerOptions {
  streamName: string;
  client: KinesisConnection;
  /** Threads that sign and send, 1 to 64. Default 1. */
  workers?: number;
  /** Longest wait for other records to share a call, in ms; none after a quiet time of that length. Default 10. */
  lingerMs?: number;
  /** Largest aggregated Kinesis record, in bytes. Default 51,200. */
  maxRecordBytes?: number;
  /** Most Kinesis records in one PutRecords call. Default 500. */
  maxCallRecords?: number;
  /** Largest PutRecords call, in bytes. Default 5 MiB. */
  maxCallBytes?: number;
  /** Memory for unacknowledged records, in bytes; above it `put` throws BUFFER_FULL. Default 64 MiB. */
  maxBufferedBytes?: number;
  /** Timeout of a PutRecords call, after which it is retried, in ms. Default 5,000. */
  requestTimeoutMs?: number;
  /** First and longest delay of the full-jitter backoff, in ms. Default 50 and 2,000. */
  retryBaseMs?: number;
  retryMaxMs?: number;
  /** Age at which an unacknowledged record fails with RECORD_EXPIRED, in ms. Default 30,000. */
  recordTtlMs?: number;
  /** Rate limit per shard. Default by the stream's mode: {@link PROVISIONED_SHARD}, or none for an on-demand stream. */
  shardRate?: ShardRate;
  /** Start rejects with STREAM_UNORDERED if the stream distributes records by AUTO, which keeps no order. Default false. */
  requireOrder?: boolean;
  /** Strategy to assume while DescribeStreamSummary does not tell it. Default USER_PARTITION_KEY. */
  defaultDistribution?: RecordDistribution;
  /** Disk spool for records that the stream does not accept. Default: none, they wait in memory. */
  spool?: SpoolOptions;
  /** Called for every retry, failure and reshard. Must not throw. */
  onEvent?: (event: ProducerEvent) => void;
}

/**
 * How the stream chooses a record's shard: by its keys, or by itself (on-demand streams only), which ignores both keys
 * (AWS: UpdateStreamRecordDistributionStrategy in the API reference, read in November 2026).
 */
export type RecordDistribution = 'USER_PARTITION_KEY' | 'AUTO';

export interface SpoolOptions {
  /** Created if missing. One producer per directory; records left by an earlier one are sent first. */
  directory: string;
  /** How long a record waits for the stream before it is written to disk, in ms. Default 1,000. */
  afterMs?: number;
  /** Most bytes on disk; above it records wait in memory. Default 1 GiB. */
  maxBytes?: number;
  /** Size at which a new file is started, in bytes. Default 16 MiB. */
  segmentBytes?: number;
}

export interface ShardRate {
  recordsPerSecond: number;
  bytesPerSecond: number;
}

/**
 * Limit of a shard in a provisioned stream (Kinesis developer guide, "Quotas and limits", read in November 2026). None
 * for on-demand streams: they scale with the load, which pacing would hide.
 */
export const PROVISIONED_SHARD: ShardRate = { recordsPerSecond: 1_000, bytesPerSecond: 1024 * 1024 };

/** Events for `onEvent`. A record stored at the first attempt emits none. */
export type ProducerEvent =
  | {
      type: 'retry';
      shardId: string;
      cause: RetryCause;
      message: string;
      /** 1 for the first failure in a row of this shard. */
      attempt: number;
      delayMs: number;
      userRecords: number;
    }
  | { type: 'failed'; code: ProducerErrorCode; message: string; userRecords: number }
  | { type: 'spooled'; shardId: string; userRecords: number }
  | { type: 'spool-failed'; message: string; userRecords: number }
  | { type: 'spool-recovered'; entries: number; tornBytes: number }
  /** Acknowledged records in this file are corrupt and lost. */
  | { type: 'spool-damaged'; path: string; message: string }
  | { type: 'misplaced'; expectedShardId: string; actualShardId: string }
  | { type: 'shard-map'; openShards: number }
  /** At start if it is AUTO, and whenever it changes. AUTO: the stream keeps no order. */
  | { type: 'distribution'; distribution: RecordDistribution }
  | { type: 'shard-map-failed'; message: string; delayMs: number };

export type Settings = Required<Omit<KinesisProducerOptions, 'onEvent' | 'spool' | 'shardRate'>> &
  Pick<KinesisProducerOptions, 'onEvent' | 'shardRate'> & { spool: Required<SpoolOptions> | undefined };

/**
 * Limits of PutRecords: 500 records and, since October 2025, 10 MiB per call, partition keys included. A record is
 * limited to 1 MiB unless the stream's maximum is raised (AWS: "PutRecords" in the API reference as shipped with
 * @aws-sdk/client-kinesis 3.1143, and "Handle large records" in the developer guide; read in November 2026).
 */
const KINESIS_CALL_RECORDS = 500;
const KINESIS_CALL_BYTES = 10 * 1024 * 1024;
const KINESIS_RECORD_BYTES = 1024 * 1024;

/** 256 characters of up to 4 bytes. The partition key counts towards the size of its record. */
export const MAX_KEY_BYTES = 1024;

/**
 * Default of `maxRecordBytes`: the KPL's AggregationMaxSize, and exactly two 25 KB PUT payload units. With one record
 * in flight per shard and 50 ms per call this reaches the 1 MB/s of a shard; larger records only make throttling and
 * retries coarser.
 */
export const DEFAULT_RECORD_BYTES = 51_200;

const DEFAULTS = {
  workers: 1,
  lingerMs: 10,
  maxRecordBytes: DEFAULT_RECORD_BYTES,
  maxCallRecords: KINESIS_CALL_RECORDS,
  // Half of the AWS limit: emulators still enforce the former 5 MiB.
  maxCallBytes: 5 * 1024 * 1024,
  maxBufferedBytes: 64 * 1024 * 1024,
  requestTimeoutMs: 5_000,
  retryBaseMs: 50,
  retryMaxMs: 2_000,
  recordTtlMs: 30_000,
};

const DISTRIBUTIONS: readonly RecordDistribution[] = ['USER_PARTITION_KEY', 'AUTO'];

/** Known options; others are rejected, since a misspelt option would silently have no effect. */
const NAMES: ReadonlySet<string> = new Set([
  ...Object.keys(DEFAULTS),
  ...['streamName', 'client', 'shardRate', 'spool', 'onEvent', 'requireOrder', 'defaultDistribution'],
]);

const SPOOL_DEFAULTS = { afterMs: 1_000, maxBytes: 1024 ** 3, segmentBytes: 16 * 1024 * 1024 };

/** Checks the options and fills in defaults. @throws {ProducerError} INVALID_OPTIONS with the option and its bounds */
export function resolveOptions(options: KinesisProducerOptions): Settings {
  const unknown = Object.keys(options).find((name) => !NAMES.has(name));
  if (unknown !== undefined) throw invalid(unknown, `is unknown: use ${Array.from(NAMES).join(', ')}`);
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  const settings: Settings = {
    ...DEFAULTS,
    requireOrder: false,
    defaultDistribution: 'USER_PARTITION_KEY',
    streamName: options.streamName,
    client: options.client,
    ...given,
    spool: options.spool && { ...SPOOL_DEFAULTS, ...options.spool },
  };
  if (!settings.streamName) throw invalid('streamName', 'must be the name of a stream');
  const { region, endpoint } = settings.client ?? {};
  if (!/^[\w-]+$/.test(region ?? ''))
    throw invalid('client.region', `must be the name of a region, not ${JSON.stringify(region)}`);
  if (endpoint !== undefined && !isHttp(endpoint)) {
    throw invalid('client.endpoint', `must be a URL that starts with http: or https:, not ${JSON.stringify(endpoint)}`);
  }
  within(settings, 'workers', 1, 64);
  if (!Number.isInteger(settings.workers))
    throw invalid('workers', `must be an integer from 1 to 64, not ${settings.workers}`);
  within(settings, 'lingerMs', 0, 60_000);
  within(settings, 'maxRecordBytes', 64, KINESIS_RECORD_BYTES - MAX_KEY_BYTES);
  within(settings, 'maxCallRecords', 1, KINESIS_CALL_RECORDS);
  within(settings, 'maxCallBytes', settings.maxRecordBytes + MAX_KEY_BYTES, KINESIS_CALL_BYTES);
  within(settings, 'maxBufferedBytes', settings.maxRecordBytes, Number.MAX_SAFE_INTEGER);
  within(settings, 'requestTimeoutMs', 1, 600_000);
  within(settings, 'retryBaseMs', 0, 600_000);
  within(settings, 'retryMaxMs', settings.retryBaseMs, 600_000);
  within(settings, 'recordTtlMs', 1, Number.MAX_SAFE_INTEGER);
  const { requireOrder, defaultDistribution } = settings;
  if (typeof requireOrder !== 'boolean') throw invalid('requireOrder', 'must be true or false');
  if (!DISTRIBUTIONS.includes(defaultDistribution)) {
    const allowed = DISTRIBUTIONS.join(' or ');
    throw invalid('defaultDistribution', `must be ${allowed}, not ${JSON.stringify(defaultDistribution)}`);
  }
  if (settings.shardRate) {
    check('shardRate.recordsPerSecond', settings.shardRate.recordsPerSecond, 0.001, Number.MAX_SAFE_INTEGER);
    check('shardRate.bytesPerSecond', settings.shardRate.bytesPerSecond, 1, Number.MAX_SAFE_INTEGER);
  }
  if (settings.spool) checkSpool(settings.spool);
  return settings;
}

function checkSpool(spool: Required<SpoolOptions>): void {
  const known = ['directory', ...Object.keys(SPOOL_DEFAULTS)];
  const unknown = Object.keys(spool).find((name) => !known.includes(name));
  if (unknown !== undefined) throw invalid(`spool.${unknown}`, `is unknown: use ${known.join(', ')}`);
  const { directory } = spool;
  if (typeof directory !== 'string' || directory === '' || directory.includes('\0')) {
    throw invalid('spool.directory', `must be the path of a directory, not ${JSON.stringify(directory)}`);
  }
  check('spool.afterMs', spool.afterMs, 0, 600_000);
  check('spool.segmentBytes', spool.segmentBytes, 64 * 1024, 1024 ** 3);
  check('spool.maxBytes', spool.maxBytes, spool.segmentBytes, Number.MAX_SAFE_INTEGER);
}

function within(settings: Settings, name: keyof typeof DEFAULTS, least: number, most: number): void {
  check(name, settings[name], least, most);
}

function check(name: string, value: number, least: number, most: number): void {
  if (typeof value === 'number' && value >= least && value <= most) return;
  throw invalid(name, `must be a number from ${least} to ${most}, not ${JSON.stringify(value)}`);
}

function isHttp(url: unknown): boolean {
  return typeof url === 'string' && /^https?:/i.test(url) && URL.canParse(url);
}

function invalid(name: string, why: string): ProducerError {
  return new ProducerError('INVALID_OPTIONS', `Option ${name} ${why}.`);
}
