import { Piscina } from 'piscina';
import type { Settings } from '../api/options.js';
import type { Shard } from '../lanes/shard-map.js';
import type { PutRecordsTask, StreamTask } from './put-records-worker.js';
import type { CallRecord, Outcome, StreamMode, Transport } from './transport.js';

/** Calls one thread has in flight: they are asynchronous I/O, and few are needed, as a call carries up to 500 shards. */
export const CALLS_PER_WORKER = 16;

/** Sends from piscina threads, so that signing and serialising take nothing from the caller's event loop. */
export class WorkerTransport implements Transport {
  readonly #settings: Settings;
  readonly #filename: string;
  #pool: Piscina;
  #closed = false;
  #ending: Promise<void> | undefined;

  /** @param workerFile what the threads run; another one only in tests */
  constructor(settings: Settings, workerFile = new URL('./put-records-worker.js', import.meta.url)) {
    this.#settings = settings;
    this.#filename = workerFile.href;
    this.#pool = this.#startPool();
  }

  putRecords(records: CallRecord[]): Promise<Outcome[]> {
    const { streamName, requestTimeoutMs: timeoutMs } = this.#settings;
    return this.#run<PutRecordsTask, Outcome[]>('putRecords', { streamName, timeoutMs, records });
  }

  listShards(): Promise<Shard[]> {
    const { streamName, requestTimeoutMs: timeoutMs } = this.#settings;
    return this.#run<StreamTask, Shard[]>('listShards', { streamName, timeoutMs });
  }

  streamMode(): Promise<StreamMode | undefined> {
    const { streamName, requestTimeoutMs: timeoutMs } = this.#settings;
    return this.#run<StreamTask, StreamMode | undefined>('streamMode', { streamName, timeoutMs });
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#pool.destroy();
  }

  async #run<Task, Result>(name: string, task: Task): Promise<Result> {
    const pool = this.#pool;
    // A thread that neither answers nor dies would hold its shards for ever.
    const watchdog = setTimeout(() => this.#replace(pool), this.#settings.requestTimeoutMs * 2 + 30_000);
    watchdog.unref();
    try {
      return await pool.run(task, { name });
    } catch (error) {
      // Not before its threads are gone may the memory of its calls be written again.
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
    const pool = new Piscina({
      filename: this.#filename,
      name: 'putRecords',
      minThreads: this.#settings.workers,
      maxThreads: this.#settings.workers,
      idleTimeout: Number.POSITIVE_INFINITY,
      concurrentTasksPerWorker: CALLS_PER_WORKER,
      // Piscina's default lets an idle thread sleep outside its event loop, where it would not see that Kinesis closed
      // a kept-alive connection, and fail the next call with it.
      atomics: 'disabled',
      recordTiming: false,
      workerData: this.#settings.client,
    });
    // A thread that dies rejects its calls, which are then sent again; piscina starts another. Nothing else to do.
    pool.on('error', () => {});
    return pool;
  }
}
