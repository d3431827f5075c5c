import { type DecideMetric, GATEWAY_METRICS, type OwnMetric, type TableName } from '@swipegate/contract';
import type { QueueName } from '../resources.js';

/** Sources of a dashboard's figures: one in CloudWatch, and its equivalent on one machine. */

export type Unit = 'count' | 'per second' | 'bytes' | 'bytes per second' | 'ms' | 'percent';

export type Statistic = 'Sum' | 'Average' | 'Maximum' | 'p50' | 'p90' | 'p99';

/** Owner of a metric; determines its namespace and dimensions. */
export type Subject =
  | 'gateway'
  | 'decide'
  | 'balancer'
  | 'gateway targets'
  | 'gateway instances'
  | 'swipes stream'
  | 'decisions stream'
  | 'decide function'
  | 'on-failure queue'
  | BackOfficeSubject;

/** A queue from infra/resources.ts, or a function of the back office. */
export type BackOfficeSubject = `${QueueName} queue` | `${BackOfficeFunction} function`;
export type BackOfficeFunction = 'admin' | 'change-store' | 'change-apply' | 'change-import';

/** `times` converts AWS's unit, such as seconds, into the figure's unit. */
export interface AwsMetric {
  metric: string;
  of: Subject;
  statistic: Statistic;
  times?: number;
}

/** Sum over several tables. An alarm allows ten metrics and no search expression. */
export interface AwsTableMetrics {
  metrics: readonly string[];
  ofTables: readonly TableName[];
}

/** Names of a stage that search expressions need: a search without them finds the metrics of every stage. */
export interface StageNames {
  /** Namespace of Swipegate's own metrics. */
  namespace: string;
  swipesStream: string;
  tables: readonly string[];
}

/**
 * All series that match a search expression, or their sum (`added`):
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/search-expression-syntax.html
 */
export interface AwsSearch {
  search(names: StageNames): string;
  statistic: 'Sum' | 'SampleCount';
  added: boolean;
}

/** Sum of one metric over several subjects; subjects that a deployment lacks are left out. */
export interface AwsSum {
  metric: string;
  ofAll: readonly Subject[];
  statistic: Statistic;
}

/** A metric in the minutes in which another has no data or is 0; 0 in the others. */
export interface AwsUnanswered extends AwsMetric {
  without: AwsMetric;
}

export type OnAws = AwsMetric | AwsUnanswered | AwsTableMetrics | AwsSearch | AwsSum;

/** Source in the Prometheus texts of one machine's processes. */
export type OnOneMachine =
  /** Increase of a counter: per second, or in the last minute if the unit is `count`. */
  | { increase: string; where?: Readonly<Record<string, string>> }
  /** The same, one series per value of a label. */
  | { increase: string; by: string }
  | { value: string }
  | { quantile: number; of: string }
  /** Only AWS has this metric; the text says why. */
  | { nowhere: string };

export interface Series {
  id: string;
  title: string;
  onAws: OnAws;
  onOneMachine: OnOneMachine;
}

export const NEVER_THROTTLED = 'The embedded cloud throttles nothing.';

/** Throttles of the tables that every decision reads or writes. */
export const TABLE_THROTTLES: Series = {
  id: 'table-throttles',
  title: 'throttled',
  onAws: {
    metrics: ['ReadThrottleEvents', 'WriteThrottleEvents'],
    ofTables: ['cards', 'employees', 'presence', 'zoneState', 'decisions'],
  },
  onOneMachine: { nowhere: NEVER_THROTTLED },
};

/** Metric that the gateway itself emits, to CloudWatch and to Prometheus. */
export function ofGateway(name: keyof typeof GATEWAY_METRICS, title: string, statistic: Statistic): Series {
  const metric: OwnMetric = GATEWAY_METRICS[name];
  if (metric.cloudwatch === undefined) throw new Error(`${name} has no CloudWatch name`);
  return {
    id: withQuantile(name, statistic),
    title,
    onAws: { metric: metric.cloudwatch, of: 'gateway', statistic },
    onOneMachine: here(metric, statistic),
  };
}

/** Sum of a metric that the decision function emits on AWS. */
export function ofDecide(metric: DecideMetric, title: string, onOneMachine: OnOneMachine): Series {
  return { id: `decide-${metric}`, title, onAws: { metric, of: 'decide', statistic: 'Sum' }, onOneMachine };
}

/** Metric of an AWS service. */
export function ofService(
  of: Subject,
  metric: string,
  title: string,
  statistic: Statistic,
  onOneMachine: OnOneMachine,
): Series {
  const id = withQuantile(`${of}-${metric}`.replaceAll(' ', '-').toLowerCase(), statistic);
  return { id, title, onAws: { metric, of, statistic }, onOneMachine };
}

function withQuantile(id: string, statistic: Statistic): string {
  return statistic.startsWith('p') ? `${id}-${statistic}` : id;
}

function here({ prometheus, kind }: OwnMetric, statistic: Statistic): OnOneMachine {
  if (kind === 'counter') return { increase: prometheus };
  if (kind === 'gauge') return { value: prometheus };
  return { quantile: Number(statistic.slice(1)) / 100, of: prometheus };
}
