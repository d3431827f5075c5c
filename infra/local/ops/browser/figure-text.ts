import type { Unit } from './page-data.js';

const SCALES = ['', 'k', 'M', 'G', 'T'] as const;
const BYTES = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const;
const AFTER: Readonly<Record<Unit, string>> = {
  count: '',
  'per second': '/s',
  bytes: '',
  'bytes per second': '/s',
  ms: ' ms',
  percent: ' %',
};

/** Formats a figure with its unit, e.g. `12.5k/s`, `12 ms`, `3.4 MiB/s`; an en dash without data. */
export function figureText(value: number | null | undefined, unit: Unit): string {
  if (value === null || value === undefined) return '–';
  if (unit === 'ms') return value >= 10_000 ? `${digits(value / 1_000)} s` : `${digits(value)} ms`;
  if (unit === 'bytes' || unit === 'bytes per second') return scaled(value, 1_024, BYTES, ' ') + AFTER[unit];
  return scaled(value, 1_000, SCALES, '') + AFTER[unit];
}

export function timeText(epochMs: number): string {
  return new Date(epochMs).toLocaleTimeString('en-GB');
}

function scaled(value: number, step: number, names: readonly string[], gap: string): string {
  let rest = value;
  let scale = 0;
  // Up to 9,999 stays unscaled: easier to read than 1.2k.
  while (Math.abs(rest) >= (step === 1_000 && scale === 0 ? 10_000 : step) && scale < names.length - 1) {
    rest /= step;
    scale += 1;
  }
  return `${digits(rest)}${gap}${names[scale]}`;
}

function digits(value: number): string {
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en-US');
  return String(Number(value.toPrecision(value >= 10 ? 3 : 2)));
}
