import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { GATEWAY_METRICS, type OwnMetric, quantileMs } from '@swipegate/contract';
import type { Logger } from 'pino';
import type { MetricObjectWithValues, MetricValue } from 'prom-client';
import type { Config } from '../config/config.js';

/** Metrics as prom-client's registry returns them (`getMetricsAsJSON`). */
export type MetricsRead = readonly MetricObjectWithValues<MetricValue<string>>[];

type Buckets = [boundSeconds: number, count: number][];

/** CloudWatch accepts at most 100 values per metric in one line. */
const MOST_VALUES = 99;
const PUBLISHED: readonly (OwnMetric & { cloudwatch: string })[] = Object.values(GATEWAY_METRICS).flatMap(
  (metric: OwnMetric) => (metric.cloudwatch === undefined ? [] : [{ ...metric, cloudwatch: metric.cloudwatch }]),
);

/**
 * Writes metrics to stdout in CloudWatch's embedded metric format, if EMF_NAMESPACE is set
 * (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html).
 * @returns a function that writes a last line and stops
 */
export function embedMetrics(config: Config, logger: Logger, read: () => Promise<MetricsRead>): () => Promise<void> {
  const { EMF_NAMESPACE: namespace, EMF_INTERVAL_MS: everyMs } = config;
  if (namespace === undefined) return async () => undefined;
  const lines = new EmbeddedLines(namespace);
  const write = async (): Promise<void> => {
    try {
      // Shares stdout with the logger: CloudWatch recognises these lines by their `_aws` member.
      process.stdout.write(`${lines.next(await read())}\n`);
    } catch (error) {
      logger.warn({ err: error }, 'metrics could not be written');
    }
  };
  const timer = setInterval(() => void write(), everyMs);
  return async () => {
    clearInterval(timer);
    await write();
  };
}

/**
 * Each line has the changes since the previous line. Its only dimension is `service`: a dimension for each instance
 * would multiply the bill.
 */
export class EmbeddedLines {
  readonly #metrics: Metrics;
  readonly #before = new Map<string, number>();
  readonly #bucketsBefore = new Map<string, Buckets>();

  constructor(namespace: string) {
    this.#metrics = new Metrics({ namespace, serviceName: 'gateway' });
  }

  next(read: MetricsRead): string {
    for (const metric of PUBLISHED) {
      const values = read.find(({ name }) => name === metric.prometheus)?.values;
      if (values === undefined) continue;
      if (metric.kind === 'histogram') this.#latencies(metric.cloudwatch, bucketsOf(values));
      else
        this.#value(
          metric,
          values.reduce((sum, { value }) => sum + value, 0),
        );
    }
    const line = JSON.stringify(this.#metrics.serializeMetrics());
    this.#metrics.clearMetrics();
    return line;
  }

  #value({ cloudwatch, kind, unit }: OwnMetric & { cloudwatch: string }, now: number): void {
    const value = kind === 'counter' ? this.#increase(cloudwatch, now) : now;
    if (unit === 'seconds') this.#metrics.addMetric(cloudwatch, MetricUnit.Milliseconds, value * 1000);
    else this.#metrics.addMetric(cloudwatch, unit === 'bytes' ? MetricUnit.Bytes : MetricUnit.Count, value);
  }

  /** At least 0: the sum drops when a replaced worker's counters restart. */
  #increase(name: string, now: number): number {
    const before = this.#before.get(name) ?? 0;
    this.#before.set(name, now);
    return Math.max(0, now - before);
  }

  #latencies(name: string, now: Buckets): void {
    const before = this.#bucketsBefore.get(name) ?? [];
    this.#bucketsBefore.set(name, now);
    const since = now.map(([bound, count], i): Buckets[number] => [bound, Math.max(0, count - (before[i]?.[1] ?? 0))]);
    const observed = since.at(-1)?.[1] ?? 0;
    const values = Math.min(MOST_VALUES, observed);
    for (let i = 0; i < values; i++) {
      const ms = quantileMs(since, (i + 0.5) / values);
      if (ms !== undefined) this.#metrics.addMetric(name, MetricUnit.Milliseconds, Math.round(ms * 10) / 10);
    }
  }
}

function bucketsOf(values: readonly (MetricValue<string> & { metricName?: string })[]): Buckets {
  return values
    .filter(({ metricName }) => metricName?.endsWith('_bucket'))
    .map(({ labels, value }): Buckets[number] => [
      labels['le'] === '+Inf' ? Number.POSITIVE_INFINITY : Number(labels['le']),
      value,
    ])
    .sort(([a], [b]) => a - b);
}
