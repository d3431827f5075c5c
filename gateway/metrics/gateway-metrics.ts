import { type Decision, GATEWAY_METRICS, type OwnMetric } from '@swipegate/contract';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { ReadersHeard } from './readers-heard.js';

const { swipesAccepted, doorEventsAccepted, itemsRejected, decisions, ackLatency, swipeToDecision } = GATEWAY_METRICS;
const SECONDS = [
  0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.75, 1, 1.5, 2, 3, 5, 10, 30,
];

/** What the gateway counts; gateway/contract/metrics.ts says what each means. */
export class GatewayMetrics {
  readonly registry = new Registry();
  readonly accepted = new Counter(this.#asked(swipesAccepted));
  readonly doorEventsAccepted = new Counter(this.#asked(doorEventsAccepted));
  readonly rejected = new Counter({ ...this.#asked(itemsRejected), labelNames: ['code'] });
  readonly decisions = new Counter({ ...this.#asked(decisions), labelNames: ['outcome', 'reason'] });
  readonly ackSeconds = new Histogram({ ...this.#asked(ackLatency), buckets: SECONDS });
  readonly decisionSeconds = new Histogram({ ...this.#asked(swipeToDecision), buckets: SECONDS });
  readonly #readersHeard = new ReadersHeard();

  /** Prometheus text, for who scrapes. */
  readonly text: () => Promise<string>;

  /** @param options.text makes the text out of more than this process knows; default: this registry alone */
  constructor(options: { text?: () => Promise<string> } = {}) {
    this.text = options.text ?? (() => this.registry.metrics());
    this.gauge(GATEWAY_METRICS.readersHeard, () => this.#readersHeard.count(Date.now()));
    collectDefaultMetrics({ register: this.registry });
  }

  /** A value that is read when someone asks for the metrics. */
  gauge(metric: OwnMetric, read: () => number): void {
    new Gauge({
      ...this.#asked(metric),
      collect() {
        this.set(read());
      },
    });
  }

  /** A count that is kept elsewhere, and read when someone asks. */
  counter(metric: OwnMetric, read: () => number): void {
    new Counter({
      ...this.#asked(metric),
      collect() {
        this.reset();
        this.inc(read());
      },
    });
  }

  /** The same by the values of the metric's one label. */
  counterBy(
    metric: OwnMetric & { labels: Readonly<Record<string, string>> },
    read: () => Record<string, number>,
  ): void {
    const [label = ''] = Object.keys(metric.labels);
    new Counter({
      ...this.#asked(metric),
      labelNames: [label],
      collect() {
        this.reset();
        for (const [value, count] of Object.entries(read())) this.inc({ [label]: value }, count);
      },
    });
  }

  /** Counts a decision as the tail brings it. */
  observeDecision(decision: Decision, nowMs: number): void {
    const { tenantId, readerId, outcome, reason, receivedAt } = decision;
    this.decisions.inc({ outcome, reason });
    this.decisionSeconds.observe(Math.max(0, nowMs - Date.parse(receivedAt)) / 1000);
    this.#readersHeard.heard(tenantId, readerId, nowMs);
  }

  #asked({ prometheus, meaning }: OwnMetric): { name: string; help: string; registers: Registry[] } {
    return { name: prometheus, help: meaning, registers: [this.registry] };
  }
}
