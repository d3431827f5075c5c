const MS_PER_UNIT = new Map([
  ['s', 1_000],
  ['m', 60_000],
  ['h', 3_600_000],
]);
/** Longest Node timer (2^31 - 1 ms), rounded down to whole days. */
const LONGEST_MS = 24 * 24 * 3_600_000;

/** Parses `20s`, `1.5m` or `2h` to ms; undefined if it is invalid, zero or above 24 days. */
export function parseDuration(text: string): number | undefined {
  const [, digits = '', unit = ''] = /^(\d+(?:\.\d+)?)([smh])$/.exec(text) ?? [];
  const ms = Math.round(Number(digits) * (MS_PER_UNIT.get(unit) ?? 0));
  return ms > 0 && ms <= LONGEST_MS ? ms : undefined;
}

/** Like {@link parseDuration}, for text that was validated before. @throws {RangeError} when it is invalid */
export function durationMs(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined) throw new RangeError(`${text} is not a time: write a number and s, m or h, up to 24 days.`);
  return ms;
}
