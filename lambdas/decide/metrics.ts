import { channel } from 'node:diagnostics_channel';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { type DecideMetric, type Decision, reasonMetric } from '@swipegate/contract';
import type { DecideEnvironment } from './environment.js';

export interface DecideMetrics {
  /** Includes repeats: a retried batch reports its decisions again. */
  decided(decisions: readonly Decision[]): void;
  parked(records: number): void;
  /** Stored rows that could not be read. */
  unreadable(rows: number): void;
  /** Writes the metrics of the finished invocation. @param batch numbers of swipes and of Kinesis records to retry */
  publish(batch: { swipes: number; failed: number }): void;
}

/** Gets each number of stored rows that could not be read, for programs that run the function without CloudWatch. */
export const UNREADABLE_ROWS = channel('swipegate.decide.unreadable-rows');

/** Powertools starts another line once a metric has 100 values. */
const LATENCIES_PER_LINE = 99;

const SILENT: DecideMetrics = {
  decided: () => undefined,
  parked: () => undefined,
  unreadable: (rows) => UNREADABLE_ROWS.publish(rows),
  publish: () => undefined,
};

/**
 * Writes metrics in CloudWatch's embedded metric format: one log line an invocation, no API call
 * (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html).
 * Disabled unless POWERTOOLS_METRICS_NAMESPACE is set.
 */
export function decideMetrics(environment: DecideEnvironment): DecideMetrics {
  const { POWERTOOLS_METRICS_NAMESPACE: namespace, POWERTOOLS_SERVICE_NAME: serviceName } = environment;
  if (!namespace) return SILENT;
  const metrics = new Metrics({ namespace, serviceName });
  const add = (name: DecideMetric, value: number, unit: 'Count' | 'Milliseconds' = MetricUnit.Count) =>
    metrics.addMetric(name, unit, value);
  let latenciesMs: number[] = [];
  const counts = { granted: 0, denied: 0, recorded: 0, parked: 0, unreadable: 0 };
  const reasons = new Map<string, number>();
  return {
    decided(decisions) {
      for (const { outcome, reason, decidedAt, receivedAt } of decisions) {
        counts[outcome] += 1;
        reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
        latenciesMs.push(Math.max(0, Date.parse(decidedAt) - Date.parse(receivedAt)));
      }
    },
    parked(records) {
      counts.parked += records;
    },
    unreadable(rows) {
      counts.unreadable += rows;
    },
    publish({ swipes, failed }) {
      const { granted, denied, recorded, parked, unreadable } = counts;
      add('BatchSize', swipes);
      add('Decisions', granted + denied + recorded);
      add('DecisionsGranted', granted);
      add('DecisionsDenied', denied);
      add('DecisionsRecorded', recorded);
      add('ParkedRecords', parked);
      add('UnreadableRows', unreadable);
      add('FailedRecords', failed);
      for (const ms of evenly(latenciesMs, LATENCIES_PER_LINE)) add('DecisionLatency', ms, MetricUnit.Milliseconds);
      for (const [reason, times] of reasons) metrics.addMetric(reasonMetric(reason), MetricUnit.Count, times);
      metrics.publishStoredMetrics();
      latenciesMs = [];
      reasons.clear();
      Object.assign(counts, { granted: 0, denied: 0, recorded: 0, parked: 0, unreadable: 0 });
    },
  };
}

/** Returns at most `count` of the figures, evenly spaced by rank, with the minimum and the maximum. */
function evenly(figures: readonly number[], count: number): number[] {
  if (figures.length <= count) return [...figures];
  const sorted = figures.toSorted((a, b) => a - b);
  return Array.from({ length: count }, (_, i) => sorted[Math.round((i * (sorted.length - 1)) / (count - 1))] ?? 0);
}
