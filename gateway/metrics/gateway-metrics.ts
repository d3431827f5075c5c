import { type Decision, GATEWAY_METRICS, type OwnMetric } from '@swipegate/contract';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { ReadersHeard } from './readers-heard.js';

const { swipesAccepted, doorEventsAccepted, itemsRejected, decisions, ackLatency, swipeToDecision } = GATEWAY_METRICS;
const SECONDS = [
  0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.75, 1, 1.5, 2, 3, 5, 10, 30,
];

/** The gateway's metrics. gateway/contract/metrics.ts describes each one. */
export class GatewayMetrics {
  readonly registry = new Registry();
  readonly accepted = new Counter(this.#options(swipesAccepted));
  readonly doorEventsAccepted = new Counter(this.#options(doorEventsAccepted));
  readonly rejected = new Counter({ ...this.#options(itemsRejected), labelNames: ['code'] });
  readonly decisions = new Counter({ ...this.#options(decisions), labelNames: ['outcome', 'reason'] });
  readonly ackSeconds = new Histogram({ ...this.#options(ackLatency), buckets: SECONDS });
  readonly decisionSeconds = new Histogram({ ...this.#options(swipeToDecision), buckets: SECONDS });
  readonly #readersHeard = new ReadersHeard();

  /** Text for Prometheus to scrape. */
  readonly text: () => Promise<string>;

  /** @param options.text returns the text for all processes; default: the metrics of this process only */
  constructor(options: { text?: () => Promise<string> } = {}) {
    this.text = options.text ?? (() => this.registry.metrics());
    this.gauge(GATEWAY_METRICS.readersHeard, () => this.#readersHeard.count(Date.now()));
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

  /** Counts a decision that the tail has delivered. */
  observeDecision(decision: Decision, nowMs: number): void {
    const { tenantId, readerId, outcome, reason, receivedAt } = decision;
    this.decisions.inc({ outcome, reason });
    this.decisionSeconds.observe(Math.max(0, nowMs - Date.parse(receivedAt)) / 1000);
    this.#readersHeard.heard(tenantId, readerId, nowMs);
  }

  #options({ prometheus, meaning }: OwnMetric): { name: string; help: string; registers: Registry[] } {
    return { name: prometheus, help: meaning, registers: [this.registry] };
  }
}
