import {
  type AccessEvent,
  type Cardholder,
  instantMs,
  type Reader,
  type Schedule,
  type ZonePermit,
} from '@swipegate/contract';
import type { SiteIndex } from '../../stores/site-cache.js';
import { dayBefore, localTime, minuteOfDay } from '../../wall-clock/local-time.js';

/**
 * Returns undefined if an access level or a permit of the cardholder covers the zone behind the reader and is open at
 * `atMs`. A permit that is over denies like none at all, so a swipe has one answer whether or not its row still has it.
 */
export function accessRightDenial(
  reader: Reader,
  site: SiteIndex,
  employee: Cardholder | undefined,
  atMs: number,
): AccessEvent | undefined {
  const timeZone = site.buildings.get(reader.buildingId)?.timeZone;
  const permit = employee?.zonePermits?.find(({ zoneId }) => zoneId === reader.zoneId);
  if (permit !== undefined && isPermitOpen(permit, atMs)) return undefined;
  let isCovered = permit !== undefined && atMs < instantMs(permit.from);
  for (const id of employee?.accessLevelIds ?? []) {
    const level = site.accessLevels.get(id);
    if (level === undefined || !level.zoneIds.includes(reader.zoneId)) continue;
    isCovered = true;
    const schedule = site.schedules.get(level.scheduleId);
    if (schedule !== undefined && timeZone !== undefined && isOpen(schedule, atMs, timeZone)) return undefined;
  }
  return isCovered ? 'denied-out-of-time-range' : 'denied-zone-no-access-rights';
}

/** Returns whether a permit lets its holder in at an instant, ms since the epoch. */
export function isPermitOpen({ from, until }: ZonePermit, atMs: number): boolean {
  return instantMs(from) <= atMs && atMs < instantMs(until);
}

/**
 * Returns whether a schedule is open at an instant, by the building's wall clock. An interval over midnight belongs to
 * the day on which it begins: that day's weekday counts, and a holiday on that day closes all of it. An unknown time
 * zone is never open. When clocks are put back, an interval in the repeated hour is open twice.
 */
export function isOpen({ intervals, holidays }: Schedule, ms: number, timeZone: string): boolean {
  const now = localTime(ms, timeZone);
  if (now === undefined) return false;
  const { minute, weekday, date } = now;
  const today = intervals.some(({ days, from, until }) => {
    const [start, end] = [minuteOfDay(from), minuteOfDay(until)];
    return days.includes(weekday) && start <= minute && (minute < end || end < start);
  });
  if (today && !holidays.includes(date)) return true;
  const yesterday = weekday === 1 ? 7 : weekday - 1;
  const sinceYesterday = intervals.some(({ days, from, until }) => {
    const end = minuteOfDay(until);
    return days.includes(yesterday) && end < minuteOfDay(from) && minute < end;
  });
  return sinceYesterday && !holidays.includes(dayBefore(date));
}
