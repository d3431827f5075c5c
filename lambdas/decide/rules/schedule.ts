import type { Schedule } from '@swipegate/contract';
import { localTime, minuteOfDay } from './local-time.js';

/**
 * Whether a schedule is open at an instant on a building's clock. Holidays are closed; an unknown zone is never open.
 * On the day the clocks change an interval is read on the wall clock: an hour that comes twice is open twice.
 */
export function isOpen(schedule: Schedule, ms: number, timeZone: string): boolean {
  const now = localTime(ms, timeZone);
  if (now === undefined || schedule.holidays.includes(now.date)) return false;
  return schedule.intervals.some(
    ({ days, from, until }) =>
      days.includes(now.weekday) && minuteOfDay(from) <= now.minute && now.minute < minuteOfDay(until),
  );
}
