import cluster, { type Worker } from 'node:cluster';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Logger } from 'pino';
import { AggregatorRegistry, type Registry } from 'prom-client';
import type { Config } from '../config/config.js';
import { errorCode } from '../intake/sink.js';
import { embedMetrics } from '../metrics/embedded-metrics.js';
import type { GatewayMetrics } from '../metrics/gateway-metrics.js';
import { type Backend, startBackend } from './backend.js';
import type { Gateway } from './gateway.js';
import { type BackendHealth, type FromWorker, isFromWorker, type Metrics, type ToWorker } from './messages.js';
import { unpack } from './packed-records.js';

const HEALTH_EVERY_MS = 200;
/** A worker that dies at once each time shall not keep a core busy with starting. */
const RESTART_AFTER_MS = 500;
const COLLECT_MS = 2_000;

/** A process that serves HTTP ended before it listened: the reason is on its stderr. */
export class WorkerError extends Error {
  override readonly name = 'WorkerError';
  readonly code = 'WORKER_FAILED';
}

/**
 * A gateway whose HTTP is served by several processes, and whose producer and tail are in this one: what a machine accepts of
 * a card has one order, one spool and one shard map, however many cores parse it.
 */
export async function startWorkers(config: Config, logger: Logger, metrics: GatewayMetrics): Promise<Gateway> {
  const workers = new Set<Worker>();
  const backend = await startBackend(config, logger, metrics, (decisions) => {
    for (const worker of workers) send(worker, { type: 'decisions', decisions });
  });
  const primary = new Primary(config, logger, metrics, backend, workers);
  try {
    return await primary.start();
  } catch (error) {
    await primary.close();
    throw error;
  }
}

class Primary {
  readonly #config: Config;
  readonly #logger: Logger;
  readonly #metrics: GatewayMetrics;
  readonly #backend: Backend;
  readonly #workers: Set<Worker>;
  /** Who waits for the metrics of a scrape. */
  readonly #collecting = new Map<number, (metrics: Metrics) => void>();
  #health: BackendHealth = { sinkHealthy: true, tailBehind: false, reasons: [] };
  #healthTimer: NodeJS.Timeout | undefined;
  #scrapes = 0;
  #stopEmbedding = async (): Promise<void> => undefined;
  #closing = false;

  constructor(config: Config, logger: Logger, metrics: GatewayMetrics, backend: Backend, workers: Set<Worker>) {
    this.#config = config;
    this.#logger = logger;
    this.#metrics = metrics;
    this.#backend = backend;
    this.#workers = workers;
  }

  async start(): Promise<Gateway> {
    cluster.setupPrimary({
      exec: fileURLToPath(new URL('./http-worker.js', import.meta.url)),
      args: [],
      // Buffers and typed arrays travel as they are.
      serialization: 'advanced',
    });
    this.#healthTimer = setInterval(() => this.#tellHealth(), HEALTH_EVERY_MS);
    // With PORT=0 the first takes a port, and the others share it.
    const url = await this.#fork();
    await Promise.all(Array.from({ length: this.#config.GATEWAY_WORKERS - 1 }, () => this.#fork()));
    this.#stopEmbedding = embedMetrics(this.#config, this.#logger, () =>
      this.#sums().then((sums) => sums.getMetricsAsJSON()),
    );
    return { url, close: () => this.close() };
  }

  async close(): Promise<void> {
    this.#closing = true;
    clearInterval(this.#healthTimer);
    await this.#stopEmbedding();
    // Requests under way still need the producer and the tail; so these go after the last answer.
    await Promise.all(
      Object.values(cluster.workers ?? {}).map(async (worker) => {
        if (worker === undefined || worker.isDead()) return;
        const exit = once(worker, 'exit');
        if (this.#workers.has(worker)) send(worker, { type: 'stop' });
        // One that is not listening yet has nothing to finish.
        else worker.process.kill('SIGKILL');
        await exit;
      }),
    );
    await this.#backend.close();
  }

  /** @returns where it listens */
  #fork(): Promise<string> {
    const worker = cluster.fork();
    return new Promise((resolve, reject) => {
      worker.on('message', (message: unknown) => {
        if (!isFromWorker(message)) return;
        if (message.type === 'listening') {
          this.#workers.add(worker);
          send(worker, { type: 'health', health: this.#health });
          resolve(message.url);
        } else {
          this.#answer(worker, message);
        }
      });
      worker.once('exit', (code, signal) => {
        reject(new WorkerError(`A process that serves HTTP ended (${signal ?? code}) before it listened.`));
        if (!this.#workers.delete(worker) || this.#closing) return;
        this.#logger.error(
          { pid: worker.process.pid, code, signal },
          'a process that serves HTTP ended; another starts',
        );
        setTimeout(() => this.#replace(), RESTART_AFTER_MS);
      });
    });
  }

  #replace(): void {
    if (this.#closing) return;
    this.#fork().catch((error: unknown) => {
      this.#logger.error({ err: error }, 'a process that serves HTTP could not be replaced; trying again');
      setTimeout(() => this.#replace(), RESTART_AFTER_MS);
    });
  }

  #answer(worker: Worker, message: Exclude<FromWorker, { type: 'listening' }>): void {
    if (message.type === 'put') void this.#put(worker, message.batch, message.records);
    else if (message.type === 'scrape') void this.#scrape(worker, message.scrape);
    else this.#collecting.get(message.scrape)?.(message.metrics);
  }

  /** Answers once all of a batch is durable. If a part of it is not, none of it counts: it comes again with the same ids. */
  async #put(worker: Worker, batch: number, records: Uint8Array): Promise<void> {
    const durable = new Set<Promise<unknown>>();
    try {
      unpack(records, (key, data) => durable.add(this.#backend.producer.put(key, data)));
      await Promise.all(durable);
      send(worker, { type: 'durable', batch });
    } catch (error) {
      send(worker, { type: 'refused', batch, code: errorCode(error) ?? 'UNKNOWN' });
    }
  }

  #tellHealth(): void {
    const health = {
      sinkHealthy: this.#backend.producer.healthy,
      tailBehind: this.#backend.isTailBehind(),
      reasons: this.#backend.notReady(),
    };
    if (JSON.stringify(health) === JSON.stringify(this.#health)) return;
    this.#health = health;
    for (const worker of this.#workers) send(worker, { type: 'health', health });
  }

  async #scrape(asker: Worker, request: number): Promise<void> {
    send(asker, { type: 'scraped', scrape: request, text: await (await this.#sums()).metrics() });
  }

  /** The metrics of all processes added up, without those that do not answer in time. */
  async #sums(): Promise<Registry> {
    const own = await this.#metrics.registry.getMetricsAsJSON();
    return AggregatorRegistry.aggregate([own, ...(await this.#collect())]);
  }

  #collect(): Promise<Metrics[]> {
    const scrape = ++this.#scrapes;
    return new Promise((resolve) => {
      const answers: Metrics[] = [];
      const finish = () => {
        clearTimeout(timer);
        this.#collecting.delete(scrape);
        resolve(answers);
      };
      const timer = setTimeout(finish, COLLECT_MS);
      const asked = this.#workers.size;
      this.#collecting.set(scrape, (metrics) => {
        answers.push(metrics);
        if (answers.length === asked) finish();
      });
      for (const worker of this.#workers) send(worker, { type: 'collect', scrape });
    });
  }
}

function send(worker: Worker, message: ToWorker): void {
  // One that has just ended needs no answer any more.
  if (worker.isConnected()) worker.send(message, (error) => void error);
}
