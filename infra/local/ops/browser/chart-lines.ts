import type { KeptFigures } from './kept-figures.js';
import type { PageSeries, PageWidget } from './page-data.js';

/** A line of a chart: the sum of its figures. */
export interface ChartLine {
  keys: string[];
  title: string;
}

/** So many areas can be told apart; what is less than these is one area together. */
const MOST_AREAS = 7;

/** The lines that a widget has now: of a series of many, one a label that was told so far. */
export function chartLines({ id, kind, series }: PageWidget, kept: KeptFigures): ChartLine[] {
  return series.flatMap((each): ChartLine[] => {
    const key = `${id}/${each.id}`;
    if (each.nowhere !== undefined) return [];
    if (!each.isMany) return [{ keys: [key], title: each.title }];
    const lines = kept.labels(key).map((label) => ({ keys: [`${key}/${label}`], title: labelText(label) }));
    return kind === 'areas' ? largest(lines, kept, each) : lines;
  });
}

/** The values of a line, from a moment on; null where none of its figures was told. */
export function lineValues({ keys }: ChartLine, kept: KeptFigures, from: number): (number | null)[] {
  const [first = [], ...others] = keys.map((key) => kept.values(key, from));
  return others.length === 0
    ? first
    : first.map((value, i) =>
        others.reduce((sum, column) => {
          const more = column[i] ?? null;
          return more === null ? sum : more + (sum ?? 0);
        }, value),
      );
}

/** Each line is drawn on top of those before it. Where nothing was told, nothing is added. */
export function stacked(columns: readonly (readonly (number | null)[])[]): (number | null)[][] {
  let below: (number | null)[] = [];
  return columns.map((column) => {
    below = column.map((value, i) => (value === null ? (below[i] ?? null) : value + (below[i] ?? 0)));
    return below;
  });
}

/** By how much they were in all, so that areas seldom change places. */
function largest(lines: readonly ChartLine[], kept: KeptFigures, { title }: PageSeries): ChartLine[] {
  const total = (line: ChartLine) => lineValues(line, kept, 0).reduce<number>((sum, value) => sum + (value ?? 0), 0);
  const ranked = lines
    .map((line) => ({ line, of: total(line) }))
    .sort((a, b) => b.of - a.of)
    .map(({ line }) => line);
  if (ranked.length <= MOST_AREAS + 1) return ranked;
  const rest = ranked.slice(MOST_AREAS);
  return [
    ...ranked.slice(0, MOST_AREAS),
    { keys: rest.flatMap(({ keys }) => keys).sort(), title: `${rest.length} more ${title}s` },
  ];
}

/** `shardId-000000000003` says no more than `shard 3`; reasons are written as words. */
function labelText(label: string): string {
  return label.replace(/^shardId-0*(\d+)$/, 'shard $1').replaceAll('-', ' ');
}
