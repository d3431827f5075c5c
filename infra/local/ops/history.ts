import type { History, Moment } from './browser/page-data.js';

/** Converts moments to columns. A figure that a moment lacks is null. */
export function historyOf(moments: readonly Moment[]): History {
  const keys = new Set(moments.flatMap(({ figures }) => Object.keys(figures)));
  return {
    atMs: moments.map(({ atMs }) => atMs),
    figures: Object.fromEntries(
      Array.from(keys, (key) => [key, moments.map(({ figures }) => figures[key] ?? null)] as const),
    ),
  };
}
