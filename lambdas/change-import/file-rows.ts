import type { ImportNote } from '@swipegate/contract';
import { csvRows } from '@swipegate/contract/values/csv-rows';
import { decodedText, TextEncodingError } from '@swipegate/contract/values/text-encoding';
import { ImportFileError } from './import-file-error.js';
import { type FileRow, isOldOffice, isZip, xlsxRows } from './xlsx-rows.js';

export interface FileRows {
  rows: Iterable<FileRow>;
  /** The text was converted from Windows-1252. */
  isConverted: boolean;
  notes: ImportNote[];
}

/**
 * Reads the rows of a CSV file or of a sheet of an .xlsx file.
 * @param sheet name of the sheet; default: the first one that is not hidden
 * @throws {ImportFileError} if the file cannot be read
 */
export async function fileRows(bytes: Uint8Array, sheet: string | undefined): Promise<FileRows> {
  if (isOldOffice(bytes)) {
    throw new ImportFileError(
      'The file is an old Excel file, or has a password. Save it without a password as .xlsx or as “CSV UTF-8”.',
    );
  }
  if (isZip(bytes)) {
    const found = await xlsxRows(bytes, sheet);
    return { rows: found.rows, isConverted: false, notes: sheetNotes(found.sheet, found.others) };
  }
  try {
    const { text, encoding } = decodedText(bytes);
    return { rows: csvRows(text), isConverted: encoding === 'windows-1252', notes: [] };
  } catch (error) {
    if (!(error instanceof TextEncodingError)) throw error;
    throw new ImportFileError(error.message);
  }
}

function sheetNotes(sheet: string, others: readonly string[]): ImportNote[] {
  if (others.length === 0) return [];
  return [{ code: 'sheet-read', message: `Only the sheet ${sheet} is read, not these.`, examples: [...others] }];
}
