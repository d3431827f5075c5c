export function sum(reasons: Readonly<Record<string, number>>): number {
  return Object.values(reasons).reduce((total, n) => total + n, 0);
}

/** `1,234,567`, right-aligned. */
export function count(n: number, width = 0): string {
  return n.toLocaleString('en-US').padStart(width);
}

/** Milliseconds to three digits, or a dash without a figure. */
export function ms(value: number | null | undefined): string {
  if (value === undefined || value === null) return '    -   ';
  const text = value < 10 ? value.toFixed(1) : value.toFixed(0);
  return `${text.padStart(5)} ms`;
}

/** `   20.0 /s` */
export function perSecond(rate: number): string {
  return `${rate.toFixed(1).padStart(9)} /s`;
}

/** Milliseconds to three digits in the shorter unit: `0.42 ms`, `152 ms`, `1.53 s`; a dash without a figure. */
export function latency(value: number | null): string {
  if (value === null) return '–';
  const seconds = Number(value.toPrecision(3)) >= 1000;
  return `${threeDigits(seconds ? value / 1000 : value)} ${seconds ? 's' : 'ms'}`;
}

// Made once: toLocaleString with options makes one at each call.
const DECIMALS = new Intl.NumberFormat('en-US', { maximumFractionDigits: 3 });

/** At most three significant digits, but all digits before the point: `0.4`, `8.23`, `1,532`. */
export function threeDigits(value: number): string {
  const decimals = value === 0 ? 0 : Math.min(3, Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value)))));
  return DECIMALS.format(Number(value.toFixed(decimals)));
}

/** `b` as a multiple of `a`, or a dash if there is none. */
export function ratio(a: number | null, b: number | null): string {
  if (a === null || b === null || a === 0) return '–';
  return (b / a).toFixed(b / a < 10 ? 2 : 0);
}

/** `01:02:03`, or `02:03` below an hour. */
export function clock(elapsedMs: number): string {
  const seconds = Math.floor(elapsedMs / 1000);
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const shown = parts[0] === 0 ? parts.slice(1) : parts;
  return shown.map((part) => String(part).padStart(2, '0')).join(':');
}
