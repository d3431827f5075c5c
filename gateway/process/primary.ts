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
import type { RunningServer } from './frontend.js';
import { type BackendHealth, isFromWorker, type Metrics, type ServerUrls, type ToWorker, unpack } from './messages.js';

const HEALTH_EVERY_MS = 200;
/** Delay of restarts, ms, so that a crash loop does not burn a core. */
const RESTART_AFTER_MS = 500;
const COLLECT_MS = 2_000;

/** An HTTP worker exited before it listened. */
export class WorkerError extends Error {
  override readonly name = 'WorkerError';
  readonly code = 'WORKER_FAILED';
}

/** HTTP runs in workers. This process has the only producer, so a card's swipes keep one order per machine. */
export async function startWorkers(config: Config, logger: Logger, metrics: GatewayMetrics): Promise<RunningServer> {
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
  /** Collectors of workers' metrics, by number of the scrape. */
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

  async start(): Promise<RunningServer> {
    cluster.setupPrimary({
      exec: fileURLToPath(new URL('./http-worker.js', import.meta.url)),
      args: [],
      // Sends buffers and typed arrays without conversion to JSON.
      serialization: 'advanced',
    });
    this.#healthTimer = setInterval(() => this.#sendHealth(), HEALTH_EVERY_MS);
    // Start one worker first: with PORT=0 it picks the port that the others share.
    const urls = await this.#fork();
    await Promise.all(Array.from({ length: this.#config.GATEWAY_WORKERS - 1 }, () => this.#fork()));
    this.#stopEmbedding = embedMetrics(this.#config, this.#logger, () =>
      this.#summedMetrics().then((sums) => sums.getMetricsAsJSON()),
    );
    return { ...urls, close: () => this.close() };
  }

  async close(): Promise<void> {
    this.#closing = true;
    clearInterval(this.#healthTimer);
    await this.#stopEmbedding();
    // The backend closes last: requests in flight still need the producer and the tail.
    await Promise.all(
      Object.values(cluster.workers ?? {}).map(async (worker) => {
        if (worker === undefined || worker.isDead()) return;
        const exit = once(worker, 'exit');
        if (this.#workers.has(worker)) send(worker, { type: 'stop' });
        // A worker that does not listen yet has nothing to finish.
        else worker.process.kill('SIGKILL');
        await exit;
      }),
    );
    await this.#backend.close();
  }

  #fork(): Promise<ServerUrls> {
    const worker = cluster.fork();
    return new Promise((resolve, reject) => {
      worker.on('message', (message: unknown) => {
        if (!isFromWorker(message)) return;
        if (message.type === 'put') void this.#put(worker, message.batch, message.records);
        else if (message.type === 'scrape') void this.#scrape(worker, message.scrape);
        else if (message.type === 'metrics') this.#collecting.get(message.scrape)?.(message.metrics);
        else {
          this.#workers.add(worker);
          send(worker, { type: 'health', health: this.#health });
          resolve(message.urls);
        }
      });
      worker.once('exit', (code, signal) => {
        const cause = signal ?? code;
        reject(new WorkerError(`An HTTP worker exited (${cause}) before it listened. Its stderr has the reason.`));
        if (!this.#workers.delete(worker) || this.#closing) return;
        this.#logger.error({ pid: worker.process.pid, code, signal }, 'an HTTP worker exited; starting another');
        setTimeout(() => this.#replace(), RESTART_AFTER_MS);
      });
    });
  }

  #replace(): void {
    if (this.#closing) return;
    this.#fork().catch((error: unknown) => {
      this.#logger.error({ err: error }, 'an HTTP worker could not be replaced; retrying');
      setTimeout(() => this.#replace(), RESTART_AFTER_MS);
    });
  }

  /** One failed record refuses the whole batch; senders retry with the same ids. */
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

  #sendHealth(): void {
    const health = {
      sinkHealthy: this.#backend.producer.healthy,
      tailBehind: this.#backend.isTailBehind(),
      reasons: this.#backend.notReady(),
    };
    if (JSON.stringify(health) === JSON.stringify(this.#health)) return;
    this.#health = health;
    for (const worker of this.#workers) send(worker, { type: 'health', health });
  }

  async #scrape(worker: Worker, request: number): Promise<void> {
    send(worker, { type: 'scraped', scrape: request, text: await (await this.#summedMetrics()).metrics() });
  }

  /** Leaves out workers that do not answer in time. */
  async #summedMetrics(): Promise<Registry> {
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
      const expected = this.#workers.size;
      this.#collecting.set(scrape, (metrics) => {
        answers.push(metrics);
        if (answers.length === expected) finish();
      });
      for (const worker of this.#workers) send(worker, { type: 'collect', scrape });
    });
  }
}

function send(worker: Worker, message: ToWorker): void {
  // Ignores a worker that has just exited.
  if (worker.isConnected()) worker.send(message, (error) => void error);
}
