import { type DecideMetric, GATEWAY_METRICS, type OwnMetric, type TableName } from '@swipegate/contract';
import type { QueueName } from '../resources.js';

/** How a dashboard's figures are told: where CloudWatch has each, and where one machine has the same. */

export type Unit = 'count' | 'per second' | 'bytes' | 'bytes per second' | 'ms' | 'percent';

export type Statistic = 'Sum' | 'Average' | 'Maximum' | 'p50' | 'p90' | 'p99';

/** Whose metric it is: the namespace and the dimensions follow from it. */
export type Subject =
  | 'gateway'
  | 'decide'
  | 'balancer'
  | 'gateway instances'
  | 'swipes stream'
  | 'decisions stream'
  | 'decide function'
  | 'on-failure queue'
  | BackOfficeSubject;

/** A queue of infra/resources.ts, or a function of the back office. */
export type BackOfficeSubject = `${QueueName} queue` | `${BackOfficeFunction} function`;
export type BackOfficeFunction = 'admin' | 'change-store' | 'change-apply' | 'change-import';

/** `times` turns what AWS has, such as seconds, into the unit of the figure. */
export interface AwsMetric {
  metric: string;
  of: Subject;
  statistic: Statistic;
  times?: number;
}

/** Of several tables, added up. An alarm takes ten metrics, and no search. */
export interface AwsTableMetrics {
  metrics: readonly string[];
  ofTables: readonly TableName[];
}

/**
 * As many series as it finds, or their sum
 * (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/search-expression-syntax.html).
 */
export interface AwsSearch {
  search: string;
  statistic: 'Sum' | 'SampleCount';
  added: boolean;
}

/** The same metric of several, added up; without those that a deployment has not. */
export interface AwsSum {
  metric: string;
  ofAll: readonly Subject[];
  statistic: Statistic;
}

export type OnAws = AwsMetric | AwsTableMetrics | AwsSearch | AwsSum;

/** In the Prometheus texts of the processes of one machine. */
export type OnOneMachine =
  /** What a counter rose by: in a second, or, where the unit is a count, in the last minute. */
  | { increase: string; where?: Readonly<Record<string, string>> }
  /** The same, by the values of a label. */
  | { increase: string; by: string }
  | { value: string }
  | { quantile: number; of: string }
  /** Only AWS has it: why. */
  | { nowhere: string };

export interface Series {
  id: string;
  title: string;
  onAws: OnAws;
  onOneMachine: OnOneMachine;
}

/** A metric of the gateway's own, which both sides have by its own names. */
export function ofGateway(name: keyof typeof GATEWAY_METRICS, title: string, statistic: Statistic): Series {
  const metric: OwnMetric = GATEWAY_METRICS[name];
  if (metric.cloudwatch === undefined) throw new Error(`${name} is not told to CloudWatch`);
  return {
    id: statistic.startsWith('p') ? `${name}-${statistic}` : name,
    title,
    onAws: { metric: metric.cloudwatch, of: 'gateway', statistic },
    onOneMachine: here(metric, statistic),
  };
}

/** A metric that the decision function emits on AWS, with where one machine has it. */
export function ofDecide(
  metric: DecideMetric,
  title: string,
  statistic: Statistic,
  onOneMachine: OnOneMachine,
): Series {
  return { id: `decide-${metric}`, title, onAws: { metric, of: 'decide', statistic }, onOneMachine };
}

/** A metric of an AWS service, with its local twin. */
export function ofService(
  of: Subject,
  metric: string,
  title: string,
  statistic: Statistic,
  onOneMachine: OnOneMachine,
): Series {
  const id = `${of}-${metric}`.replaceAll(' ', '-').toLowerCase();
  return {
    id: statistic.startsWith('p') ? `${id}-${statistic}` : id,
    title,
    onAws: { metric, of, statistic },
    onOneMachine,
  };
}

function here({ prometheus, kind }: OwnMetric, statistic: Statistic): OnOneMachine {
  if (kind === 'counter') return { increase: prometheus };
  if (kind === 'gauge') return { value: prometheus };
  return { quantile: Number(statistic.slice(1)) / 100, of: prometheus };
}
