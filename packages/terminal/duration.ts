const MS_PER_UNIT: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000 };
/** Longest timer of Node, rounded down to days: 24 days. */
const LONGEST_MS = 24 * 24 * 3_600_000;

/** Reads `20s`, `1.5m` or `2h` as ms. @returns undefined for anything else, and beyond 24 days */
export function parseDuration(text: string): number | undefined {
  const [, digits = '', unit = ''] = /^(\d+(?:\.\d+)?)([smh])$/.exec(text) ?? [];
  const ms = Math.round(Number(digits) * (MS_PER_UNIT[unit] ?? 0));
  return ms > 0 && ms <= LONGEST_MS ? ms : undefined;
}

/** Reads a text that is known to be a time, as ms. @throws {RangeError} if it is not */
export function durationMs(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined) throw new RangeError(`${text} is not a time: write a number and s, m or h, up to 24 days.`);
  return ms;
}
