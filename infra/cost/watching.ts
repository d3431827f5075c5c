import { AccessEvent, DECIDE_METRICS, GATEWAY_METRICS } from '@swipegate/contract';
import { ALARMS, type Alarm } from '../dashboard/dashboard.js';

/** Number of metrics that Swipegate sends to CloudWatch; each shard adds one. */
export const OWN_METRICS =
  Object.values(GATEWAY_METRICS).filter((metric) => 'cloudwatch' in metric).length +
  Object.keys(DECIDE_METRICS).length +
  AccessEvent.enum.length;

/** Number of metrics in alarms: an alarm is billed by its metrics. */
export const ALARMED_METRICS = ALARMS.reduce((sum, alarm) => sum + metricsOf(alarm), 0);

/** Number of composite alarms, one per severity. */
export const COMPOSITE_ALARMS = new Set(ALARMS.map(({ severity }) => severity)).size;

function metricsOf({ series: { onAws } }: Alarm): number {
  if ('ofAll' in onAws) return onAws.ofAll.length;
  return 'ofTables' in onAws ? onAws.metrics.length * onAws.ofTables.length : 1;
}
