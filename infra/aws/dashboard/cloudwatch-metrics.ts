import { nameInStage, namespaceOf, STREAMS, TABLES } from '@swipegate/contract';
import { Duration } from 'aws-cdk-lib';
import { type IMetric, MathExpression, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import {
  ALARM_PERIOD_MS,
  type AwsMetric,
  type AwsSearch,
  type AwsSum,
  type AwsTableMetrics,
  type BackOfficeSubject,
  type Series,
  type StageNames,
  type Subject,
  type Unit,
} from '../../dashboard/dashboard.js';
import { isWorkingHour } from '../constructs/working-hours.js';

/** Places of a deployment's metrics in CloudWatch. */
export interface Filing {
  /** Returns namespace and dimensions of a subject's metrics; undefined if the deployment lacks the subject. */
  of(subject: Subject): { namespace: string; dimensionsMap: Record<string, string> } | undefined;
  stage: string;
  names: StageNames;
}

const PERIOD = Duration.millis(ALARM_PERIOD_MS);
const SECONDS = PERIOD.toSeconds();

/** Names of a deployment's resources; undefined if it lacks them. */
export interface Deployed {
  stage: string;
  balancer: string | undefined;
  gatewayTargets: string | undefined;
  gatewayGroup: string | undefined;
  swipesStream: string;
  decisionsStream: string;
  decideFunction: string;
  onFailureQueue: string;
  backOffice: Readonly<Record<BackOfficeSubject, string>> | undefined;
}

export function filing(deployed: Deployed): Filing {
  const { balancer, gatewayTargets } = deployed;
  const of = (namespace: string, dimension: string, value: string | undefined) =>
    value === undefined ? undefined : { namespace, dimensionsMap: { [dimension]: value } };
  const { stage } = deployed;
  const names: StageNames = {
    namespace: namespaceOf(stage),
    swipesStream: nameInStage(STREAMS.swipes, stage),
    tables: Object.values(TABLES).map((name) => nameInStage(name, stage)),
  };
  const find: Filing['of'] = (subject) => {
    switch (subject) {
      case 'gateway':
      case 'decide':
        return of(names.namespace, 'service', subject);
      case 'balancer':
        return of('AWS/ApplicationELB', 'LoadBalancer', balancer);
      case 'gateway targets':
        return balancer === undefined || gatewayTargets === undefined
          ? undefined
          : {
              namespace: 'AWS/ApplicationELB',
              dimensionsMap: { LoadBalancer: balancer, TargetGroup: gatewayTargets },
            };
      case 'gateway instances':
        return of('AWS/EC2', 'AutoScalingGroupName', deployed.gatewayGroup);
      case 'swipes stream':
        return of('AWS/Kinesis', 'StreamName', deployed.swipesStream);
      case 'decisions stream':
        return of('AWS/Kinesis', 'StreamName', deployed.decisionsStream);
      case 'decide function':
        return of('AWS/Lambda', 'FunctionName', deployed.decideFunction);
      case 'on-failure queue':
        return of('AWS/SQS', 'QueueName', deployed.onFailureQueue);
      default:
        return subject.endsWith(' queue')
          ? of('AWS/SQS', 'QueueName', deployed.backOffice?.[subject])
          : of('AWS/Lambda', 'FunctionName', deployed.backOffice?.[subject]);
    }
  };
  return { of: find, stage, names };
}

/** CloudWatch metric of a series, for graphs and alarms; undefined if the deployment lacks its subject. */
export function metricOf({ id, onAws, title }: Series, unit: Unit, file: Filing): IMetric | undefined {
  const perSecond = unit === 'per second' || unit === 'bytes per second';
  if ('search' in onAws) return searched(onAws, title, perSecond, file.names);
  if ('ofAll' in onAws) return sumOf(onAws, id, title, file);
  if ('ofTables' in onAws) return ofTables(onAws, id, title, perSecond, file.stage);
  const metric = single(onAws, title, file);
  if (metric === undefined) return undefined;
  const m = idOf(id);
  if ('without' in onAws) {
    const other = single(onAws.without, title, file);
    if (other === undefined) return undefined;
    return computed({ [m]: metric, [`${m}_o`]: other }, `IF(FILL(${m}_o, 0) > 0, 0, ${m})`, title);
  }
  if (perSecond) return computed({ [m]: metric }, `${m} / ${SECONDS}`, title);
  return onAws.times === undefined ? metric : computed({ [m]: metric }, `${m} * ${onAws.times}`, title);
}

/** A metric in working hours; a minute without data counts as 0. Outside them the value is `otherwise`. */
export function inWorkingHours(metric: IMetric, hours: string, otherwise: number): MathExpression {
  const filled = new MathExpression({ expression: 'FILL(m, 0)', usingMetrics: { m: metric }, period: PERIOD });
  const expression = `IF(${isWorkingHour(hours, 'filled')}, filled, ${otherwise})`;
  return new MathExpression({ expression, usingMetrics: { filled }, period: PERIOD });
}

function single({ metric, of, statistic }: AwsMetric, label: string, file: Filing): Metric | undefined {
  const filed = file.of(of);
  if (filed === undefined) return undefined;
  return new Metric({ ...filed, metricName: metric, statistic, period: PERIOD, label });
}

function computed(usingMetrics: Record<string, Metric>, expression: string, label: string): MathExpression {
  return new MathExpression({ expression, usingMetrics, label, period: PERIOD });
}

function searched(
  { search, statistic, added }: AwsSearch,
  label: string,
  perSecond: boolean,
  names: StageNames,
): IMetric {
  const found = `SEARCH('${search(names)}', '${statistic}', ${SECONDS})`;
  const expression = `${added ? `SUM(${found})` : found}${perSecond ? ` / ${SECONDS}` : ''}`;
  // With an empty label, CloudWatch labels each series by the part in which it differs.
  return new MathExpression({ expression, label: added ? label : '', period: PERIOD });
}

function sumOf({ metric, ofAll, statistic }: AwsSum, id: string, label: string, file: Filing): IMetric | undefined {
  const filed = ofAll.flatMap((subject) => file.of(subject) ?? []);
  if (filed.length === 0) return undefined;
  const metrics = filed.map((place, i): [string, Metric] => [
    `${idOf(id)}_${i}`,
    new Metric({ ...place, metricName: metric, statistic, period: PERIOD }),
  ]);
  return filledSum(Object.fromEntries(metrics), label);
}

function ofTables(
  { metrics, ofTables: tables }: AwsTableMetrics,
  id: string,
  label: string,
  perSecond: boolean,
  stage: string,
): IMetric {
  const usingMetrics = Object.fromEntries(
    tables.flatMap((table, t) =>
      metrics.map((metricName, m) => [
        `${idOf(id)}_${t}_${m}`,
        new Metric({
          namespace: 'AWS/DynamoDB',
          metricName,
          dimensionsMap: { TableName: nameInStage(TABLES[table], stage) },
          statistic: 'Sum',
          period: PERIOD,
        }),
      ]),
    ),
  );
  return filledSum(usingMetrics, label, perSecond);
}

/** FILL, because a table that was never throttled has no data points, and a sum with such a metric has none either. */
function filledSum(usingMetrics: Record<string, Metric>, label: string, perSecond = false): MathExpression {
  const sum = Object.keys(usingMetrics)
    .map((id) => `FILL(${id}, 0)`)
    .join(' + ');
  return computed(usingMetrics, perSecond ? `(${sum}) / ${SECONDS}` : sum, label);
}

/** Id of a series in math expressions; must be unique within a graph. */
function idOf(id: string): string {
  return `m_${id.replace(/\W/g, '_')}`;
}
