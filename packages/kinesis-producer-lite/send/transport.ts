import { fileURLToPath } from 'node:url';
import type { Piscina } from 'piscina';
import { ProducerError, type RetryCause, type StreamErrorCode } from '../api/errors.js';
import type { RecordDistribution, Settings } from '../api/options.js';
import type { Shard } from '../api/shard-map.js';
import { findWorker, loadPiscina } from './find-worker.js';

export interface CallRecord {
  /** The slab's memory, shared with the worker. */
  memory: ArrayBufferLike;
  start: number;
  end: number;
  /** True for an aggregate that still lacks its digest, false for a plain record. */
  aggregated: boolean;
  partitionKey: string;
  explicitHashKey: string | undefined;
}

export type StreamMode = 'PROVISIONED' | 'ON_DEMAND';

export type Outcome =
  | { stored: true; shardId: string; sequenceNumber: string }
  | { stored: false; cause: RetryCause; message: string };

/** Answer of DescribeStreamSummary. Without an answer, it has only `failure`. */
export interface StreamSummary {
  mode?: StreamMode | undefined;
  /** Also absent if the server does not know the strategy, as with emulators. */
  distribution?: RecordDistribution | undefined;
  failure?: { cause: RetryCause; message: string };
}

/** All shards of a stream, or why they cannot be read. */
export type Listing = { shards: Shard[] } | { code: StreamErrorCode; message: string };

/** The operations of Kinesis that the producer needs. */
export interface Transport {
  /** One PutRecords call: one outcome per record, in the same order. Rejects only if the worker itself fails. */
  putRecords(records: CallRecord[]): Promise<Outcome[]>;
  /** @throws {ProducerError} STREAM_NOT_FOUND, STREAM_REFUSED, STREAM_UNAVAILABLE */
  listShards(): Promise<Shard[]>;
  /** Rejects only if the worker itself fails. */
  describe(): Promise<StreamSummary>;
  close(): Promise<void>;
}

export interface StreamTask {
  streamName: string;
  timeoutMs: number;
}

export interface PutRecordsTask extends StreamTask {
  records: CallRecord[];
}

/** Calls in flight per thread. Asynchronous I/O; few suffice, as a call carries records of up to 500 shards. */
export const CALLS_PER_WORKER = 16;

/** Sends from piscina threads, so that signing and serializing do not block the caller's event loop. */
export class WorkerTransport implements Transport {
  readonly #settings: Settings;
  readonly #worker: string;
  readonly #Pool: typeof Piscina;
  #pool: Piscina;
  #closed = false;
  #ending: Promise<void> | undefined;

  /**
   * @param worker script of the threads; replaced in tests
   * @throws {ProducerError} WORKER_NOT_FOUND
   */
  constructor(settings: Settings, worker?: URL) {
    this.#settings = settings;
    this.#worker = worker === undefined ? findWorker() : fileURLToPath(worker);
    this.#Pool = loadPiscina(this.#worker);
    this.#pool = this.#startPool();
  }

  putRecords(records: CallRecord[]): Promise<Outcome[]> {
    return this.#run('putRecords', { ...this.#task, records });
  }

  async listShards(): Promise<Shard[]> {
    const listing = await this.#run<Listing>('listShards', this.#task);
    if ('shards' in listing) return listing.shards;
    const detail = `Stream ${this.#settings.streamName} cannot be read: ${listing.message}.`;
    throw new ProducerError(listing.code, detail);
  }

  describe(): Promise<StreamSummary> {
    return this.#run('describe', this.#task);
  }

  get #task(): StreamTask {
    return { streamName: this.#settings.streamName, timeoutMs: this.#settings.requestTimeoutMs };
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#pool.destroy();
  }

  async #run<Result>(name: string, task: StreamTask | PutRecordsTask): Promise<Result> {
    const pool = this.#pool;
    // Replace a thread that neither answers nor dies: it would block its shards forever.
    const watchdog = setTimeout(() => this.#replace(pool), this.#settings.requestTimeoutMs * 2 + 30_000);
    watchdog.unref();
    try {
      return await pool.run(task, { name });
    } catch (error) {
      // Wait until the old threads are gone: they may still read the memory of their calls.
      await this.#ending;
      throw error;
    } finally {
      clearTimeout(watchdog);
    }
  }

  #replace(pool: Piscina): void {
    if (this.#closed || pool !== this.#pool) return;
    this.#pool = this.#startPool();
    this.#ending = pool.destroy();
  }

  #startPool(): Piscina {
    const pool = new this.#Pool({
      filename: this.#worker,
      name: 'putRecords',
      minThreads: this.#settings.workers,
      maxThreads: this.#settings.workers,
      idleTimeout: Number.POSITIVE_INFINITY,
      concurrentTasksPerWorker: CALLS_PER_WORKER,
      // By default piscina blocks idle threads outside their event loop. They would miss that Kinesis closed a
      // kept-alive connection, and the next call on it would fail.
      atomics: 'disabled',
      recordTiming: false,
      workerData: this.#settings.client,
    });
    // Nothing to do: the calls of a dead thread reject and are retried, and piscina starts a new thread.
    pool.on('error', () => {});
    return pool;
  }
}
