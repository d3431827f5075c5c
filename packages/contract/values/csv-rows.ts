import { nearest } from './nearest.js';
import { foldedText, plainText } from './plain-text.js';

/** A row of a CSV file, or a line that is not a row. A row without any text is blank: `cells` has empty strings only. */
export type CsvRow = { line: number; cells: string[]; fault?: undefined } | { line: number; fault: string };

/** In the order in which they win a tie. */
const SEPARATORS = [',', ';', '\t', '|'] as const;
/** A row may not have more characters: an open quote would swallow the rest of the file. */
const LONGEST_ROW = 4_096;

/** The line that tells Excel the separator. Programs that open and save the file may quote or extend it. */
const DECLARATION = /^"?sep=([^"\r\n])"?[;,\t ]*(?:\r\n?|\n|$)/i;
const LINE_END = /\r\n?|\n/g;
/** Spaces before a quote do not make the quote a part of the text. `="00042"` is how Excel keeps leading zeros. */
const OPENING = /[ \u00a0\u200b\ufeff]*(=?)"/y;
const AFTER_QUOTE = /[ \u00a0\u200b\ufeff]*/y;
const QUOTED_FORMULA = /^="((?:[^"]|"")*)"$/;

const NOT_CLOSED = 'has a quote that is not closed; write a quote inside a quoted cell twice';
const AFTER_CLOSED = 'has text after a closing quote; write a quote inside a quoted cell twice';
const INSIDE = 'has a quote inside a cell; write the cell in quotes, and the quote twice: "Anna ""Ann"" Lee"';
const TOO_LONG = `has more than ${LONGEST_ROW} characters`;

/**
 * Reads CSV as spreadsheets write it: RFC 4180 with any mix of CR LF, LF and CR. The separator is comma, semicolon, tab
 * or |: the one that a first line `sep=;` names, else the most frequent one in the first row. Cells are
 * {@link plainText}; a text formula of Excel (`="00042"`) gives its text. A malformed line gives a fault, and reading
 * continues after it. The last line end starts no row. @param text without a byte-order mark
 */
export function* csvRows(text: string): Generator<CsvRow> {
  const [declaration = '', declared] = DECLARATION.exec(text) ?? [];
  let at = declaration.length;
  let line = declared === undefined ? 1 : 2;
  const separator = declared ?? separatorIn(text, at);
  let width: number | undefined;
  while (at < text.length) {
    const read = readRow(text, at, { separator, width });
    if ('fault' in read) yield { line, fault: read.fault };
    else yield { line, cells: read.cells };
    if (!('fault' in read) && !isBlank(read.cells)) width ??= read.cells.length;
    at = read.end;
    line += read.lines;
  }
}

/** Whether no cell of a row has a text. */
export function isBlank(cells: readonly string[]): boolean {
  return cells.every((cell) => cell === '');
}

/**
 * Returns the known name of each column, or the column's own if it is none of them. Case, accents, spaces and
 * punctuation do not count: people write "Employee ID".
 */
export function columnNames(columns: readonly string[], known: readonly string[]): string[] {
  const byFolded = new Map(known.map((name) => [foldedColumn(name), name]));
  return columns.map((column) => byFolded.get(foldedColumn(column)) ?? column);
}

/** Returns the known name that an unknown column probably means; undefined if none is similar. */
export function nearestColumn(column: string, known: readonly string[]): string | undefined {
  const close = nearest(foldedColumn(column), known.map(foldedColumn));
  return known.find((name) => foldedColumn(name) === close);
}

/** Letters and digits of a column's name in lower case, without accents: `Gültig bis:` gives `gultigbis`. */
export function foldedColumn(name: string): string {
  return foldedText(name).replaceAll(/[^\p{L}\p{N}]/gu, '');
}

/** The separator that is most frequent outside quotes in the first line that has a text. */
function separatorIn(text: string, start: number): string {
  const first = /[^\r\n]*[^\s,;|][^\r\n]*/.exec(text.slice(start, start + LONGEST_ROW))?.[0] ?? '';
  const bare = first.replaceAll(/"(?:[^"]|"")*"/g, '');
  const [most] = SEPARATORS.map((each) => ({ each, count: bare.split(each).length })).sort((a, b) => b.count - a.count);
  return most?.each ?? ',';
}

interface Span {
  /** Index after the line end. */
  end: number;
  /** Number of lines. */
  lines: number;
}

/**
 * Reads the row at `start`. Line breaks inside quotes belong to the row, if it then has as many cells as the first one.
 * Otherwise a quote is missing, and only its line is a fault.
 */
function readRow(
  text: string,
  start: number,
  { separator, width }: { separator: string; width: number | undefined },
): Span & ({ cells: string[] } | { fault: string }) {
  const cells: string[] = [];
  let lines = 1;
  for (let at = start; ; ) {
    const cell = readCell(text, at, separator);
    if ('fault' in cell) return fault(cell.fault);
    lines += cell.breaks;
    if (cell.end - start > LONGEST_ROW) return fault(lines > 1 ? NOT_CLOSED : TOO_LONG);
    cells.push(cell.text);
    at = cell.end + 1;
    if (text[cell.end] === separator) continue;
    if (lines > 1 && cells.length !== width) return fault(NOT_CLOSED);
    return { cells, lines, end: endOfLine(text, cell.end) };
  }

  function fault(reason: string): Span & { fault: string } {
    return { fault: reason, lines: 1, end: endOfLine(text, start) };
  }
}

/** `end` is the index of the separator or the line end after the cell. */
function readCell(
  text: string,
  start: number,
  separator: string,
): { text: string; end: number; breaks: number } | { fault: string } {
  OPENING.lastIndex = start;
  const opening = OPENING.exec(text);
  if (opening === null) {
    const end = endOfCell(text, start, separator);
    const bare = text.slice(start, end);
    return bare.includes('"') ? { fault: INSIDE } : { text: plainText(bare), end, breaks: 0 };
  }
  const from = start + opening[0].length;
  let close = text.indexOf('"', from);
  while (close !== -1 && text[close + 1] === '"') close = text.indexOf('"', close + 2);
  if (close === -1) return { fault: NOT_CLOSED };
  AFTER_QUOTE.lastIndex = close + 1;
  const end = close + 1 + (AFTER_QUOTE.exec(text)?.[0].length ?? 0);
  const quoted = text.slice(from, close);
  const breaks = quoted.match(LINE_END)?.length ?? 0;
  if (endOfCell(text, end, separator) !== end) return { fault: breaks > 0 ? NOT_CLOSED : AFTER_CLOSED };
  const value = quoted.replaceAll('""', '"');
  return { text: plainText(QUOTED_FORMULA.exec(value)?.[1]?.replaceAll('""', '"') ?? value), end, breaks };
}

function endOfCell(text: string, start: number, separator: string): number {
  let at = start;
  while (at < text.length && text[at] !== separator && text[at] !== '\n' && text[at] !== '\r') at += 1;
  return at;
}

/** Index after the first line end from `at` on. */
function endOfLine(text: string, at: number): number {
  LINE_END.lastIndex = at;
  const found = LINE_END.exec(text);
  return found === null ? text.length : found.index + found[0].length;
}
