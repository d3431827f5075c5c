import {
  type ChangeContent,
  type FieldError,
  type ImportKind,
  type ImportLine,
  type ImportNote,
  MAX_IMPORT_LINES,
} from '@swipegate/contract';
import { IMPORT_COLUMNS } from '@swipegate/contract/back-office/import-columns';
import { isCanonicalCardId } from '@swipegate/contract/cards/card-number';
import { isUnsent } from '@swipegate/contract/cards/site-readings';
import { isBlank } from '@swipegate/contract/values/csv-rows';
import { hashedId } from '@swipegate/contract/values/hashed-id';
import { dateReader } from './date-cells.js';
import { fileRows } from './file-rows.js';
import { type Header, readHeader } from './header.js';
import { ImportFileError } from './import-file-error.js';
import {
  type Cells,
  cardRow,
  DATE_COLUMNS,
  employeeRow,
  type RowChange,
  type RowContext,
  shortenedId,
  withCardId,
} from './row-changes.js';
import { type KnownSite, readerRow, zoneRow } from './site-rows.js';
import type { FileRow } from './xlsx-rows.js';

/** Result of a line, and the change that it requests; undefined if the line is invalid. */
export interface ReadLine {
  result: ImportLine;
  change: RowChange | undefined;
}

export interface ReadFile {
  /** Each line that is not blank, in order. */
  lines: ReadLine[];
  /** Number of lines without any text, below the header. */
  blankLines: number;
  notes: ImportNote[];
}

interface FileContext {
  importId: string;
  kind: ImportKind;
  /** Name of the sheet to read, in an .xlsx file. Default: the first one that is not hidden. */
  sheet?: string | undefined;
  /** The tenant's site as it is. */
  site: KnownSite;
}

/** A file with what its rows are read with. */
interface RowsContext extends FileContext, RowContext {
  /** Column with the id of what a row changes. */
  key: string;
  /** Lines of each key that more than one row has. */
  repeated: ReadonlyMap<string, number[]>;
}

/** A row with the names of its columns, or its fault. */
type NamedRow = { line: number; cells: Cells; fault?: undefined } | { line: number; field?: string; fault: string };

/** Number of converted texts that a person checks. */
const CONVERTED_EXAMPLES = 2;
/** Number of cards that a note names. */
const CARD_EXAMPLES = 5;
const NOT_ASCII = /[^\0-\x7f]/;

/**
 * Reads a CSV or .xlsx file with a header line, in the forms of {@link fileRows}. The same line of the same import always has the
 * same changeId, so reading a file twice applies each change once. A malformed line is refused alone, and so is each
 * line of a key that the file has twice.
 * @throws {ImportFileError} if the file as a whole cannot be read: then no line is
 */
export async function readFile(bytes: Uint8Array, file: FileContext): Promise<ReadFile> {
  const { rows: all, isConverted, notes } = await fileRows(bytes, file.sheet);
  const columns = IMPORT_COLUMNS[file.kind];
  let header: Header | undefined;
  let blankLines = 0;
  const rows: NamedRow[] = [];
  const converted = new Set<string>();
  for (const row of all) {
    if (isConverted && row.fault === undefined) noteConverted(row.cells, converted);
    if (row.fault === undefined && isBlank(row.cells)) blankLines += header === undefined ? 0 : 1;
    else if (header === undefined) header = readHeader(row, columns);
    else rows.push(namedRow(row, header));
    if (rows.length > MAX_IMPORT_LINES) {
      throw new ImportFileError(`The file has more than ${MAX_IMPORT_LINES} lines. Split it.`);
    }
  }
  if (header === undefined) {
    throw new ImportFileError('The file is empty. It must have a header line, then a line for each row.');
  }
  const named = rows.map((row) => (row.fault === undefined ? withIds(row, file) : row));
  const dates = dateReader(dateCellsOf(named));
  const repeated = repeatedKeys(named, columns.key);
  const { buildings } = file.site;
  const lines = named.map((row) => readLine(row, { ...file, dates, buildings, key: columns.key, repeated }));
  return {
    lines,
    blankLines,
    notes: [
      ...notes,
      ...(isConverted ? [convertedNote(rows, converted)] : []),
      ...header.notes,
      ...dates.notes,
      ...formatNotes(lines, file.site),
    ],
  };
}

function namedRow(row: FileRow, { names }: Header): NamedRow {
  if (row.fault !== undefined) return row;
  const { line, cells } = row;
  const extra = cells.findIndex((cell, i) => cell !== '' && (i >= names.length || names[i] === ''));
  if (extra !== -1) return { line, fault: `has a cell in column ${extra + 1}, which has no name in the header` };
  // Spreadsheets write an unnamed column for every cell that was ever touched, so only the named ones must be there.
  if (cells.length < names.length) {
    return { line, fault: `has ${cells.length} cells, but the header has ${names.length}` };
  }
  const wrong = names.find((name, i) => row.dates?.has(i) && name && !isDateColumn(name));
  if (wrong !== undefined) {
    const fault = 'is a date in the spreadsheet; format the column as text and enter the cell again';
    return { line, field: wrong, fault };
  }
  const named = names.flatMap((name, i) => (name === undefined || name === '' ? [] : [[name, cells[i] ?? '']]));
  return { line, cells: Object.fromEntries(named) };
}

/** Checks the ids of a row, and brings the number of a card into its one form, so that a second line of it is found. */
function withIds({ line, cells }: { line: number; cells: Cells }, { kind, site }: FileContext): NamedRow {
  const read = shortenedId(cells) ?? (kind === 'cards' ? withCardId(cells, site.cardNumbers) : { cells });
  return 'reason' in read ? { line, field: read.field, fault: read.reason } : { line, cells: read.cells };
}

/** At readers that convert numbers, a card whose id is no converted number opens no door. */
function formatNotes(lines: readonly ReadLine[], { readers, cardNumbers }: KnownSite): ImportNote[] {
  if (!Array.from(readers.values()).some(({ cardFormat = 'as-sent' }) => cardFormat !== 'as-sent')) return [];
  const linked = lines.flatMap(({ change }) => (change?.content.type === 'link-card' ? change.content.cardId : []));
  const formats = new Set(Array.from(readers.values(), ({ cardFormat = 'as-sent' }) => cardFormat));
  return [
    ...noteOn(
      'card-format-missing',
      'Readers of this site convert card numbers, and these are not converted: cards with them open no door there. ' +
        'Give the column cardFormat.',
      linked.filter((cardId) => !isCanonicalCardId(cardId)),
    ),
    ...noteOn(
      'card-unsent',
      'No reader of this site sends card numbers of this form: cards with them open no door. ' +
        'Compare the column cardFormat with the card formats of the readers.',
      linked.filter((cardId) => isCanonicalCardId(cardId) && isUnsent(cardId, { numbers: cardNumbers, formats })),
    ),
  ];
}

function noteOn(code: ImportNote['code'], message: string, cardIds: readonly string[]): ImportNote[] {
  return cardIds.length === 0 ? [] : [{ code, message, examples: cardIds.slice(0, CARD_EXAMPLES) }];
}

function isDateColumn(name: string): boolean {
  return DATE_COLUMNS.some((column) => column === name);
}

function readLine(row: NamedRow, file: RowsContext): ReadLine {
  const { line } = row;
  const change = row.fault === undefined ? changeOrFault(row, file) : { field: row.field ?? '', reason: row.fault };
  if ('reason' in change) return { result: { line, ...change }, change: undefined };
  return { result: { line, changeId: changeIdOf(file.importId, line, change.content) }, change };
}

function changeOrFault({ line, cells }: { line: number; cells: Cells }, file: RowsContext): RowChange | FieldError {
  const others = file.repeated.get(cells[file.key] ?? '')?.filter((other) => other !== line) ?? [];
  if (others.length === 0) return changeOf(cells, file);
  const where = `line${others.length === 1 ? '' : 's'} ${others.slice(0, 5).join(', ')}`;
  return { field: file.key, reason: `is in ${where} too; the file may have it once, so none of these lines counts` };
}

function changeOf(cells: Cells, file: RowsContext): RowChange | FieldError {
  switch (file.kind) {
    case 'employees':
      return employeeRow(cells);
    case 'cards':
      return cardRow(cells, file);
    case 'readers':
      return readerRow(cells, file.site);
    case 'zones':
      return zoneRow(cells, file.site);
  }
}

/** Returns the lines of each key that more than one row has. */
function repeatedKeys(rows: readonly NamedRow[], key: string): ReadonlyMap<string, number[]> {
  const lines = new Map<string, number[]>();
  for (const row of rows) {
    const id = row.fault === undefined ? (row.cells[key] ?? '') : '';
    if (id === '') continue;
    const known = lines.get(id);
    if (known === undefined) lines.set(id, [row.line]);
    else known.push(row.line);
  }
  return new Map([...lines].filter(([, { length }]) => length > 1));
}

function dateCellsOf(rows: readonly NamedRow[]) {
  return rows.flatMap((row) =>
    DATE_COLUMNS.flatMap((column) => {
      const text = row.fault === undefined ? (row.cells[column] ?? '') : '';
      return text === '' ? [] : [{ line: row.line, text }];
    }),
  );
}

/** Keeps the first texts with converted characters, wherever they are: also in the header and in ignored columns. */
function noteConverted(cells: readonly string[], converted: Set<string>): void {
  if (converted.size < CONVERTED_EXAMPLES) {
    for (const text of cells) if (NOT_ASCII.test(text)) converted.add(text);
  }
}

/** Names come first: people know how they are spelt. */
function convertedNote(rows: readonly NamedRow[], others: ReadonlySet<string>): ImportNote {
  const names = rows.flatMap((row) => (row.fault === undefined ? (row.cells['name'] ?? []) : []));
  const converted = new Set([...names.filter((name) => NOT_ASCII.test(name)), ...others]);
  return {
    code: 'encoding-converted',
    message: 'The file is in Windows-1252 and was converted. Check that these texts are right.',
    examples: [...converted].slice(0, CONVERTED_EXAMPLES),
  };
}

/** The id depends on the content, too, because a user may upload another file in its place. */
function changeIdOf(importId: string, line: number, content: ChangeContent): string {
  return hashedId(`${importId}/${line}/${JSON.stringify(content)}`);
}
