import type { Schedule } from '@swipegate/contract';
import { intervalsOf, weekOf } from './week.js';

export const DAY_NAMES = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'] as const;

/** Says in words when a schedule is open: "Mon to Fri 07:00 to 19:00, not on 3 holidays". */
export function scheduleWords({ intervals, holidays }: Pick<Schedule, 'intervals' | 'holidays'>): string {
  const timesByDays = new Map<string, { first: number; times: string[] }>();
  for (const { days, from, until } of intervalsOf(weekOf(intervals))) {
    const which = daysText(days);
    const entry = timesByDays.get(which) ?? { first: days[0] ?? 0, times: [] };
    entry.times.push(timesText(from, until));
    timesByDays.set(which, entry);
  }
  if (timesByDays.size === 0) return 'Never open';
  const parts = Array.from(timesByDays)
    .sort(([, a], [, b]) => a.first - b.first)
    .map(([days, { times }]) => `${days} ${times.join(' and ')}`);
  const count = new Set(holidays).size;
  const except = count === 0 ? '' : `, not on ${count} ${count === 1 ? 'holiday' : 'holidays'}`;
  return `${parts.join('; ')}${except}`;
}

function timesText(from: string, until: string): string {
  if (from === '00:00' && until === '24:00') return 'round the clock';
  return `${from} to ${until}${until < from ? ' the next day' : ''}`;
}

/** Days in words: "Every day", "Mon to Fri", "Mon, Wed and Fri". @param days 1 (Monday) to 7, ascending */
export function daysText(days: readonly number[]): string {
  if (days.length === 7) return 'Every day';
  const runs: number[][] = [];
  for (const day of days) {
    const run = runs.at(-1);
    if (run?.at(-1) === day - 1) run.push(day);
    else runs.push([day]);
  }
  const words = runs.flatMap((run) => {
    const names = run.map((day) => DAY_NAMES[day - 1]?.slice(0, 3) ?? String(day));
    return names.length < 3 ? names : [`${names[0]} to ${names.at(-1)}`];
  });
  const last = words.pop() ?? '';
  return words.length === 0 ? last : `${words.join(', ')} and ${last}`;
}
