import { timestampMs } from '../values/timestamp-ms.js';
import type { FieldError } from '../values/validation.js';
import type { Schedule } from './site.js';

/**
 * Returns the first member of a schedule that can never take effect, and what is allowed there. A stored row may have
 * such a member: it opens nothing.
 */
export function scheduleFault({ intervals, holidays }: Omit<Schedule, 'scheduleId'>): FieldError | undefined {
  if (intervals.length === 0) return { field: 'intervals', reason: 'must be an array of at least 1 interval' };
  for (const [i, { days, from, until }] of intervals.entries()) {
    const field = (name: string) => `intervals.${i}.${name}`;
    if (days.length === 0) {
      return { field: field('days'), reason: 'must be an array of at least 1 day, from 1 (Monday) to 7 (Sunday)' };
    }
    if (from === '24:00') return { field: field('from'), reason: 'must be a time of day from 00:00 to 23:59' };
    if (from === until) {
      const reason =
        'must differ from `from`: 00:00 until 24:00 is a whole day, an earlier time is one of the next day';
      return { field: field('until'), reason };
    }
  }
  const wrong = holidays.findIndex((date) => Number.isNaN(timestampMs(`${date}T00:00:00Z`)));
  if (wrong === -1) return undefined;
  return { field: `holidays.${wrong}`, reason: 'must be a date that exists, such as 2026-12-25' };
}
