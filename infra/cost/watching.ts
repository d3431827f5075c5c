import { AccessEvent, DECIDE_METRICS, GATEWAY_METRICS } from '@swipegate/contract';
import { ALARMS, type Alarm } from '../dashboard/dashboard.js';

/** Of the metrics that Swipegate tells CloudWatch; shards tell one each besides. */
export const OWN_METRICS =
  Object.values(GATEWAY_METRICS).filter((metric) => 'cloudwatch' in metric).length +
  Object.keys(DECIDE_METRICS).length +
  AccessEvent.enum.length;

/** An alarm costs by the metrics that it looks at. */
export const ALARMED_METRICS = ALARMS.reduce((sum, alarm) => sum + metricsOf(alarm), 0);

/** That for which somebody gets up, and that for the morning. */
export const COMPOSITE_ALARMS = new Set(ALARMS.map(({ severity }) => severity)).size;

function metricsOf({ series: { onAws } }: Alarm): number {
  if ('ofAll' in onAws) return onAws.ofAll.length;
  return 'ofTables' in onAws ? onAws.metrics.length * onAws.ofTables.length : 1;
}
