const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
const DAY = `(${DAYS.join('|')})`;

/** Value of SWIPEGATE_WORKING_HOURS: first and last weekday, first hour and the hour after the last, in UTC. */
export const WORKING_HOURS = {
  pattern: `^${DAY}-${DAY} ([01]?\\d|2[0-3])-(1?\\d|2[0-4])$`,
  allowed: 'two weekdays and two hours in UTC, such as mon-fri 6-17',
};

/**
 * CloudWatch condition that is true in the working hours. Hours that pass midnight UTC belong to the day on which they
 * begin. CloudWatch numbers days from 1 (Monday) to 7, in UTC:
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
 * @param hours as {@link WORKING_HOURS} allows
 * @param series id of a metric or an expression with a value for each minute
 */
export function isWorkingHour(hours: string, series: string): string {
  const [, first = '', last = '', from = '', to = ''] = new RegExp(WORKING_HOURS.pattern).exec(hours) ?? [];
  const [begin, end] = [Number(from), Number(to)];
  const day = days(first, last, 0, series);
  if (begin < end) return `${day} AND ${hour(series, '>=', begin)} AND ${hour(series, '<', end)}`;
  const dayAfter = days(first, last, 1, series);
  return `(${day} AND ${hour(series, '>=', begin)}) OR (${dayAfter} AND ${hour(series, '<', end)})`;
}

/** Condition: the day lies between two weekdays, both moved by `later` days. */
function days(first: string, last: string, later: number, series: string): string {
  const [from, to] = [first, last].map((day) => ((DAYS.indexOf(day) + later) % DAYS.length) + 1);
  if (from === undefined || to === undefined) throw new TypeError('two days are moved');
  return `(DAY(${series}) >= ${from} ${from <= to ? 'AND' : 'OR'} DAY(${series}) <= ${to})`;
}

function hour(series: string, comparison: '>=' | '<', value: number): string {
  return `HOUR(${series}) ${comparison} ${value}`;
}
