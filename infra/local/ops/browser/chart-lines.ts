import type { KeptFigures } from './kept-figures.js';
import type { PageWidget } from './page-data.js';

/** A line of a chart. */
export interface ChartLine {
  key: string;
  title: string;
}

/** The lines that a widget has now: of a series of many, one a label that was told so far. */
export function chartLines({ id, series }: PageWidget, kept: KeptFigures): ChartLine[] {
  return series.flatMap((each): ChartLine[] => {
    const key = `${id}/${each.id}`;
    if (each.nowhere !== undefined) return [];
    if (!each.isMany) return [{ key, title: each.title }];
    return kept.labels(key).map((label) => ({ key: `${key}/${label}`, title: labelText(label) }));
  });
}

/** Each line is drawn on top of those before it. Where nothing was told, nothing is added. */
export function stacked(columns: readonly (readonly (number | null)[])[]): (number | null)[][] {
  let below: (number | null)[] = [];
  return columns.map((column) => {
    below = column.map((value, i) => (value === null ? (below[i] ?? null) : value + (below[i] ?? 0)));
    return below;
  });
}

/** `shardId-000000000003` says no more than `shard 3`; reasons are written as words. */
function labelText(label: string): string {
  return label.replace(/^shardId-0*(\d+)$/, 'shard $1').replaceAll('-', ' ');
}
