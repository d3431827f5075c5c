import { readFile } from 'node:fs/promises';
import { comparisonPage, runPage } from './html/page.js';
import type { RunResult } from './result/run-result.js';
import { writeText } from './write-text.js';

export class ReportError extends Error {
  override readonly name = 'ReportError';
  readonly code = 'REPORT_RESULTS';
}

/**
 * Writes one self-contained HTML file: the report of one run, or of two the comparison, the first being A. The charts are SVG
 * made here rather than a library's canvas: they need no script to be seen, are sharp in print and at any zoom, follow the
 * reader's light or dark by the style sheet alone, and can be read by a test and by a screen reader.
 *
 * The file's size is bounded however long the run and however many its readers: about 400 points a line, 600 cells a heat map.
 *
 * @throws {ReportError} when there are not one or two results
 * @throws {OutputFileError} when the file cannot be written
 */
export async function writeHtmlReport(results: readonly RunResult[], file: string): Promise<void> {
  await writeText(file, await htmlReport(results));
}

/** The same as a text. */
export async function htmlReport(results: readonly RunResult[]): Promise<string> {
  const [a, b, ...more] = results;
  if (a === undefined || more.length > 0) {
    throw new ReportError(
      `A report is of one run, or compares two; ${results.length} were given. Name one or two files.`,
    );
  }
  const script = await readFile(new URL(import.meta.resolve('@swipegate/page/browser/read-out')), 'utf8');
  return b === undefined ? runPage(a, script) : comparisonPage(a, b, script);
}
