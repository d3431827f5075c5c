import { GATEWAY_METRICS, METRICS_NAMESPACE } from '@swipegate/contract';
import { Match, Template } from 'aws-cdk-lib/assertions';
import t from 'tap';
import { ALARMS, WIDGETS } from '../../dashboard/dashboard.js';
import { PAGE_DEFINITION } from '../../local/ops/definition.js';
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

t.test('each alarm has the threshold of the /ops page, and its steps', async (t) => {
  template.resourceCountIs('AWS::CloudWatch::Alarm', ALARMS.length);
  t.strictSame(
    PAGE_DEFINITION.alarms.map(({ id }) => id),
    ALARMS.map(({ id }) => id),
  );
  for (const { id, above, periods, steps } of ALARMS) {
    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      AlarmName: `swipegate-production-${id}`,
      Threshold: above,
      EvaluationPeriods: periods,
      ComparisonOperator: 'GreaterThanThreshold',
      TreatMissingData: 'notBreaching',
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
  const ofGateway = { Namespace: METRICS_NAMESPACE, Dimensions: [{ Name: 'service', Value: 'gateway' }] };
  alarm('slow-decisions', 'p99', { MetricName: GATEWAY_METRICS.swipeToDecision.cloudwatch, ...ofGateway });
  alarm('spooling', 'Maximum', { MetricName: GATEWAY_METRICS.spooledBytes.cloudwatch, ...ofGateway });
  t.pass();
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
});

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
