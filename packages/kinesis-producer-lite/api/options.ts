import type { ShardRate } from '../lanes/pacer.js';
import { ProducerError } from './errors.js';
import type { ProducerEvent } from './events.js';

/** How the workers reach Kinesis. Plain data: it is copied to each worker thread. */
export interface KinesisConnection {
  region: string;
  /** e.g. `http://127.0.0.1:4567` for an emulator. Default: the region's own endpoint. */
  endpoint?: string;
  /** Without it, each worker uses the AWS SDK's default provider chain, which also renews what expires. */
  credentials?: { accessKeyId: string; secretAccessKey: string; sessionToken?: string };
}

export interface KinesisProducerOptions {
  streamName: string;
  client: KinesisConnection;
  /** Threads that sign and send. Default 1. */
  workers?: number;
  /** The longest a record waits for company while its shard is idle, in ms; not at all when nothing was sent for so long. Default 10. */
  lingerMs?: number;
  /** Bytes of one aggregated Kinesis record. Default 51,200. */
  maxRecordBytes?: number;
  /** Kinesis records of one PutRecords call. Default 500. */
  maxCallRecords?: number;
  /** Bytes of one PutRecords call. Default 5 MiB. */
  maxCallBytes?: number;
  /** Memory held for records not yet acknowledged, in bytes; past it `put` refuses. Default 64 MiB. */
  maxBufferedBytes?: number;
  /** A PutRecords call that takes longer is retried, in ms. Default 5,000. */
  requestTimeoutMs?: number;
  /** First and longest pause of the full-jitter backoff, in ms. Default 50 and 2,000. */
  retryBaseMs?: number;
  retryMaxMs?: number;
  /** A record that stays unacknowledged for this long, in ms, fails with RECORD_EXPIRED. Default 30,000. */
  recordTtlMs?: number;
  /** What a shard is sent in a second, at most. Default: what the stream's mode allows, see {@link PROVISIONED_SHARD}. */
  shardRate?: ShardRate;
  /** Where records go while the stream does not take them. Default: nowhere, they wait in memory. */
  spool?: SpoolOptions;
  /** Sees every retry, failure and reshard. Must not throw. */
  onEvent?: (event: ProducerEvent) => void;
}

export interface SpoolOptions {
  /** Made if it is not there. One producer a directory; what an earlier one left there is sent first. */
  directory: string;
  /** How long a record waits for the stream before it goes to disk, in ms. Default 1,000. */
  afterMs?: number;
  /** Bytes on disk, at most; past it records wait in memory. Default 1 GiB. */
  maxBytes?: number;
  /** Bytes after which a new file is begun. Default 16 MiB. */
  segmentBytes?: number;
}

export type Settings = Required<Omit<KinesisProducerOptions, 'onEvent' | 'spool' | 'shardRate'>> &
  Pick<KinesisProducerOptions, 'onEvent' | 'shardRate'> & { spool: Required<SpoolOptions> | undefined };

/**
 * PutRecords takes at most 500 records and, since October 2025, 10 MiB a call, partition keys included; a record may
 * have 1 MiB unless the stream's own maximum is raised (AWS: "PutRecords" in the API reference as shipped with
 * @aws-sdk/client-kinesis 3.1143, and "Handle large records" in the developer guide; read in November 2026).
 */
const KINESIS_CALL_RECORDS = 500;
const KINESIS_CALL_BYTES = 10 * 1024 * 1024;
const KINESIS_RECORD_BYTES = 1024 * 1024;

/** 256 characters of at most 4 bytes: a partition key counts towards the size of its record. */
export const MAX_KEY_BYTES = 1024;

const DEFAULTS = {
  workers: 1,
  lingerMs: 10,
  // The KPL's own AggregationMaxSize, and exactly two 25 KB PUT payload units. One record in flight per shard at 50 ms
  // a call is then already the 1 MB/s that a shard takes; a larger one only coarsens throttling and retries.
  maxRecordBytes: 51_200,
  maxCallRecords: KINESIS_CALL_RECORDS,
  // Half of what AWS takes today: the emulators still enforce the former 5 MiB.
  maxCallBytes: 5 * 1024 * 1024,
  maxBufferedBytes: 64 * 1024 * 1024,
  requestTimeoutMs: 5_000,
  retryBaseMs: 50,
  retryMaxMs: 2_000,
  recordTtlMs: 30_000,
};

/** A misspelt option would be one that has no effect. */
const NAMES: ReadonlySet<string> = new Set([
  ...Object.keys(DEFAULTS),
  ...['streamName', 'client', 'shardRate', 'spool', 'onEvent'],
]);

const SPOOL_DEFAULTS = { afterMs: 1_000, maxBytes: 1024 ** 3, segmentBytes: 16 * 1024 * 1024 };

/** Fills in the defaults. @throws {ProducerError} INVALID_OPTIONS, naming the option and its bounds. */
export function resolveOptions(options: KinesisProducerOptions): Settings {
  const unknown = Object.keys(options).find((name) => !NAMES.has(name));
  if (unknown !== undefined) throw invalid(unknown, 'is unknown');
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  const settings: Settings = {
    ...DEFAULTS,
    streamName: options.streamName,
    client: options.client,
    ...given,
    spool: options.spool && { ...SPOOL_DEFAULTS, ...options.spool },
  };
  if (!settings.streamName) throw invalid('streamName', 'must name a stream');
  if (!settings.client?.region) throw invalid('client.region', 'must name a region');
  within(settings, 'workers', 1, 64);
  if (!Number.isInteger(settings.workers)) throw invalid('workers', `must be whole, and is ${settings.workers}`);
  within(settings, 'lingerMs', 0, 60_000);
  within(settings, 'maxRecordBytes', 64, KINESIS_RECORD_BYTES - MAX_KEY_BYTES);
  within(settings, 'maxCallRecords', 1, KINESIS_CALL_RECORDS);
  within(settings, 'maxCallBytes', settings.maxRecordBytes + MAX_KEY_BYTES, KINESIS_CALL_BYTES);
  within(settings, 'maxBufferedBytes', settings.maxRecordBytes, Number.MAX_SAFE_INTEGER);
  within(settings, 'requestTimeoutMs', 1, 600_000);
  within(settings, 'retryBaseMs', 0, 600_000);
  within(settings, 'retryMaxMs', settings.retryBaseMs, 600_000);
  within(settings, 'recordTtlMs', 1, Number.MAX_SAFE_INTEGER);
  if (settings.shardRate) {
    check('shardRate.recordsPerSecond', settings.shardRate.recordsPerSecond, 0.001, Number.MAX_SAFE_INTEGER);
    check('shardRate.bytesPerSecond', settings.shardRate.bytesPerSecond, 1, Number.MAX_SAFE_INTEGER);
  }
  if (settings.spool) checkSpool(settings.spool);
  return settings;
}

function checkSpool(spool: Required<SpoolOptions>): void {
  if (!spool.directory) throw invalid('spool.directory', 'must name a directory');
  check('spool.afterMs', spool.afterMs, 0, 600_000);
  check('spool.segmentBytes', spool.segmentBytes, 64 * 1024, 1024 ** 3);
  check('spool.maxBytes', spool.maxBytes, spool.segmentBytes, Number.MAX_SAFE_INTEGER);
}

function within(settings: Settings, name: keyof typeof DEFAULTS, least: number, most: number): void {
  check(name, settings[name], least, most);
}

function check(name: string, value: number, least: number, most: number): void {
  if (typeof value === 'number' && value >= least && value <= most) return;
  throw invalid(name, `must be a number from ${least} to ${most}, and is ${JSON.stringify(value)}`);
}

function invalid(name: string, why: string): ProducerError {
  return new ProducerError('INVALID_OPTIONS', `Option ${name} ${why}.`);
}
