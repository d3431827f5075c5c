/**
 * What ops sees, said once: CDK makes the CloudWatch dashboard and alarms of it (infra/aws/dashboard-stack.ts), and one
 * machine the page at /ops (infra/local/ops/).
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
