/**
 * Compares the output of two runs of `npm run bench -- --json` and prints a Markdown table.
 *
 *     node benchmarks/dist/measure/compare.js BASE HEAD
 *
 * Compares ratios, not figures: both sides of a ratio ran on the same machine at the same time. The exit code is 2 for a
 * file that cannot be read or has no result, otherwise 0: shared machines are too noisy to fail a build.
 */
import { readFileSync } from 'node:fs';
import { messageOf } from '@swipegate/terminal/message-of';
import { comparison, ratiosIn } from './ratios.js';

function ratiosOf(file: string): Map<string, number> {
  const ratios = ratiosIn(readFileSync(file, 'utf8'));
  if (ratios.size === 0) throw new Error(`${file} has no result: write it with npm run bench -- --json > ${file}`);
  return ratios;
}

function main([baseFile, headFile, ...more]: readonly string[]): void {
  if (baseFile === undefined || headFile === undefined || more.length > 0) {
    throw new Error('Name two files: node benchmarks/dist/measure/compare.js BASE HEAD');
  }
  const [base, head] = [ratiosOf(baseFile), ratiosOf(headFile)];
  const ranges = new Map(Array.from(base, ([name, ratio]) => [name, { lowest: ratio, highest: ratio }]));
  process.stdout.write(comparison(['base', ranges], ['head', head]));
}

try {
  main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${messageOf(error)}\n`);
  process.exitCode = 2;
}
