import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Decision } from './contract/index.js';

/** What the gateway counts, by name. Times are in seconds, as Prometheus wants them. */
export class GatewayMetrics {
  readonly registry = new Registry();

  readonly accepted = new Counter({
    name: 'swipegate_swipes_accepted_total',
    help: 'Swipes answered as durable',
    registers: [this.registry],
  });
  readonly doorEventsAccepted = new Counter({
    name: 'swipegate_door_events_accepted_total',
    help: 'Door events answered as durable',
    registers: [this.registry],
  });
  readonly rejected = new Counter({
    name: 'swipegate_items_rejected_total',
    help: 'Swipes and door events not accepted, by problem code',
    labelNames: ['code'],
    registers: [this.registry],
  });
  readonly decisions = new Counter({
    name: 'swipegate_decisions_total',
    help: 'Decisions seen on the decisions stream, repeats included',
    labelNames: ['outcome', 'reason'],
    registers: [this.registry],
  });
  readonly ackSeconds = new Histogram({
    name: 'swipegate_ack_seconds',
    help: 'From the parsed request to the durable swipe',
    buckets: [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10],
    registers: [this.registry],
  });
  readonly decisionSeconds = new Histogram({
    name: 'swipegate_swipe_to_decision_seconds',
    help: 'From the gateway’s stamp on a swipe to its decision at the gateway',
    buckets: [0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 1, 2, 5, 10, 30],
    registers: [this.registry],
  });

  /** Prometheus text, for who scrapes. */
  readonly text: () => Promise<string>;

  /** @param options.text makes the text out of more than this process knows; default: this registry alone */
  constructor(options: { text?: () => Promise<string> } = {}) {
    this.text = options.text ?? (() => this.registry.metrics());
    collectDefaultMetrics({ register: this.registry });
  }

  /** A value that is read when someone asks for the metrics. */
  gauge(name: string, help: string, read: () => number): void {
    new Gauge({
      name,
      help,
      registers: [this.registry],
      collect() {
        this.set(read());
      },
    });
  }

  /** Counts a decision as the tail brings it. */
  observeDecision(decision: Decision, nowMs: number): void {
    this.decisions.inc({ outcome: decision.outcome, reason: decision.reason });
    this.decisionSeconds.observe(Math.max(0, nowMs - Date.parse(decision.receivedAt)) / 1000);
  }
}
