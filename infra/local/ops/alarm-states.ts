import { ALARM_PERIOD_MS, ALARMS, type Alarm } from '../../dashboard/dashboard.js';
import type { AlarmNow } from './browser/page-data.js';
import { figureOf } from './figures.js';
import type { Readings } from './readings.js';

/** Alarm states as in CloudWatch, but judged each second over sliding periods: experiments show their effect sooner. */
export class AlarmStates {
  readonly #now = new Map<string, AlarmNow>();

  /** @param nowMs epoch ms of the last reading */
  judge(readings: Readings, nowMs: number): AlarmNow[] {
    return ALARMS.map((alarm) => {
      const judged = judgeOne(alarm, readings, nowMs);
      const before = this.#now.get(alarm.id);
      const sinceMs = before?.state === judged.state ? before.sinceMs : nowMs;
      const now = { id: alarm.id, ...judged, sinceMs };
      this.#now.set(alarm.id, now);
      return now;
    });
  }
}

function judgeOne(
  { series: { onOneMachine }, unit, above, periods }: Alarm,
  readings: Readings,
  nowMs: number,
): Pick<AlarmNow, 'state' | 'value'> {
  if ('nowhere' in onOneMachine) return { state: 'elsewhere', value: null };
  const values = Array.from({ length: periods }, (_, i) => {
    const toMs = nowMs - i * ALARM_PERIOD_MS;
    return figureOf(readings, onOneMachine, unit, { fromMs: toMs - ALARM_PERIOD_MS, toMs });
  });
  // Missing data is not breaching, as on AWS: at night there may be no swipes.
  const isBad = values.every((value) => value !== null && value > above);
  return { state: isBad ? 'alarm' : 'ok', value: values[0] ?? null };
}
