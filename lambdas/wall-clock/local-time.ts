import { LRUCache } from 'lru-cache';
import { DateTime } from 'luxon';

export interface LocalTime {
  /** ISO weekday, 1 = Monday. */
  weekday: number;
  /** Minutes since midnight on the wall clock. */
  minute: number;
  /** YYYY-MM-DD */
  date: string;
}

const MINUTE_MS = 60_000;
// The same minutes and time zones recur constantly; computing a local time takes microseconds.
const localTimes = new LRUCache<string, LocalTime>({ max: 4_096 });
// Most swipes of a batch share one minute and one building.
let last: { minute: number; timeZone: string; time: LocalTime } | undefined;

/** Returns the wall-clock time in an IANA time zone; undefined for an unknown time zone. */
export function localTime(ms: number, timeZone: string): LocalTime | undefined {
  const minute = Math.floor(ms / MINUTE_MS);
  if (last?.minute === minute && last.timeZone === timeZone) return last.time;
  const time = cachedOrComputed(minute, timeZone);
  if (time !== undefined) last = { minute, timeZone, time };
  return time;
}

function cachedOrComputed(minute: number, timeZone: string): LocalTime | undefined {
  const key = `${minute} ${timeZone}`;
  const known = localTimes.get(key);
  if (known !== undefined) return known;
  const local = DateTime.fromMillis(minute * MINUTE_MS, { zone: timeZone });
  if (!local.isValid) return undefined;
  const time = { weekday: local.weekday, minute: local.hour * 60 + local.minute, date: local.toISODate() };
  localTimes.set(key, time);
  return time;
}

/** Converts `HH:MM` to minutes since midnight. */
export function minuteOfDay(time: string): number {
  return Number(time.slice(0, 2)) * 60 + Number(time.slice(3, 5));
}

/** Returns the date before a date (YYYY-MM-DD) in the calendar, even where a time zone has skipped that day. */
export function dayBefore(date: string): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) - 86_400_000).toISOString().slice(0, -'T00:00:00.000Z'.length);
}

/**
 * Returns the last instant, at or before `ms`, at which the wall clock reached `time` (`HH:MM`; 24:00 is the midnight
 * that ends a day). If the clock was put forward past `time`, the jump counts; if it was put back and `time` came
 * twice, both count. Undefined for an unknown time zone.
 */
export function latestOccurrence(time: string, ms: number, timeZone: string): number | undefined {
  const now = DateTime.fromMillis(ms, { zone: timeZone });
  if (!now.isValid) return undefined;
  const minute = minuteOfDay(time) % 1_440;
  for (const days of [0, 1, 2]) {
    const day = now.startOf('day').minus({ days });
    const last = occurrences(day, minute)
      .filter((instant) => instant <= ms)
      .at(-1);
    if (last !== undefined) return last;
  }
  return undefined;
}

/** A time by the clock on a building's wall. */
export interface WallTime {
  /** YYYY-MM-DD */
  date: string;
  /** Seconds since midnight on the clock, 0 to 86,400; 86,400 is the midnight that ends the day. */
  second: number;
}

/**
 * Returns the first instant at which the wall clock shows a time, as RFC 3339 with the offset of that instant. If the
 * clock is put forward past the time, the jump counts; if it is put back and the time comes twice, the first one counts.
 * Undefined for an unknown time zone or a date that does not exist.
 */
export function firstOccurrence({ date, second }: WallTime, timeZone: string): string | undefined {
  const [year = 0, month = 0, day = 0] = date.split('-').map(Number);
  const zone = { zone: timeZone };
  const midnight = DateTime.fromObject({ year, month, day }, { zone: 'utc' });
  const clock = midnight.plus({ seconds: second });
  if (!clock.isValid) return undefined;
  const wanted = clock.setZone(timeZone, { keepLocalTime: true });
  if (!wanted.isValid) return undefined;
  const isSkipped = wanted.hour !== clock.hour || wanted.minute !== clock.minute || wanted.day !== clock.day;
  const ms = isSkipped
    ? jumpBefore(wanted)
    : Math.min(...wanted.getPossibleOffsets().map((possible) => possible.toMillis()));
  return DateTime.fromMillis(ms, zone).toISO({ suppressMilliseconds: true }) ?? undefined;
}

/** Returns the instants at which a day's wall clock reaches a minute, in order. */
function occurrences(day: DateTime, minute: number): number[] {
  const wanted = day.set({ hour: Math.floor(minute / 60), minute: minute % 60 });
  if (wanted.hour * 60 + wanted.minute !== minute) return [jumpBefore(wanted)];
  return wanted
    .getPossibleOffsets()
    .map((possible) => possible.toMillis())
    .sort((a, b) => a - b);
}

/** Finds the minute at which the clock was put forward. @param after an instant less than a day later */
function jumpBefore(after: DateTime): number {
  let [low, high] = [after.minus({ hours: 24 }), after];
  while (high.toMillis() - low.toMillis() > MINUTE_MS) {
    const minutes = Math.floor((high.toMillis() - low.toMillis()) / MINUTE_MS / 2);
    const middle = low.plus({ minutes });
    if (middle.offset === after.offset) high = middle;
    else low = middle;
  }
  return high.toMillis();
}
