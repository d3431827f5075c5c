import { decodedText, TextEncodingError } from '@swipegate/contract/values/text-encoding';
import { ImportFileError } from './import-file-error.js';
import { isZip, xlsxText } from './xlsx-rows.js';

/**
 * Returns all text of an uploaded file, for a search: of an .xlsx file the cells of all sheets, hidden ones too, a row
 * a line. Undefined for a damaged .xlsx file.
 */
export async function fileText(bytes: Uint8Array): Promise<string | undefined> {
  try {
    return isZip(bytes) ? await xlsxText(bytes) : decodedText(bytes).text;
  } catch (error) {
    if (error instanceof ImportFileError) return undefined;
    if (error instanceof TextEncodingError) return Buffer.from(bytes).toString('latin1');
    throw error;
  }
}
