export interface TextColumn {
  name: string;
  /** Where a cell stands. Numbers belong to the right. Default: left. */
  align?: 'left' | 'right';
}

export interface TextTableOptions {
  /** Columns of the terminal that it may take. Default 80. */
  width?: number;
  /** Whether the header is bold. Default: no. */
  color?: boolean;
}

const DEFAULT_WIDTH = 80;
const GAP = '  ';
const LEAST = 4;

/** A table as lines; what is too wide is cut, in the widest columns first, and ends with an ellipsis. */
export function textTable(
  columns: readonly TextColumn[],
  rows: readonly (readonly string[])[],
  { width = DEFAULT_WIDTH, color = false }: TextTableOptions = {},
): string[] {
  const header = columns.map(({ name }) => name);
  const widths = header.map((name, i) =>
    Math.max(...[name, ...rows.map((row) => row[i] ?? '')].map((text) => text.length)),
  );
  const room = Math.max(width - GAP.length * (columns.length - 1), LEAST * columns.length);
  while (widths.reduce((sum, each) => sum + each, 0) > room)
    widths[widths.indexOf(Math.max(...widths))] = Math.max(...widths) - 1;
  const line = (cells: readonly string[]) =>
    cells
      .map((text, i) => aligned(text, widths[i] ?? 0, columns[i]?.align))
      .join(GAP)
      .trimEnd();
  const head = line(header);
  return [color ? `\u001b[1m${head}\u001b[22m` : head, ...rows.map(line)];
}

/** Columns of what a text goes to: the terminal's, else what COLUMNS says, else 80. */
export function widthOf(stream: { columns?: number }, env: Readonly<Record<string, string | undefined>>): number {
  const told = Number(env['COLUMNS']);
  return stream.columns ?? (Number.isInteger(told) && told > 0 ? told : DEFAULT_WIDTH);
}

/** Whether to style what goes to standard output: a terminal that can, and nobody said NO_COLOR (https://no-color.org). */
export function hasColor(stream: { isTTY?: boolean; hasColors?(): boolean }): boolean {
  return stream.isTTY === true && stream.hasColors?.() === true;
}

function aligned(text: string, width: number, align: TextColumn['align'] = 'left'): string {
  const cut = text.length > width ? `${text.slice(0, width - 1)}…` : text;
  return align === 'right' ? cut.padStart(width) : cut.padEnd(width);
}
