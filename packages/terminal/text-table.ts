import { fit, printable, widthOf } from './fit.js';
import { ink } from './ink.js';

export interface TextColumn {
  name: string;
  /** Default: left. Right-align numbers. */
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

/** Formats a table as lines. Cuts the widest columns to fit and replaces control characters. */
export function textTable(
  columns: readonly TextColumn[],
  rows: readonly (readonly string[])[],
  { width = DEFAULT_WIDTH, color = false }: TextTableOptions = {},
): string[] {
  const header = columns.map(({ name }) => printable(name));
  const cells = rows.map((row) => columns.map((_, i) => printable(row[i] ?? '')));
  const widths = header.map((name, i) =>
    cells.reduce((most, row) => Math.max(most, widthOf(row[i] ?? '')), widthOf(name)),
  );
  const room = Math.max(width - GAP.length * (columns.length - 1), LEAST * columns.length);
  while (widths.reduce((sum, each) => sum + each, 0) > room)
    widths[widths.indexOf(Math.max(...widths))] = Math.max(...widths) - 1;
  const line = (texts: readonly string[]) =>
    texts
      .map((text, i) => aligned(text, widths[i] ?? 0, columns[i]?.align))
      .join(GAP)
      .trimEnd();
  return [ink(color).bold(line(header)), ...cells.map(line)];
}

/** Width of the output in columns: the terminal's, else COLUMNS, else 80. */
export function outputWidth(stream: { columns?: number }, env: Readonly<Record<string, string | undefined>>): number {
  const columns = Number(env['COLUMNS']);
  return stream.columns ?? (Number.isInteger(columns) && columns > 0 ? columns : DEFAULT_WIDTH);
}

function aligned(text: string, width: number, align: TextColumn['align'] = 'left'): string {
  const shown = fit(text, width);
  const space = ' '.repeat(width - widthOf(shown));
  return align === 'right' ? `${space}${shown}` : `${shown}${space}`;
}
