import type { Schedule } from '@swipegate/contract';

type Interval = Schedule['intervals'][number];

/** Minutes since midnight of the day on which it begins. `until` is exclusive; above {@link DAY} it is on the next day. */
export interface Span {
  from: number;
  until: number;
}

/** Spans by the day on which they begin, Monday first. They are sorted and do not touch. */
export type Week = readonly (readonly Span[])[];

/** Minutes of a day. */
export const DAY = 1_440;
/** Minutes of a cell in the grid. */
export const CELL = 30;
const DAYS = [0, 1, 2, 3, 4, 5, 6] as const;

/**
 * Returns the week that a schedule's intervals mean. Each minute stays with the day on which its interval begins, because
 * that day's holidays count. Intervals that never open are left out.
 */
export function weekOf(intervals: readonly Interval[]): Week {
  const week: Span[][] = DAYS.map(() => []);
  for (const interval of intervals) {
    const from = minuteOf(interval.from);
    const until = minuteOf(interval.until);
    if (Number.isNaN(from) || Number.isNaN(until) || from === until || from === DAY) continue;
    for (const day of interval.days) week[day - 1]?.push({ from, until: until < from ? until + DAY : until });
  }
  return week.map(merged);
}

/** Returns the intervals of a week, with the days that share one in the same interval. */
export function intervalsOf(week: Week): Interval[] {
  const daysBySpan = new Map<string, { span: Span; days: number[] }>();
  for (const [day, spans] of week.entries()) {
    for (const span of spans.flatMap(writable)) {
      const key = `${span.from}-${span.until}`;
      const entry = daysBySpan.get(key) ?? { span, days: [] };
      entry.days.push(day + 1);
      daysBySpan.set(key, entry);
    }
  }
  return Array.from(daysBySpan.values())
    .sort((a, b) => a.span.from - b.span.from || a.span.until - b.span.until)
    .map(({ span: { from, until }, days }) => ({
      days,
      from: timeOf(from),
      until: timeOf(until > DAY ? until - DAY : until),
    }));
}

/** An interval is shorter than a day. A longer span becomes two intervals that overlap. */
function writable({ from, until }: Span): Span[] {
  const overhang = until - DAY;
  if (overhang < from || overhang <= 0) return [{ from, until }];
  const later = Math.min(DAY - 1, CELL * Math.ceil((overhang + 1) / CELL));
  return [
    { from, until: DAY },
    { from: later, until },
  ];
}

/** A part of one day. @see Span */
export interface Area extends Span {
  /** 0 is Monday. `until` is at most {@link DAY}. */
  day: number;
}

/** Returns the week with an area open or closed. */
export function painted(week: Week, area: Area, isOpen: boolean): Week {
  const { day, from, until } = area;
  const made = week.map((spans) => [...spans]);
  if (isOpen) made[day]?.push({ from, until });
  else {
    const before = dayBefore(day);
    const own = made[day] ?? [];
    const ofNight = made[before] ?? [];
    made[day] = own.flatMap((span) => without(span, from, until));
    made[before] = ofNight.flatMap((span) => without(span, DAY + from, DAY + until));
  }
  // What is left of a night after its midnight begins on the next day now.
  for (const each of DAYS) {
    for (const { from, until } of made[each]?.filter((span) => span.from >= DAY) ?? []) {
      made[dayAfter(each)]?.push({ from: from - DAY, until: until - DAY });
    }
    made[each] = made[each]?.filter((span) => span.from < DAY) ?? [];
  }
  return made.map(merged);
}

function without({ from, until }: Span, start: number, end: number): Span[] {
  const parts = [
    { from, until: Math.min(until, start) },
    { from: Math.max(from, end), until },
  ];
  return parts.filter((part) => part.from < part.until);
}

export interface Cover {
  /** Share of the area that is open, 0 to 1. */
  share: number;
  /** Whether only a night that began on the day before keeps it open. */
  isOfNight: boolean;
}

/** Returns how much of an area is open, by the day's own spans and by the night before. */
export function coverOf(week: Week, { day, from, until }: Area): Cover {
  const clipped = (spans: readonly Span[], shift: number) =>
    spans
      .map((span) => ({ from: Math.max(span.from - shift, from), until: Math.min(span.until - shift, until) }))
      .filter((span) => span.from < span.until);
  const own = clipped(week[day] ?? [], 0);
  const ofNight = clipped(week[dayBefore(day)] ?? [], DAY);
  const minutes = merged([...own, ...ofNight]).reduce((sum, span) => sum + span.until - span.from, 0);
  return { share: minutes / (until - from), isOfNight: own.length === 0 && ofNight.length > 0 };
}

/**
 * Returns the week with intervals that meet at midnight joined to one that begins on the first day; undefined if none
 * meet. They mean the same, except around a holiday: the whole night is then that of its first day.
 */
export function nightsJoined(week: Week): Week | undefined {
  const made = week.map((spans) => [...spans]);
  let isJoined = false;
  for (const day of DAYS) {
    const evening = week[day]?.find(({ from, until }) => from > 0 && until === DAY);
    const morning = week[dayAfter(day)]?.find(({ from, until }) => from === 0 && until < (evening?.from ?? 0));
    if (evening === undefined || morning === undefined) continue;
    isJoined = true;
    made[day] = made[day]?.map((span) => (span === evening ? { ...evening, until: DAY + morning.until } : span)) ?? [];
    made[dayAfter(day)] = made[dayAfter(day)]?.filter((span) => span !== morning) ?? [];
  }
  return isJoined ? made : undefined;
}

/** Minutes since midnight of `HH:MM` up to 24:00; NaN for anything else. */
export function minuteOf(time: string): number {
  const [, hours, minutes] = /^([01]\d|2[0-4]):([0-5]\d)$/.exec(time) ?? [];
  const minute = Number(hours) * 60 + Number(minutes);
  return minute <= DAY ? minute : Number.NaN;
}

export function timeOf(minute: number): string {
  return `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
}

function dayAfter(day: number): number {
  return (day + 1) % 7;
}

function dayBefore(day: number): number {
  return (day + 6) % 7;
}

function merged(spans: readonly Span[]): Span[] {
  const made: Span[] = [];
  for (const span of spans.toSorted((a, b) => a.from - b.from)) {
    const last = made.at(-1);
    if (last !== undefined && span.from <= last.until) last.until = Math.max(last.until, span.until);
    else made.push({ ...span });
  }
  return made;
}
