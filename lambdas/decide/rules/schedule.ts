import type { Schedule } from '@swipegate/contract';
import { localTime, minuteOfDay } from './local-time.js';

/**
 * Returns whether a schedule is open at an instant, by the building's wall clock. Holidays are closed; an unknown
 * time zone is never open. When clocks are put back, an interval in the repeated hour is open twice.
 */
export function isOpen(schedule: Schedule, ms: number, timeZone: string): boolean {
  const now = localTime(ms, timeZone);
  if (now === undefined || schedule.holidays.includes(now.date)) return false;
  return schedule.intervals.some(
    ({ days, from, until }) =>
      days.includes(now.weekday) && minuteOfDay(from) <= now.minute && now.minute < minuteOfDay(until),
  );
}
