import {
  type ChangeContent,
  compile,
  DisplayName,
  EmployeeId,
  explain,
  type FieldError,
  IMPORT_COLUMNS,
  type ImportKind,
  type ImportLine,
  LinkCard,
  MAX_IMPORT_LINES,
} from '@swipegate/contract';
import {
  CsvEncodingError,
  type CsvRow,
  columnNames,
  csvRows,
  csvTextOf,
  isBlank,
  nearestColumn,
} from '@swipegate/contract/values/csv-rows';
import { timestampMs } from '@swipegate/contract/values/timestamp-ms';
import Type from 'typebox';
import { hashedId } from '../stores/hashed-id.js';

const NOTHING_DONE = 'Nothing was imported.';

/** Cells of a line by the names of their columns. */
type Cells = Readonly<Record<string, string>>;

const ACTIVE: Readonly<Record<string, boolean>> = { true: true, false: false };
/** A cell that takes all rights away: an empty cell leaves them as they are. It cannot be an id. */
const NO_LEVELS = '-';
/** Ids have none of these. */
const BETWEEN = /[;,|\s]+/;

// The file's kind determines the type of change for all lines, so it is not a column.
const { type: _type, ...cardMembers } = LinkCard.properties;
const isCardLine = compile(Type.Object(cardMembers));
const isEmployeeLine = compile(
  Type.Object({
    employeeId: EmployeeId,
    name: DisplayName,
    active: Type.Optional(Type.Boolean()),
    accessLevelIds: Type.Optional(
      Type.Array(EmployeeId, { description: 'ids separated by ; , | or spaces, or - for none' }),
    ),
  }),
);

/** The file as a whole is invalid. */
export class ImportFileError extends Error {
  override readonly name = 'ImportFileError';
  readonly code = 'IMPORT_FILE';
}

/** Result of a line, and the change that it requests; undefined if the line is invalid. */
interface ReadLine {
  result: ImportLine;
  content: ChangeContent | undefined;
}

interface ReadFile {
  /** Each line that is not blank, in order. */
  lines: ReadLine[];
  /** Number of lines without any text, below the header. */
  blankLines: number;
}

/**
 * Reads a CSV file with a header line, in the forms of {@link csvRows}. The same line of the same import always has the
 * same changeId, so reading a file twice applies each change once. A malformed line is refused alone.
 * @throws {ImportFileError} if the file as a whole cannot be read: then no line is
 */
export function readFile(bytes: Uint8Array, { importId, kind }: { importId: string; kind: ImportKind }): ReadFile {
  const file: ReadFile = { lines: [], blankLines: 0 };
  let header: readonly string[] | undefined;
  for (const row of csvRows(textOf(bytes))) {
    if (row.fault === undefined && isBlank(row.cells)) file.blankLines += header === undefined ? 0 : 1;
    else if (header === undefined) header = checkedHeader(row, kind);
    else file.lines.push(readLine(row, { header, kind, importId }));
    if (file.lines.length > MAX_IMPORT_LINES) {
      throw new ImportFileError(`The file has more than ${MAX_IMPORT_LINES} lines. Split it. ${NOTHING_DONE}`);
    }
  }
  if (header === undefined) {
    const needed = 'It must have a header line, then a line for each row.';
    throw new ImportFileError(`The file is empty. ${needed} ${NOTHING_DONE}`);
  }
  return file;
}

function readLine(row: CsvRow, file: { header: readonly string[]; kind: ImportKind; importId: string }): ReadLine {
  const { line } = row;
  const content = row.fault === undefined ? contentOfRow(row.cells, file) : { field: '', reason: row.fault };
  if ('reason' in content) return { result: { line, ...content }, content: undefined };
  return { result: { line, changeId: changeIdOf(file.importId, line, content) }, content };
}

function contentOfRow(
  cells: readonly string[],
  { header, kind }: { header: readonly string[]; kind: ImportKind },
): ChangeContent | FieldError {
  const extra = cells.findIndex((cell, i) => cell !== '' && (header[i] ?? '') === '');
  if (extra !== -1) return { field: '', reason: `has a cell in column ${extra + 1}, which has no name in the header` };
  // Spreadsheets write an unnamed column for every cell that was ever touched, so only the named ones must be there.
  if (cells.length < header.length) {
    return { field: '', reason: `has ${cells.length} cells, but the header has ${header.length}` };
  }
  const named = header.flatMap((name, i) => (name === '' ? [] : [[name, cells[i] ?? '']]));
  return contentOfLine(kind, Object.fromEntries(named));
}

/** @throws {ImportFileError} if the file is not in Unicode */
function textOf(bytes: Uint8Array): string {
  try {
    return csvTextOf(bytes);
  } catch (error) {
    if (!(error instanceof CsvEncodingError)) throw error;
    throw new ImportFileError(`${error.message} ${NOTHING_DONE}`);
  }
}

/**
 * Returns the names of the columns, up to the last one that has a name.
 * @throws {ImportFileError} naming what is missing, unknown or twice, and all that is allowed
 */
function checkedHeader(row: CsvRow, kind: ImportKind): string[] {
  if (row.fault !== undefined) throw new ImportFileError(`The header ${row.fault}. ${NOTHING_DONE}`);
  const { required, optional } = IMPORT_COLUMNS[kind];
  const known: readonly string[] = [...required, ...optional];
  const names = columnNames(row.cells.slice(0, row.cells.findLastIndex((name) => name !== '') + 1), known);
  const given = names.filter((name) => name !== '');
  const allowed = `Required: ${required.join(', ')}. Optional: ${optional.join(', ')}.`;
  const unknown = given.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    const meant = nearestColumn(unknown, known);
    const hint = meant === undefined ? '' : ` Do you mean ${meant}?`;
    throw new ImportFileError(`The column ${unknown.slice(0, 64)} is unknown.${hint} ${allowed} ${NOTHING_DONE}`);
  }
  const missing = required.filter((name) => !given.includes(name));
  if (missing.length > 0) {
    const lacks = `The header lacks ${missing.join(', ')}. It has: ${given.join(', ').slice(0, 256)}.`;
    throw new ImportFileError(`${lacks} ${allowed} ${NOTHING_DONE}`);
  }
  const twice = given.find((name, i) => given.indexOf(name) < i);
  if (twice !== undefined) throw new ImportFileError(`The header must not have ${twice} twice. ${NOTHING_DONE}`);
  return names;
}

/** The id depends on the content, too, because a user may upload another file in its place. */
function changeIdOf(importId: string, line: number, content: ChangeContent): string {
  return hashedId(`${importId}/${line}/${JSON.stringify(content)}`);
}

/** Returns the change that a line requests, or its error. Pure. An empty cell is like a missing column: it changes nothing. */
function contentOfLine(kind: ImportKind, cells: Cells): ChangeContent | FieldError {
  return kind === 'cards' ? cardLine(cells) : employeeLine(cells);
}

/** Excel's form of a number with more than 11 digits: the others are lost. */
const SHORTENED = /^\d(?:[.,]\d+)?E\+\d+$/i;

function cardLine(cells: Cells): ChangeContent | FieldError {
  if (SHORTENED.test(cells['cardId'] ?? '')) {
    const reason = 'is a number that the spreadsheet has shortened; format the column as text and enter it again';
    return { field: 'cardId', reason };
  }
  const given: unknown = Object.fromEntries(Object.entries(cells).filter(([, cell]) => cell !== ''));
  if (!isCardLine(given)) return explain(isCardLine.errors);
  for (const field of ['validFrom', 'validUntil'] as const) {
    if (given[field] !== undefined && Number.isNaN(timestampMs(given[field]))) {
      return { field, reason: `must be a time that exists, not ${given[field]}` };
    }
  }
  const { validFrom, validUntil } = given;
  if (validFrom !== undefined && validUntil !== undefined && timestampMs(validUntil) <= timestampMs(validFrom)) {
    return { field: 'validUntil', reason: 'must be later than validFrom' };
  }
  return { type: 'link-card', ...given };
}

function employeeLine({ active = '', accessLevelIds = '', ...cells }: Cells): ChangeContent | FieldError {
  const isActive = ACTIVE[active.toLowerCase()];
  if (active !== '' && isActive === undefined) {
    return { field: 'active', reason: 'must be true or false, or empty to leave it as it is' };
  }
  const ids = accessLevelIds === NO_LEVELS ? [] : accessLevelIds.split(BETWEEN).filter((id) => id !== '');
  const employee: unknown = {
    ...cells,
    ...(isActive === undefined ? {} : { active: isActive }),
    ...(accessLevelIds === '' ? {} : { accessLevelIds: ids }),
  };
  if (!isEmployeeLine(employee)) return explain(isEmployeeLine.errors);
  return { type: 'patch-employee', ...employee };
}
