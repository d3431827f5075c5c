import { CfnOutput, Duration, Stack, type StackProps } from 'aws-cdk-lib';
import {
  Alarm,
  AlarmRule,
  AlarmState,
  AlarmStatusWidget,
  ComparisonOperator,
  CompositeAlarm,
  Dashboard,
  GraphWidget,
  type IWidget,
  SingleValueWidget,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Key } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Construct } from 'constructs';
import { ALARMS, type Missing, type Severity, WIDGETS, type Widget } from '../../dashboard/dashboard.js';
import type { BackOfficeStack } from '../back-office/back-office-stack.js';
import type { Settings } from '../constructs/settings.js';
import { encryptionKey } from '../constructs/storage.js';
import type { DecideStack } from '../data/decide-stack.js';
import type { StreamsStack } from '../data/streams-stack.js';
import type { GatewayStack } from '../gateway/gateway-stack.js';
import { type Filing, filing, inWorkingHours, metricOf } from './cloudwatch-metrics.js';

export interface DashboardStackProps extends StackProps {
  settings: Settings;
  streams: StreamsStack;
  decide: DecideStack;
  gateway: GatewayStack | undefined;
  backOffice: BackOfficeStack | undefined;
}

/** Width of a dashboard. */
const COLUMNS = 24;
const GRAPH = { width: 8, height: 6 };
const FIGURES = { width: 12, height: 3 };
const MISSING: Readonly<Record<Missing['is'], TreatMissingData>> = {
  fine: TreatMissingData.NOT_BREACHING,
  bad: TreatMissingData.BREACHING,
  unchanged: TreatMissingData.IGNORE,
};

/** infra/dashboard/ in CloudWatch: one dashboard, its alarms, and one composite alarm per severity. */
export class DashboardStack extends Stack {
  readonly #settings: Settings;

  constructor(
    scope: Construct,
    id: string,
    { settings, streams, decide, gateway, backOffice, ...props }: DashboardStackProps,
  ) {
    super(scope, id, props);
    this.#settings = settings;
    const file = filing({
      stage: settings.SWIPEGATE_STAGE,
      balancer: gateway?.balancer.loadBalancerFullName,
      gatewayTargets: gateway?.targets.targetGroupFullName,
      gatewayGroup: gateway?.group.autoScalingGroupName,
      swipesStream: streams.swipes.streamName,
      decisionsStream: streams.decisions.streamName,
      decideFunction: decide.decide.functionName,
      onFailureQueue: decide.failed.queueName,
      backOffice: backOffice?.watched,
    });
    const alarms = this.#alarms(file, gateway !== undefined);
    const key = encryptionKey(this, settings, 'Alarm messages in transit');
    key.grantEncryptDecrypt(new ServicePrincipal('cloudwatch.amazonaws.com'));
    for (const severity of ['page', 'ticket'] as const) this.#sumUp(severity, alarms, key);
    this.#dashboard(file, Array.from(alarms.values()));
  }

  #alarms(file: Filing, hasGateways: boolean): Map<string, Alarm> {
    const alarms = new Map<string, Alarm>();
    for (const { id, title, series, unit, limit, periods, during, missing, meaning, steps } of ALARMS) {
      const metric = metricOf(series, unit, file);
      // In a deployment without gateways, missing data is not a fault.
      if (metric === undefined || (missing.is === 'bad' && !hasGateways)) continue;
      const isAbove = 'above' in limit;
      const threshold = isAbove ? limit.above : limit.below;
      const alarm = new Alarm(this, `Alarm-${id}`, {
        alarmName: this.#named(id),
        alarmDescription: [`${title}. ${meaning}`, ...steps.map((step, i) => `${i + 1}. ${step}`)].join('\n'),
        // The limit itself is not bad.
        metric:
          during === undefined ? metric : inWorkingHours(metric, this.#settings.SWIPEGATE_WORKING_HOURS, threshold),
        threshold,
        comparisonOperator: isAbove
          ? ComparisonOperator.GREATER_THAN_THRESHOLD
          : ComparisonOperator.LESS_THAN_THRESHOLD,
        evaluationPeriods: periods,
        treatMissingData: MISSING[missing.is],
      });
      alarms.set(id, alarm);
    }
    return alarms;
  }

  /** Composite alarm: sends one message, however many alarms a fault sets off. */
  #sumUp(severity: Severity, alarms: ReadonlyMap<string, Alarm>, key: Key): void {
    const topic = new Topic(this, `${severity}-topic`, {
      topicName: this.#named(severity),
      displayName: `Swipegate ${this.#settings.SWIPEGATE_STAGE}: ${severity}`,
      masterKey: key,
      enforceSSL: true,
    });
    const { SWIPEGATE_ALARM_EMAIL: email } = this.#settings;
    if (email !== undefined) topic.addSubscription(new EmailSubscription(email));
    const members = ALARMS.flatMap((alarm) => (alarm.severity === severity ? (alarms.get(alarm.id) ?? []) : []));
    const sum = new CompositeAlarm(this, `${severity}-alarm`, {
      compositeAlarmName: this.#named(severity),
      alarmDescription:
        severity === 'page' ? 'Act now: people stand before doors, or will soon.' : 'Can wait until morning.',
      alarmRule: AlarmRule.anyOf(...members.map((alarm) => AlarmRule.fromAlarm(alarm, AlarmState.ALARM))),
    });
    sum.addAlarmAction(new SnsAction(topic));
    sum.addOkAction(new SnsAction(topic));
    const description = `Topic for alarms of severity ${severity}`;
    new CfnOutput(this, `${severity}-topic-arn`, { value: topic.topicArn, description });
  }

  #dashboard(file: Filing, alarms: Alarm[]): void {
    const dashboard = new Dashboard(this, 'Dashboard', {
      dashboardName: this.#named('overview'),
      defaultInterval: Duration.hours(3),
    });
    dashboard.addWidgets(new AlarmStatusWidget({ title: 'Alarms', alarms, width: COLUMNS, height: 4 }));
    dashboard.addWidgets(...WIDGETS.flatMap((widget) => this.#widget(widget, file) ?? []));
    new CfnOutput(this, 'DashboardUrl', {
      value: `https://${this.region}.console.aws.amazon.com/cloudwatch/home?region=${this.region}#dashboards/dashboard/${this.#named('overview')}`,
    });
  }

  #widget({ title, kind, unit, series, limit }: Widget, file: Filing): IWidget | undefined {
    const metrics = series.flatMap((each) => metricOf(each, unit, file) ?? []);
    if (metrics.length === 0) return undefined;
    if (kind === 'figures') return new SingleValueWidget({ title, metrics, ...FIGURES });
    return new GraphWidget({
      title,
      left: metrics,
      stacked: kind === 'areas',
      leftYAxis: { min: 0, label: unit, showUnits: false },
      leftAnnotations: limit === undefined ? [] : [{ label: limit.title, value: limit.at }],
      ...GRAPH,
    });
  }

  #named(suffix: string): string {
    return `swipegate-${this.#settings.SWIPEGATE_STAGE}-${suffix}`;
  }
}
