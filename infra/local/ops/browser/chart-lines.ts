import type { FigureHistory } from './figure-history.js';
import type { PageSeries, PageWidget } from './page-data.js';

/** Line of a chart: the sum of the figures under its keys. */
export interface ChartLine {
  keys: string[];
  title: string;
}

/** Number of areas that can be distinguished; smaller ones are merged into one. */
const MOST_AREAS = 7;

/** Current lines of a widget. A series with labels has one line per label seen so far. */
export function chartLines({ id, kind, series }: PageWidget, history: FigureHistory): ChartLine[] {
  return series.flatMap((each): ChartLine[] => {
    const key = `${id}/${each.id}`;
    if (each.nowhere !== undefined) return [];
    if (!each.isMany) return [{ keys: [key], title: each.title }];
    const lines = history.labels(key).map((label) => ({ keys: [`${key}/${label}`], title: labelText(label) }));
    return kind === 'areas' ? largest(lines, history, each) : lines;
  });
}

/** Values of a line from an index on; null where none of its figures has a value. */
export function lineValues({ keys }: ChartLine, history: FigureHistory, from: number): (number | null)[] {
  const [first = [], ...others] = keys.map((key) => history.values(key, from));
  return others.length === 0
    ? first
    : first.map((value, i) =>
        others.reduce((sum, column) => {
          const more = column[i] ?? null;
          return more === null ? sum : more + (sum ?? 0);
        }, value),
      );
}

/** Stacks each column on those before it. Null adds nothing. */
export function stacked(columns: readonly (readonly (number | null)[])[]): (number | null)[][] {
  let below: (number | null)[] = [];
  return columns.map((column) => {
    below = column.map((value, i) => (value === null ? (below[i] ?? null) : value + (below[i] ?? 0)));
    return below;
  });
}

/** Largest lines first, by their total over the whole history, so that areas seldom change places. */
function largest(lines: readonly ChartLine[], history: FigureHistory, { title }: PageSeries): ChartLine[] {
  const total = (line: ChartLine) => lineValues(line, history, 0).reduce<number>((sum, value) => sum + (value ?? 0), 0);
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

/** Shortens `shardId-000000000003` to `shard 3` and writes reasons as words. */
function labelText(label: string): string {
  return label.replace(/^shardId-0*(\d+)$/, 'shard $1').replaceAll('-', ' ');
}
