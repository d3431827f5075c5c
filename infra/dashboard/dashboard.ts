/**
 * Dashboard and alarms, defined once: CDK builds the CloudWatch dashboard and alarms from them (infra/aws/dashboard/),
 * and one machine builds its /ops page (infra/local/ops/).
 */
import { type Alarm, SWIPE_ALARMS } from './alarms.js';
import { BACK_OFFICE_ALARMS } from './back-office-alarms.js';
import { FLEET_ALARMS } from './fleet-alarms.js';

/** In order of display. */
export const ALARMS: readonly Alarm[] = [...FLEET_ALARMS, ...SWIPE_ALARMS, ...BACK_OFFICE_ALARMS];

export {
  ALARM_PERIOD_MS,
  type Alarm,
  conditionOf,
  type Limit,
  type Missing,
  missingOf,
  type Severity,
} from './alarms.js';
export type * from './series.js';
export { WIDGETS, type Widget } from './widgets.js';
