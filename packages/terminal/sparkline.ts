const BARS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/**
 * The last `width` values as bars from 0 to the greatest among them, one column each. What is above 0 stands out from 0; what
 * was not measured is a blank.
 */
export function sparkline(values: readonly (number | null)[], width: number): string {
  const shown = width < 1 ? [] : values.slice(-Math.floor(width));
  const most = shown.reduce<number>((most, value) => Math.max(most, value ?? 0), 0);
  return shown
    .map((value) => {
      if (value === null || !Number.isFinite(value)) return ' ';
      if (value <= 0) return BARS[0];
      return BARS[Math.min(BARS.length - 1, 1 + Math.floor((value / most) * (BARS.length - 1)))];
    })
    .join('');
}
