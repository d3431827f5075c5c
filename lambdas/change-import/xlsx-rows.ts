import type { CsvRow } from '@swipegate/contract/values/csv-rows';
import { plainText } from '@swipegate/contract/values/plain-text';
import { type Cell, type CellValue, formatValue, readXlsx, type Sheet, type SheetFilter, type Workbook } from 'hucre';
import { ImportFileError } from './import-file-error.js';
import { declaredBytes } from './zip-size.js';

/** A sheet of the allowed rows has a few MB. The limit keeps a small file from filling the memory (a zip bomb). */
const MOST_UNPACKED_BYTES = 32 * 1024 * 1024;
/** A row may not have more characters, as in CSV. */
const LONGEST_ROW = 4_096;
/** A spreadsheet keeps 15 digits of a number. */
const MOST_EXACT = 1e15;

const REMEDY = 'Save it as .xlsx or as “CSV UTF-8”.';

/** A row of a file. `dates` are the indexes of cells that a spreadsheet keeps as dates. */
export type FileRow = CsvRow & { dates?: ReadonlySet<number> };

export interface XlsxRows {
  rows: Iterable<FileRow>;
  /** Name of the sheet. */
  sheet: string;
  /** Names of the other sheets. */
  others: string[];
}

/** Whether a file is a zip, such as .xlsx. */
export function isZip([p, k, three, four]: Uint8Array): boolean {
  return p === 0x50 && k === 0x4b && three === 0x03 && four === 0x04;
}

/** Whether a file is an old .xls, or an .xlsx with a password. */
export function isOldOffice([first, second, third, fourth]: Uint8Array): boolean {
  return first === 0xd0 && second === 0xcf && third === 0x11 && fourth === 0xe0;
}

/**
 * Reads a sheet of an .xlsx file as a person sees it: numbers in their format, with leading zeros; dates as
 * `2026-12-31`, with the time if the format shows it. An error in a cell is a fault of its row.
 * @param wanted name of the sheet; default: the first one that is not hidden
 * @throws {ImportFileError} if the file is damaged or too large, or has no such sheet
 */
export async function xlsxRows(bytes: Uint8Array, wanted: string | undefined): Promise<XlsxRows> {
  const names: string[] = [];
  const visible: string[] = [];
  const { sheets, dateSystem } = await workbook(bytes, ({ name, hidden, veryHidden }) => {
    names.push(name);
    const isVisible = hidden !== true && veryHidden !== true;
    if (isVisible) visible.push(name);
    return wanted === undefined ? isVisible && visible.length === 1 : sameName(name, wanted);
  });
  const [sheet] = sheets;
  if (sheet === undefined) {
    const missing = wanted === undefined ? 'no sheet that is not hidden' : `no sheet ${wanted}`;
    throw new ImportFileError(`The file has ${missing}. It has: ${names.slice(0, 20).join(', ')}.`);
  }
  const others = visible.filter((name) => name !== sheet.name);
  return { rows: rowsOf(sheet, dateSystem === '1904'), sheet: sheet.name, others };
}

/** Returns the cells of all sheets, a row a line. @throws {ImportFileError} if the file is damaged or too large */
export async function xlsxText(bytes: Uint8Array): Promise<string> {
  const { sheets, dateSystem } = await workbook(bytes, () => true);
  const lines = sheets.flatMap((sheet) =>
    sheet.rows.map((values, i) => {
      const is1904 = dateSystem === '1904';
      const shown = values.map((value, column) =>
        value === null ? '' : shownCell(value, sheet.cells?.get(`${i},${column}`), is1904).text,
      );
      return shown.join('\t');
    }),
  );
  return lines.join('\n');
}

/** @throws {ImportFileError} if the file is damaged or too large */
async function workbook(bytes: Uint8Array, sheets: SheetFilter): Promise<Workbook> {
  const unpacked = declaredBytes(bytes);
  if (unpacked === undefined) throw new ImportFileError(`The file is damaged. ${REMEDY}`);
  if (unpacked > MOST_UNPACKED_BYTES) {
    const limit = `more than ${MOST_UNPACKED_BYTES / 1024 / 1024} MiB when it is unpacked`;
    throw new ImportFileError(
      `The file has ${limit}. Copy the rows into a new file without other sheets and pictures.`,
    );
  }
  return await readXlsx(bytes, { readStyles: true, sheets }).catch((error: unknown) => {
    // The first sentence: the others are about the library's options.
    const why = error instanceof Error ? ` (${error.message.split('. ')[0]?.slice(0, 200)})` : '';
    throw new ImportFileError(`The file is not a readable .xlsx file${why}. ${REMEDY}`);
  });
}

function sameName(a: string, b: string): boolean {
  return plainText(a).toLowerCase() === plainText(b).toLowerCase();
}

/** One row at a time: a reader stops at its limit of rows. */
function* rowsOf({ rows, cells: details }: Sheet, is1904: boolean): Generator<FileRow> {
  for (const [i, values] of rows.entries()) {
    // Most rows are empty, if one cell is in the last corner of a sheet.
    if (values.every((value) => value === null)) yield { line: i + 1, cells: [] };
    else yield { line: i + 1, ...shownRow(values, (column) => details?.get(`${i},${column}`), is1904) };
  }
}

type ShownRow = { cells: string[]; dates?: ReadonlySet<number>; fault?: undefined } | { fault: string };

function shownRow(
  values: readonly CellValue[],
  detailsOf: (column: number) => Cell | undefined,
  is1904: boolean,
): ShownRow {
  const cells: string[] = [];
  const dates = new Set<number>();
  let length = 0;
  for (const [column, value] of values.entries()) {
    const { text, isDate, fault } = value === null ? EMPTY : shownCell(value, detailsOf(column), is1904);
    if (fault !== undefined) return { fault };
    length += text.length;
    if (length > LONGEST_ROW) return { fault: `has more than ${LONGEST_ROW} characters` };
    if (isDate === true) dates.add(column);
    cells.push(text === '' ? '' : plainText(text));
  }
  return { cells, ...(dates.size > 0 && { dates }) };
}

interface ShownCell {
  text: string;
  isDate?: boolean;
  fault?: string;
}

const EMPTY: ShownCell = { text: '' };

function shownCell(value: CellValue, cell: Cell | undefined, is1904: boolean): ShownCell {
  if (cell?.type === 'error') return { text: '', fault: `has the error ${String(value)} of a formula` };
  if (value === null || value === undefined) return { text: '' };
  const format = cell?.style?.numFmt;
  if (value instanceof Date) {
    // A time of day is a fraction of the day 0.
    const isTime = value.getTime() < (is1904 ? Date.UTC(1904, 0, 2) : Date.UTC(1900, 0, 1));
    return isTime ? { text: value.toISOString().slice(11, 16) } : { text: dateText(value, format), isDate: true };
  }
  if (typeof value === 'number') return { text: numberText(value, format, is1904) };
  return { text: typeof value === 'boolean' ? String(value).toUpperCase() : String(value) };
}

/** A spreadsheet's date has no time zone; the library gives its clock as UTC. */
function dateText(date: Date, format = ''): string {
  if (Number.isNaN(date.getTime())) return '';
  // A day is a fraction in the file, so that a time may be some ms beside its second.
  const text = new Date(Math.round(date.getTime() / 1_000) * 1_000).toISOString();
  const hasTime = /h/i.test(format.replaceAll(/"[^"]*"|\\.|\[\$[^\]]*\]/g, ''));
  return hasTime && !text.endsWith('T00:00:00.000Z') ? text.slice(0, 19).replace('T', ' ') : text.slice(0, 10);
}

/** A number whose last digits the spreadsheet has lost is shown in scientific notation, which the import refuses. */
function numberText(value: number, format: string | undefined, is1904: boolean): string {
  if (Math.abs(value) >= MOST_EXACT) return value.toExponential(2).toUpperCase();
  const isPlain = format === undefined || format === '@' || /^general$/i.test(format);
  return isPlain ? String(value) : formatValue(value, format, { is1904 }).trim();
}
