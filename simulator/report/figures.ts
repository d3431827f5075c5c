/** Numbers as people read them in a terminal, aligned to the right. */

export function sum(reasons: Readonly<Record<string, number>>): number {
  return Object.values(reasons).reduce((total, n) => total + n, 0);
}

/** `1,234,567`, right-aligned. */
export function count(n: number, width = 0): string {
  return n.toLocaleString('en-US').padStart(width);
}

/** Milliseconds to three digits, or a dash where there is no figure. */
export function ms(value: number | null | undefined): string {
  if (value === undefined || value === null) return '    -   ';
  const text = value < 10 ? value.toFixed(1) : value.toFixed(0);
  return `${text.padStart(5)} ms`;
}

/** `01:02:03`, or `02:03` below an hour. */
export function clock(elapsedMs: number): string {
  const seconds = Math.floor(elapsedMs / 1000);
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const shown = parts[0] === 0 ? parts.slice(1) : parts;
  return shown.map((part) => String(part).padStart(2, '0')).join(':');
}
