import { GATEWAY_METRICS } from '@swipegate/contract';
import type { Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import t from 'tap';
import { ALARMS, WIDGETS } from '../../dashboard/dashboard.js';
import { PAGE_DEFINITION } from '../../local/ops/definition.js';
import { readSettings } from '../constructs/settings.js';
import { isWorkingHour } from '../constructs/working-hours.js';
import { CONSOLE, DOMAIN, synthesised } from './synthesised.js';

interface GraphProperties {
  title: string;
  metrics: unknown[][];
  annotations?: { horizontal?: { value: number }[] };
  yAxis?: { left?: { label?: string } };
}

// Shared by most tests: synthesising takes seconds.
const ALL = { ...DOMAIN, ...CONSOLE };
const template = Template.fromStack(synthesised(ALL).dashboard);

/** Properties of CloudWatch's metric widgets, with `deployed` in place of resource names. */
function drawn(template: Template): GraphProperties[] {
  const [dashboard] = Object.values(template.findResources('AWS::CloudWatch::Dashboard'));
  const parts: unknown[] = dashboard?.['Properties'].DashboardBody['Fn::Join'][1];
  const body: { widgets: { type: string; properties: GraphProperties }[] } = JSON.parse(
    parts.map((part) => (typeof part === 'string' ? part : 'deployed')).join(''),
  );
  return body.widgets.flatMap(({ type, properties }) => (type === 'metric' ? [properties] : []));
}

/** Labels of visible lines. CloudWatch labels the results of a search itself. */
function labelsOf({ metrics }: GraphProperties): string[] {
  return metrics.flatMap((metric) => {
    const options = metric.find((part): part is { label?: string; visible?: boolean } => typeof part === 'object');
    return options?.visible === false || options?.label === undefined ? [] : [options.label];
  });
}

t.test('CloudWatch and the /ops page of one machine have the same widgets', async (t) => {
  const widgets = drawn(template);
  t.equal(widgets.length, WIDGETS.length);
  t.strictSame(
    widgets.map(({ title }) => title),
    PAGE_DEFINITION.widgets.map(({ title }) => title),
    'in the same order',
  );
  for (const [i, widget] of widgets.entries()) {
    const twin = PAGE_DEFINITION.widgets[i];
    const single = twin?.series.filter(({ isMany }) => !isMany) ?? [];
    const { title } = widget;
    const labels = labelsOf(widget).filter((label) => label !== '');
    t.strictSame(
      labels,
      single.map((series) => series.title),
      `${title}: the same lines`,
    );
    t.equal(widget.metrics.length >= (twin?.series.length ?? 0), true, `${title}: at least as many metrics`);
    t.same(
      widget.annotations?.horizontal?.map(({ value }) => value) ?? [],
      twin?.limit === undefined ? [] : [twin.limit.at],
      `${title}: the same limit`,
    );
    if (twin?.kind !== 'figures') t.equal(widget.yAxis?.left?.label, twin?.unit, `${title}: the same unit`);
  }
});

t.test('each alarm has the limit of the /ops page, its meaning of missing data, and its steps', async (t) => {
  template.resourceCountIs('AWS::CloudWatch::Alarm', ALARMS.length);
  t.strictSame(
    PAGE_DEFINITION.alarms.map(({ id }) => id),
    ALARMS.map(({ id }) => id),
  );
  for (const { id, limit, periods, missing, steps } of ALARMS) {
    const isAbove = 'above' in limit;
    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      AlarmName: `swipegate-production-${id}`,
      Threshold: isAbove ? limit.above : limit.below,
      EvaluationPeriods: periods,
      ComparisonOperator: isAbove ? 'GreaterThanThreshold' : 'LessThanThreshold',
      TreatMissingData: { fine: 'notBreaching', bad: 'breaching', unchanged: 'ignore' }[missing.is],
      AlarmDescription: Match.stringLikeRegexp(`1\\. [^]*${escaped(steps[2])}`),
    });
  }
});

t.test('alarms use metrics that AWS and the gateway emit', async (t) => {
  const alarm = (id: string, Stat: string, Metric: Record<string, unknown>) =>
    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      AlarmName: `swipegate-production-${id}`,
      Metrics: Match.arrayWith([Match.objectLike({ MetricStat: { Stat, Metric } })]),
    });
  alarm('rejected-connections', 'Sum', { MetricName: 'RejectedConnectionCount', Namespace: 'AWS/ApplicationELB' });
  alarm('iterator-age', 'Maximum', { MetricName: 'IteratorAge', Namespace: 'AWS/Lambda' });
  alarm('write-throttles', 'Sum', { MetricName: 'WriteProvisionedThroughputExceeded', Namespace: 'AWS/Kinesis' });
  alarm('dead-letters', 'Maximum', { MetricName: 'ApproximateNumberOfMessagesVisible', Namespace: 'AWS/SQS' });
  alarm('table-throttles', 'Sum', { MetricName: 'WriteThrottleEvents', Namespace: 'AWS/DynamoDB' });
  alarm('change-dead-letters', 'Maximum', { MetricName: 'ApproximateNumberOfMessagesVisible', Namespace: 'AWS/SQS' });
  alarm('changes-wait', 'Maximum', { MetricName: 'ApproximateAgeOfOldestMessage', Namespace: 'AWS/SQS' });
  alarm('back-office-throttles', 'Sum', { MetricName: 'Throttles', Namespace: 'AWS/Lambda' });
  const ofGateway = { Namespace: 'Swipegate/production', Dimensions: [{ Name: 'service', Value: 'gateway' }] };
  alarm('slow-decisions', 'p99', { MetricName: GATEWAY_METRICS.swipeToDecision.cloudwatch, ...ofGateway });
  alarm('spooling', 'Maximum', { MetricName: GATEWAY_METRICS.spooledBytes.cloudwatch, ...ofGateway });
  t.pass();
});

t.test('a dead fleet sets off alarms: no healthy gateway, errors of the load balancer, no swipes', async (t) => {
  const [targets] = Object.keys(
    Template.fromStack(synthesisedGateway()).findResources('AWS::ElasticLoadBalancingV2::TargetGroup'),
  );
  t.ok(targets);
  const named = (id: string) => ({ AlarmName: `swipegate-production-${id}` });
  const ofBalancer = { Namespace: 'AWS/ApplicationELB', Dimensions: [Match.objectLike({ Name: 'LoadBalancer' })] };
  const ofTargets = {
    Namespace: 'AWS/ApplicationELB',
    Dimensions: Match.arrayWith([
      Match.objectLike({ Name: 'LoadBalancer' }),
      { Name: 'TargetGroup', Value: { 'Fn::ImportValue': Match.stringLikeRegexp(`${targets}TargetGroupFullName`) } },
    ]),
  };
  template.hasResourceProperties('AWS::CloudWatch::Alarm', {
    ...named('no-healthy-gateway'),
    Metrics: [
      Match.objectLike({ MetricStat: { Stat: 'Maximum', Metric: { MetricName: 'HealthyHostCount', ...ofTargets } } }),
    ],
    ComparisonOperator: 'LessThanThreshold',
    Threshold: 1,
    TreatMissingData: 'breaching',
  });
  template.hasResourceProperties('AWS::CloudWatch::Alarm', {
    ...named('unhealthy-gateways'),
    Metrics: [
      Match.objectLike({ MetricStat: { Stat: 'Maximum', Metric: { MetricName: 'UnHealthyHostCount', ...ofTargets } } }),
    ],
  });
  for (const [id, MetricName] of [
    ['target-connection-errors', 'TargetConnectionErrorCount'],
    ['balancer-errors', 'HTTPCode_ELB_5XX_Count'],
  ] as const) {
    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      ...named(id),
      Metrics: [Match.objectLike({ MetricStat: { Stat: 'Sum', Metric: { MetricName, ...ofBalancer } } })],
    });
  }
  template.hasResourceProperties('AWS::CloudWatch::Alarm', {
    ...named('no-swipes'),
    Metrics: Match.arrayWith([
      Match.objectLike({
        Expression:
          'IF((DAY(filled) >= 1 AND DAY(filled) <= 5) AND HOUR(filled) >= 7 AND HOUR(filled) < 15, filled, 1)',
        ReturnData: true,
      }),
      Match.objectLike({ Expression: 'FILL(m, 0)', ReturnData: false }),
      Match.objectLike({
        MetricStat: Match.objectLike({ Metric: Match.objectLike({ MetricName: 'SwipesAccepted' }) }),
      }),
    ]),
    TreatMissingData: 'breaching',
  });
  template.hasResourceProperties('AWS::CloudWatch::Alarm', {
    ...named('nothing-decided'),
    Metrics: Match.arrayWith([
      Match.objectLike({ Expression: Match.stringLikeRegexp('^IF\\(FILL\\((.*)_o, 0\\) > 0, 0, \\1\\)$') }),
    ]),
  });
});

t.test('each alarm says what missing data means and why', async (t) => {
  for (const { id, missing } of ALARMS) t.match(missing.because, /^[A-Z].*\.$/, id);
});

t.test('working hours: the condition is true in the right hours of a week, also past midnight UTC', async (t) => {
  const dayOf = (name: string) => ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'].indexOf(name);
  for (const [first, last, from, to] of [
    ['mon', 'fri', 7, 15],
    ['sun', 'thu', 6, 24],
    ['mon', 'fri', 23, 8],
    ['sun', 'thu', 22, 6],
    ['sat', 'sat', 0, 24],
    ['fri', 'tue', 20, 0],
  ] as const) {
    const hours = `${first}-${last} ${from}-${to}`;
    t.equal(readSettings({ SWIPEGATE_WORKING_HOURS: hours }).SWIPEGATE_WORKING_HOURS, hours);
    const condition = isWorkingHour(hours, 'm').replaceAll(' AND ', ' && ').replaceAll(' OR ', ' || ');
    const isTrue = new Function('DAY', 'HOUR', 'm', `return ${condition}`);
    const working = new Set<number>();
    for (let day = dayOf(first); ; day = (day + 1) % 7) {
      for (let hour: number = from; hour < (to > from ? to : to + 24); hour++) working.add((day * 24 + hour) % 168);
      if (day === dayOf(last)) break;
    }
    const got = Array.from({ length: 168 }, (_, hour) => hour).filter((hour) =>
      isTrue(
        () => Math.floor(hour / 24) + 1,
        () => hour % 24,
      ),
    );
    t.same(
      got,
      Array.from(working).sort((a, b) => a - b),
      hours,
    );
  }
  for (const hours of ['always', 'mon-fri', 'mon-fri 7-25', 'Mon-Fri 7-15', 'mon-fri 7:00-15:00']) {
    t.throws(() => readSettings({ SWIPEGATE_WORKING_HOURS: hours }), { message: /two weekdays and two hours in UTC/ });
  }
});

t.test('one message per severity, however many alarms go off', async (t) => {
  const mailed = Template.fromStack(synthesised({ ...ALL, SWIPEGATE_ALARM_EMAIL: 'ops@example.com' }).dashboard);
  const composites = Object.values(mailed.findResources('AWS::CloudWatch::CompositeAlarm'));
  t.strictSame(composites.map(({ Properties }) => Properties.AlarmName).sort(), [
    'swipegate-production-page',
    'swipegate-production-ticket',
  ]);
  const members = composites.map(({ Properties }) => JSON.stringify(Properties.AlarmRule).split('ALARM(').length - 1);
  t.equal(
    members.reduce((sum, n) => sum + n, 0),
    ALARMS.length,
    'each alarm is in one of the two',
  );
  for (const { Properties } of composites) t.equal(Properties.AlarmActions.length, 1);
  mailed.resourcePropertiesCountIs('AWS::SNS::Topic', { KmsMasterKeyId: Match.anyValue() }, 2);
  mailed.resourcePropertiesCountIs('AWS::SNS::Subscription', { Protocol: 'email', Endpoint: 'ops@example.com' }, 2);
  template.resourceCountIs('AWS::SNS::Subscription', 0);
});

t.test('the dashboard exists without a gateway, too', async (t) => {
  const without = Template.fromStack(synthesised().dashboard);
  without.hasResourceProperties('AWS::CloudWatch::Dashboard', { DashboardName: 'swipegate-production-overview' });
  t.ok(drawn(without).length > 0);
  const alarms = Object.values(without.findResources('AWS::CloudWatch::Alarm')).map(({ Properties }) => Properties);
  t.notOk(
    alarms.some(({ AlarmName }) => /change|back-office/.test(AlarmName)),
    'and without a back office none of its alarms',
  );
  t.notOk(
    alarms.some(({ TreatMissingData }) => TreatMissingData === 'breaching'),
    'and no alarm that silence sets off',
  );
});

function synthesisedGateway(): Stack {
  const { gateway } = synthesised(ALL);
  if (gateway === undefined) throw new Error('no gateway stack');
  return gateway;
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
