export interface TextColumn {
  name: string;
  /** Alignment of the cells; numbers should be right-aligned. Default: left. */
  align?: 'left' | 'right';
}

export interface TextTableOptions {
  /** Maximum width in terminal columns. Default: 80. */
  width?: number;
  /** Whether the header is bold. Default: no. */
  color?: boolean;
}

const DEFAULT_WIDTH = 80;
const GAP = '  ';
const LEAST = 4;

/** Formats a table as lines. If it is too wide, the widest columns are shortened with an ellipsis. */
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

/** Width of the output in columns: the terminal's, else COLUMNS, else 80. */
export function widthOf(stream: { columns?: number }, env: Readonly<Record<string, string | undefined>>): number {
  const columns = Number(env['COLUMNS']);
  return stream.columns ?? (Number.isInteger(columns) && columns > 0 ? columns : DEFAULT_WIDTH);
}

/**
 * Whether to style the output: only on a terminal with colours, which Node denies under NO_COLOR
 * (https://no-color.org).
 */
export function hasColor(stream: { isTTY?: boolean; hasColors?(): boolean }): boolean {
  return stream.isTTY === true && stream.hasColors?.() === true;
}

function aligned(text: string, width: number, align: TextColumn['align'] = 'left'): string {
  const cut = text.length > width ? `${text.slice(0, width - 1)}…` : text;
  return align === 'right' ? cut.padStart(width) : cut.padEnd(width);
}
