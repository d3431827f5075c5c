/**
 * Dashboard and alarms, defined once: CDK builds the CloudWatch dashboard and alarms from them
 * (infra/aws/dashboard-stack.ts), and one machine builds its /ops page (infra/local/ops/).
 */
export { ALARM_PERIOD_MS, ALARMS, type Alarm, type Severity } from './alarms.js';
export type {
  AwsSearch,
  AwsSum,
  AwsTableMetrics,
  BackOfficeSubject,
  OnAws,
  OnOneMachine,
  Series,
  Statistic,
  Subject,
  Unit,
} from './series.js';
export { WIDGETS, type Widget } from './widgets.js';
