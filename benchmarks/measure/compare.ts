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

/** Ratios that differ by less are equal, within the noise of a shared machine. */
const NOISE = 0.1;

/** Reads the ratio of each benchmark, by name: the lines that are JSON objects with `name` and `ratio`. */
function ratiosOf(file: string): Map<string, number> {
  const ratios = new Map<string, number>();
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    const result = line.startsWith('{') ? parsed(line) : undefined;
    if (typeof result !== 'object' || result === null || !('name' in result) || !('ratio' in result)) continue;
    if (typeof result.ratio === 'number') ratios.set(String(result.name), result.ratio);
  }
  if (ratios.size === 0) throw new Error(`${file} has no result: write it with npm run bench -- --json > ${file}`);
  return ratios;
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/** A benchmark without a ratio failed, or exists in one of the branches only. */
function row(name: string, base: number | undefined, head: number | undefined): string {
  const cells = [name, text(base), text(head)];
  if (base === undefined || head === undefined) return `| ${[...cells, '', 'not comparable'].join(' | ')} |`;
  const change = head / base - 1;
  const verdict = Math.abs(change) <= NOISE ? 'equal' : change > 0 ? 'better' : '**worse**';
  return `| ${[...cells, `${change < 0 ? '' : '+'}${(100 * change).toFixed(0)} %`, verdict].join(' | ')} |`;
}

function text(ratio: number | undefined): string {
  return ratio === undefined ? '–' : String(Number(ratio.toPrecision(3)));
}

function main([baseFile, headFile, ...more]: readonly string[]): void {
  if (baseFile === undefined || headFile === undefined || more.length > 0) {
    throw new Error('Name two files: node benchmarks/dist/measure/compare.js BASE HEAD');
  }
  const [base, head] = [ratiosOf(baseFile), ratiosOf(headFile)];
  const names = Array.from(new Set([...base.keys(), ...head.keys()])).sort();
  process.stdout.write(
    [
      '| benchmark | base | head | change | |',
      '|---|---:|---:|---:|---|',
      ...names.map((name) => row(name, base.get(name), head.get(name))),
      '',
      `Ratios to each benchmark's own baseline; higher is better. Changes within ${100 * NOISE} % count as equal.`,
      '',
    ].join('\n'),
  );
}

try {
  main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${messageOf(error)}\n`);
  process.exitCode = 2;
}
