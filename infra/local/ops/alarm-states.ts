import { ALARM_PERIOD_MS, ALARMS, type Alarm, type Limit } from '../../dashboard/dashboard.js';
import type { AlarmNow } from './browser/page-data.js';
import { figureOf } from './figures.js';
import type { Readings } from './readings.js';

/** Alarm states as in CloudWatch, but judged each second over sliding periods: experiments show their effect sooner. */
export class AlarmStates {
  readonly #alarms: readonly Alarm[];
  readonly #now = new Map<string, AlarmNow>();

  constructor(alarms: readonly Alarm[] = ALARMS) {
    this.#alarms = alarms;
  }

  /** @param nowMs epoch ms of the last reading */
  judge(readings: Readings, nowMs: number): AlarmNow[] {
    return this.#alarms.map((alarm) => {
      const before = this.#now.get(alarm.id);
      const judged = judgeOne(alarm, readings, nowMs, before?.state ?? 'ok');
      const sinceMs = before?.state === judged.state ? before.sinceMs : nowMs;
      const now = { id: alarm.id, ...judged, sinceMs };
      this.#now.set(alarm.id, now);
      return now;
    });
  }
}

function judgeOne(
  { series: { onOneMachine }, unit, limit, periods, missing }: Alarm,
  readings: Readings,
  nowMs: number,
  before: AlarmNow['state'],
): Pick<AlarmNow, 'state' | 'value'> {
  if ('nowhere' in onOneMachine) return { state: 'elsewhere', value: null };
  const values = Array.from({ length: periods }, (_, i) => {
    const toMs = nowMs - i * ALARM_PERIOD_MS;
    return figureOf(readings, onOneMachine, unit, { fromMs: toMs - ALARM_PERIOD_MS, toMs });
  });
  const value = values[0] ?? null;
  if (value === null && missing.is === 'unchanged') return { state: before, value };
  const isBad = values.every((each) => (each === null ? missing.is === 'bad' : isPast(each, limit)));
  return { state: isBad ? 'alarm' : 'ok', value };
}

function isPast(value: number, limit: Limit): boolean {
  return 'above' in limit ? value > limit.above : value < limit.below;
}
