import { wallTimeOf } from '@swipegate/contract/values/wall-clock';

const DAY_SECONDS = 86_400;

/**
 * Reads a time as ZKTeco devices count it: seconds since 2000, in years of twelve months of 31 days each.
 * @returns ms since the epoch if the clock on the wall showed UTC; undefined if there is no such time
 */
export function wallTimeOfCount(count: number): number | undefined {
  const days = Math.floor(count / DAY_SECONDS);
  const second = count % DAY_SECONDS;
  return wallTimeOf({
    year: 2_000 + Math.floor(days / 372),
    month: 1 + (Math.floor(days / 31) % 12),
    day: 1 + (days % 31),
    hour: Math.floor(second / 3_600),
    minute: Math.floor(second / 60) % 60,
    second: second % 60,
  });
}

/** The opposite of {@link wallTimeOfCount}. @param wallMs as that returns it */
export function countOfWallTime(wallMs: number): number {
  const wall = new Date(wallMs);
  const days = (wall.getUTCFullYear() - 2_000) * 372 + wall.getUTCMonth() * 31 + wall.getUTCDate() - 1;
  return days * DAY_SECONDS + (Math.floor(wallMs / 1_000) % DAY_SECONDS);
}
