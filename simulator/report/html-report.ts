import { readFile } from 'node:fs/promises';
import { comparisonPage, runPage } from './html/page.js';
import { writeText } from './output-files.js';
import type { RunResult } from './result/run-result.js';

export class ReportError extends Error {
  override readonly name = 'ReportError';
  readonly code = 'REPORT_RESULTS';
}

/**
 * Writes one self-contained HTML file: the report of one run, or the comparison of two (the first is A). Charts are
 * SVG, not a library's canvas: they need no script, are sharp in print and at any zoom, follow light and dark mode by
 * the style sheet, and tests and screen readers can read them.
 *
 * The file's size is bounded for any run: about 400 points per line, 600 cells per heat map.
 *
 * @throws {ReportError} REPORT_RESULTS: not one or two results
 * @throws {OutputFileError} OUTPUT_FILE_UNWRITABLE: the file cannot be written
 */
export async function writeHtmlReport(results: readonly RunResult[], file: string): Promise<void> {
  await writeText(file, await htmlReport(results));
}

/** Returns the report as text. @throws {ReportError} REPORT_RESULTS: not one or two results */
export async function htmlReport(results: readonly RunResult[]): Promise<string> {
  const [a, b, ...more] = results;
  if (a === undefined || more.length > 0) {
    throw new ReportError(
      `A report shows one run or compares two, but ${results.length} were given: name one or two files.`,
    );
  }
  const script = await readFile(new URL(import.meta.resolve('@swipegate/page/browser/read-out')), 'utf8');
  return b === undefined ? runPage(a, script) : comparisonPage(a, b, script);
}
