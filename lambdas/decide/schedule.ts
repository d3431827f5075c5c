import { LRUCache } from 'lru-cache';
import { DateTime } from 'luxon';
import type { Schedule } from '../../gateway/contract/index.js';

interface LocalTime {
  /** ISO weekday, 1 = Monday. */
  weekday: number;
  /** Minutes since midnight on the wall clock. */
  minute: number;
  /** YYYY-MM-DD */
  date: string;
}

const MINUTE_MS = 60_000;
// Zones are asked about the same minute over and over; working it out takes microseconds each time.
const localTimes = new LRUCache<string, LocalTime>({ max: 4_096 });

/** Wall-clock time in an IANA zone. Undefined for a zone that does not exist. */
function localTime(ms: number, timeZone: string): LocalTime | undefined {
  const minute = Math.floor(ms / MINUTE_MS);
  const key = `${minute} ${timeZone}`;
  const known = localTimes.get(key);
  if (known !== undefined) return known;
  const local = DateTime.fromMillis(minute * MINUTE_MS, { zone: timeZone });
  if (!local.isValid) return undefined;
  const time = { weekday: local.weekday, minute: local.hour * 60 + local.minute, date: local.toISODate() };
  localTimes.set(key, time);
  return time;
}

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

function minuteOfDay(time: string): number {
  return Number(time.slice(0, 2)) * 60 + Number(time.slice(3, 5));
}
