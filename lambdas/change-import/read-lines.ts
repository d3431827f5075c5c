import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import {
  type ChangeContent,
  compile,
  EmployeeId,
  EmployeeName,
  explain,
  type FieldError,
  IMPORT_COLUMNS,
  type ImportKind,
  type ImportLine,
  LinkCard,
  MAX_IMPORT_BYTES,
  MAX_IMPORT_LINES,
} from '@swipegate/contract';
import { timestampMs } from '@swipegate/contract/values/timestamp-ms';
import { type CsvError, parse } from 'csv-parse';
import Type from 'typebox';

const LONGEST_LINE = 4_096;

/** Cells of a line by the names of their columns. */
type Cells = Readonly<Record<string, string>>;

const ACTIVE: Readonly<Record<string, boolean>> = { '': true, true: true, false: false };
const BETWEEN = ';';
const UNEVEN_LINE: FieldError = { field: '', reason: 'must have as many cells as the header' };

// The file's kind determines the type of change for all lines, so it is not a column.
const { type: _type, ...cardMembers } = LinkCard.properties;
const isCardLine = compile(Type.Object(cardMembers));
const isEmployeeLine = compile(
  Type.Object({
    employeeId: EmployeeId,
    name: EmployeeName,
    active: Type.Boolean(),
    accessLevelIds: Type.Array(EmployeeId, { description: 'ids separated by ;' }),
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

/**
 * Reads a CSV file (RFC 4180, UTF-8, with a header line) line by line. The same line of the same import always has
 * the same changeId, so reading a file twice applies each change once.
 * @throws {ImportFileError} at the point from which the file cannot be read
 */
export async function* readLines(
  body: Readable,
  { importId, kind, bytes }: { importId: string; kind: ImportKind; bytes: number },
): AsyncGenerator<ReadLine> {
  if (bytes > MAX_IMPORT_BYTES)
    throw new ImportFileError(`The file has more than ${MAX_IMPORT_BYTES} bytes. Split it.`);
  let hasHeader = false;
  const parser = parse({
    bom: true,
    columns: (header: string[]) => {
      hasHeader = true;
      return checkedHeader(header, kind);
    },
    info: true,
    trim: true,
    skip_empty_lines: true,
    max_record_size: LONGEST_LINE,
    relax_column_count: true,
    // Skips instead of failing: an error would discard earlier lines that are parsed but not yet consumed.
    skip_records_with_error: true,
  });
  let broken: CsvError | undefined;
  parser.on('skip', (error: CsvError) => {
    broken ??= error;
  });
  const text = Readable.from(textOf(body));
  text.once('error', (error) => parser.destroy(error));
  let count = 0;
  try {
    for await (const item of text.pipe(parser)) {
      const { record, info }: { record: Cells; info: { lines: number; error?: CsvError } } = item;
      if (broken !== undefined && info.lines > Number(broken['lines'])) break;
      if (++count > MAX_IMPORT_LINES)
        throw new ImportFileError(`The file has more than ${MAX_IMPORT_LINES} lines. Split it.`);
      const { lines: line, error } = info;
      const content = error === undefined ? contentOfLine(kind, record) : UNEVEN_LINE;
      if ('reason' in content) yield { result: { line, ...content }, content: undefined };
      else yield { result: { line, changeId: changeIdOf(importId, line, content) }, content };
    }
    if (broken !== undefined) throw new ImportFileError(broken.message);
    if (!hasHeader)
      throw new ImportFileError('The file is empty. It must have a header line, then a line for each row.');
  } finally {
    text.destroy();
    body.destroy();
  }
}

/** Decodes strictly: invalid bytes would become question marks in names. @throws {ImportFileError} if not UTF-8 */
async function* textOf(body: Readable): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const decoded = (bytes?: Uint8Array): string => {
    try {
      return decoder.decode(bytes, { stream: bytes !== undefined });
    } catch {
      throw new ImportFileError('The file is not UTF-8. Save it as “CSV UTF-8”.');
    }
  };
  for await (const bytes of body) yield decoded(bytes);
  yield decoded();
}

function checkedHeader(header: readonly string[], kind: ImportKind): string[] {
  const { required, optional } = IMPORT_COLUMNS[kind];
  const known: readonly string[] = [...required, ...optional];
  const columns = header.map((name) => name.trim());
  const missing = required.find((name) => !columns.includes(name));
  if (missing !== undefined) throw new ImportFileError(`The header must have the column ${missing}.`);
  const unknown = columns.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new ImportFileError(`The column ${unknown.slice(0, 64)} is unknown. Allowed: ${known.join(', ')}.`);
  }
  if (new Set(columns).size < columns.length) throw new ImportFileError('The header must not have a column twice.');
  return columns;
}

/** UUID version 8 (RFC 9562 section 5.8). Includes the content because a user may upload another file in its place. */
function changeIdOf(importId: string, line: number, content: ChangeContent): string {
  const text = `${importId}/${line}/${JSON.stringify(content)}`;
  const hex = createHash('sha256').update(text).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** Returns the change that a line requests, or its error. Pure. Empty cells count as missing. */
function contentOfLine(kind: ImportKind, cells: Cells): ChangeContent | FieldError {
  return kind === 'cards' ? cardLine(cells) : employeeLine(cells);
}

function cardLine(cells: Cells): ChangeContent | FieldError {
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
  if (isActive === undefined) return { field: 'active', reason: 'must be true or false' };
  const ids = accessLevelIds.split(BETWEEN).flatMap((id) => (id.trim() === '' ? [] : [id.trim()]));
  const employee: unknown = { ...cells, active: isActive, accessLevelIds: ids };
  if (!isEmployeeLine(employee)) return explain(isEmployeeLine.errors);
  return { type: 'set-employee', employee };
}
