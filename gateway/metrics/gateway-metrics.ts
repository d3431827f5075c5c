import type { Socket } from 'node:net';
import { type Decision, GATEWAY_METRICS, type OwnMetric, tenantKey } from '@swipegate/contract';
import { timestampMs } from '@swipegate/contract/values/timestamp-ms';
import type { FastifyInstance } from 'fastify';
import type { KinesisProducer } from 'kinesis-producer-lite';
import { LRUCache } from 'lru-cache';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

const { swipesAccepted, doorEventsAccepted, itemsRejected, devicesRefused, decisions, ackLatency, swipeToDecision } =
  GATEWAY_METRICS;
const SECONDS = [
  0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.75, 1, 1.5, 2, 3, 5, 10, 30,
];

const HEARD_WITHIN_MS = 300_000;
/** The most readers. `maxSize`, since `max` allocates room for all entries at once. */
const OF_READERS = { maxSize: 100_000, sizeCalculation: () => 1 };

/** packages/contract/metrics/metrics.ts describes each metric. */
export class GatewayMetrics {
  readonly registry = new Registry();
  readonly accepted = new Counter(this.#options(swipesAccepted));
  readonly doorEventsAccepted = new Counter(this.#options(doorEventsAccepted));
  readonly rejected = new Counter({ ...this.#options(itemsRejected), labelNames: ['code'] });
  readonly devicesRefused = new Counter(this.#options(devicesRefused));
  readonly decisions = new Counter({ ...this.#options(decisions), labelNames: ['outcome', 'reason'] });
  readonly ackSeconds = new Histogram({ ...this.#options(ackLatency), buckets: SECONDS });
  readonly decisionSeconds = new Histogram({ ...this.#options(swipeToDecision), buckets: SECONDS });
  /** Time of each reader's last decision, ms since the epoch. */
  readonly #heardAtMs = new LRUCache<string, number>(OF_READERS);
  /** Readers whose last decision did not go by their clock. Usually empty. */
  readonly #wrongClocks = new LRUCache<string, { atMs: number; driftMs: number }>(OF_READERS);

  /** Text for Prometheus to scrape. */
  readonly text: () => Promise<string>;

  /** @param text returns the text for all processes; default: the metrics of this process only */
  constructor(text?: () => Promise<string>) {
    this.text = text ?? (() => this.registry.metrics());
    this.gauge(GATEWAY_METRICS.readersHeard, () => this.#readersHeard(Date.now()));
    this.gauge(GATEWAY_METRICS.readersWithWrongClock, () => this.#driftsMs(Date.now()).length);
    this.gauge(GATEWAY_METRICS.readerClockDrift, () => Math.max(0, ...this.#driftsMs(Date.now())) / 1000);
    collectDefaultMetrics({ register: this.registry });
  }

  /** Registers a gauge whose value is read at each scrape. */
  gauge(metric: OwnMetric, read: () => number): void {
    new Gauge({
      ...this.#options(metric),
      collect() {
        this.set(read());
      },
    });
  }

  /** Registers a counter that is kept elsewhere and read at each scrape. */
  counter(metric: OwnMetric, read: () => number): void {
    new Counter({
      ...this.#options(metric),
      collect() {
        this.reset();
        this.inc(read());
      },
    });
  }

  /** Like {@link counter}, with one count for each value of the metric's only label. */
  counterBy(
    metric: OwnMetric & { labels: Readonly<Record<string, string>> },
    read: () => Record<string, number>,
  ): void {
    const [label = ''] = Object.keys(metric.labels);
    new Counter({
      ...this.#options(metric),
      labelNames: [label],
      collect() {
        this.reset();
        for (const [value, count] of Object.entries(read())) this.inc({ [label]: value }, count);
      },
    });
  }

  /** Counts the items of one request. @param idMember tells swipes from door events */
  countItems(idMember: 'swipeId' | 'eventId', accepted: number, rejected: readonly { code: string }[]): void {
    (idMember === 'swipeId' ? this.accepted : this.doorEventsAccepted).inc(accepted);
    for (const { code } of rejected) this.rejected.inc({ code });
  }

  observeDecision(decision: Decision, nowMs: number): void {
    const { tenantId, readerId, outcome, reason, readAt, receivedAt, timeBasis } = decision;
    this.decisions.inc({ outcome, reason });
    this.decisionSeconds.observe(Math.max(0, nowMs - Date.parse(receivedAt)) / 1000);
    const reader = tenantKey(tenantId, readerId);
    this.#heardAtMs.set(reader, nowMs);
    if (timeBasis === 'receivedAt') {
      const driftMs = Math.abs(timestampMs(readAt) - Date.parse(receivedAt));
      // A time that does not exist, such as 30 February, has no drift.
      this.#wrongClocks.set(reader, { atMs: nowMs, driftMs: Number.isNaN(driftMs) ? 0 : driftMs });
    } else if (this.#wrongClocks.size > 0) this.#wrongClocks.delete(reader);
  }

  /** Drifts of the readers with a wrong clock in the last minutes, ms. */
  #driftsMs(nowMs: number): number[] {
    return Array.from(this.#wrongClocks.values()).flatMap(({ atMs, driftMs }) =>
      atMs < nowMs - HEARD_WITHIN_MS ? [] : driftMs,
    );
  }

  #readersHeard(nowMs: number): number {
    let count = 0;
    // The cache iterates newest first, so the loop can stop at the first old entry.
    for (const atMs of this.#heardAtMs.values()) {
      if (atMs < nowMs - HEARD_WITHIN_MS) break;
      count += 1;
    }
    return count;
  }

  #options({ prometheus, meaning }: OwnMetric): { name: string; help: string; registers: Registry[] } {
    return { name: prometheus, help: meaning, registers: [this.registry] };
  }
}

/**
 * Returns a function that counts the answers and connections of a server, together with those of the gateway's other
 * servers. Node closes connections of one server above the limit without reading.
 */
export function countHttp(metrics: GatewayMetrics, maxConnections: number): (app: FastifyInstance) => void {
  // Plain array: a prom-client label costs a hash and a lookup per answer, an array element one addition.
  const byClass = [0, 0, 0, 0, 0, 0];
  let shed = 0;
  let connections = 0;
  let rejected = 0;
  metrics.counterBy(GATEWAY_METRICS.responses, () =>
    Object.fromEntries(byClass.flatMap((count, hundreds) => (count === 0 ? [] : [[`${hundreds}xx`, count]]))),
  );
  metrics.counter(GATEWAY_METRICS.requestsShed, () => shed);
  metrics.gauge(GATEWAY_METRICS.connections, () => connections);
  metrics.counter(GATEWAY_METRICS.connectionsRejected, () => rejected);
  return (app) => {
    app.addHook('onResponse', (_request, { statusCode }, done) => {
      const hundreds = Math.trunc(statusCode / 100);
      byClass[hundreds] = (byClass[hundreds] ?? 0) + 1;
      if (statusCode === 503) shed += 1;
      done();
    });
    app.server.maxConnections = maxConnections;
    app.server.on('connection', (socket: Socket) => {
      connections += 1;
      socket.once('close', () => {
        connections -= 1;
      });
    });
    app.server.on('drop', () => {
      rejected += 1;
    });
  };
}

export function exposeProducer(metrics: GatewayMetrics, producer: KinesisProducer): void {
  const names = GATEWAY_METRICS;
  metrics.gauge(names.bufferedBytes, () => producer.bufferedBytes);
  metrics.gauge(names.oldestAge, () => producer.oldestAgeMs / 1000);
  metrics.gauge(names.streamUnordered, () => (producer.ordered ? 0 : 1));
  metrics.gauge(names.spooledBytes, () => producer.metrics().spooledBytes);
  metrics.counter(names.userRecords, () => producer.metrics().userRecords);
  metrics.counter(names.kinesisRecords, () => producer.metrics().kinesisRecords);
  metrics.counter(names.streamBytes, () => producer.metrics().bytes);
  metrics.counter(names.spooledRecords, () => producer.metrics().spooled);
  metrics.counter(names.calls, () => producer.metrics().calls);
  metrics.counter(names.failedRecords, () => producer.metrics().failed);
  metrics.counterBy(names.putRetries, () => producer.metrics().retries);
  metrics.counterBy(names.shardBytes, () =>
    Object.fromEntries(producer.shardMetrics().map(({ shardId, bytes }) => [shardId, bytes])),
  );
}
