import { type Schedule, scheduleFault } from '@swipegate/contract';

export type Interval = Schedule['intervals'][number];

const NAMES = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
const DAY = `(?:${NAMES.join('|')})`;
const PART = `${DAY}(?:-${DAY})?`;
/** Days as people write them. */
export const DAYS_PATTERN = `^(?:daily|${PART}(?:, ?${PART})*)$`;
export const HOURS_PATTERN = '^(?:[01]?\\d|2[0-4]):[0-5]\\d-(?:[01]?\\d|2[0-4]):[0-5]\\d$';

/** ISO weekdays of `daily`, `mon-fri`, `fri-mon` or `mon,wed`, in order. @param text matches {@link DAYS_PATTERN} */
export function daysIn(text: string): number[] {
  if (text === 'daily') return [1, 2, 3, 4, 5, 6, 7];
  const days = text.split(/, ?/).flatMap((part) => {
    const [first = '', last = first] = part.split('-');
    const [from, until] = [NAMES.indexOf(first), NAMES.indexOf(last)];
    const count = ((until - from + NAMES.length) % NAMES.length) + 1;
    return Array.from({ length: count }, (_, i) => ((from + i) % NAMES.length) + 1);
  });
  return Array.from(new Set(days)).sort();
}

/** The shortest text for weekdays. @param days in order */
export function daysText(days: readonly number[]): string {
  if (days.length === NAMES.length) return 'daily';
  const runs: [first: number, last: number][] = [];
  for (const day of days) {
    const run = runs.at(-1);
    if (run !== undefined && run[1] === day - 1) run[1] = day;
    else runs.push([day, day]);
  }
  const name = (day: number) => NAMES[day - 1] ?? '';
  return runs.map(([first, last]) => (first === last ? name(first) : `${name(first)}-${name(last)}`)).join(',');
}

/** @param text matches {@link HOURS_PATTERN} */
export function hoursIn(text: string): Pick<Interval, 'from' | 'until'> {
  const [from = '', until = ''] = text.split('-').map((time) => time.padStart(5, '0'));
  return { from, until };
}

const isHours = new RegExp(HOURS_PATTERN);

/** Why a text is not hours, as the end of a sentence that starts with its days; undefined if it is. */
export function hoursFault(text: string): string | undefined {
  const { from, until } = hoursIn(text);
  if (!isHours.test(text) || from > '24:00' || until > '24:00') {
    return `has ${JSON.stringify(text)}: write times from 00:00 to 24:00, such as 07:00-19:00, or 22:00-06:00 for a night`;
  }
  if (scheduleFault({ intervals: [{ days: [1], from, until }], holidays: [] }) === undefined) return undefined;
  return from === until
    ? `has "${text}": it must end at another time than it begins; 00:00-24:00 is a whole day`
    : `has "${text}": it must begin before 24:00`;
}

/** Intervals in a fixed order, each weekday once and in order: two schedules with the same hours become equal. */
export function inOrder(intervals: readonly Interval[]): Interval[] {
  return intervals
    .map(({ days, from, until }) => ({ days: Array.from(new Set(days)).sort(), from, until }))
    .sort((a, b) => compare(a.days.join(''), b.days.join('')) || compare(a.from, b.from) || compare(a.until, b.until));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
