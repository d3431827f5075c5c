const BARS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/** Draws the last `width` values as bars from 0 to their maximum. Values above 0 are taller than 0; null is blank. */
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
