import { readFileSync } from 'node:fs';

/** Ratios that differ by less are equal, within the noise of a shared machine. */
const NOISE = 0.1;

/** Ratios that were measured of one version: the lowest and the highest of all its runs. */
interface Range {
  lowest: number;
  highest: number;
}

/** Reads the ratio of each benchmark, by name: the lines that are JSON objects with `name` and `ratio`. */
export function ratiosIn(output: string): Map<string, number> {
  const ratios = new Map<string, number>();
  for (const line of output.split('\n')) {
    const result = line.startsWith('{') ? parsed(line) : undefined;
    if (typeof result !== 'object' || result === null || !('name' in result) || !('ratio' in result)) continue;
    if (typeof result.ratio === 'number') ratios.set(String(result.name), result.ratio);
  }
  return ratios;
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/** The last release's version, and its ratios by benchmark. */
interface Release {
  version: string;
  ranges: ReadonlyMap<string, Range>;
}

/**
 * Reads the table under "Ratios of VERSION" in the README of this folder. @throws {Error} if there is none
 */
export function lastRelease(): Release {
  const text = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
  const [, version, section] = /^## Ratios of (\S+)$([\s\S]*?)(?=^## |$(?![\s\S]))/m.exec(text) ?? [];
  const ranges = new Map<string, Range>();
  for (const [, name = '', lowest, highest] of (section ?? '').matchAll(
    /^\| `([a-z-]+)` \| ([\d.]+) \| ([\d.]+) \|/gm,
  )) {
    ranges.set(name, { lowest: Number(lowest), highest: Number(highest) });
  }
  if (version === undefined || ranges.size === 0)
    throw new Error('benchmarks/README.md has no table "Ratios of VERSION"');
  return { version, ranges };
}

/**
 * A Markdown table that compares ratios, one row a benchmark, and marks what got slower by more than the noise.
 * @param base heading of the older ratios, and the ratios by name
 * @param head the same of the newer ones. A benchmark that failed, or that only one side has, is not compared
 */
export function comparison(
  [baseName, base]: readonly [string, ReadonlyMap<string, Range>],
  [headName, head]: readonly [string, ReadonlyMap<string, number>],
): string {
  const names = Array.from(new Set([...base.keys(), ...head.keys()])).sort();
  return [
    `| benchmark | ${baseName} | ${headName} | change | |`,
    '|---|---:|---:|---:|---|',
    ...names.map((name) => row(name, base.get(name), head.get(name))),
    '',
    `Ratios to each benchmark's own baseline; higher is better. Changes within ${100 * NOISE} % count as equal.`,
    '',
  ].join('\n');
}

/** The change counts from the nearer end of the range. */
function row(name: string, base: Range | undefined, head: number | undefined): string {
  const known =
    base && (base.lowest === base.highest ? text(base.lowest) : `${text(base.lowest)} to ${text(base.highest)}`);
  const cells = [name, known ?? '–', head === undefined ? '–' : text(head)];
  if (base === undefined || head === undefined) return `| ${[...cells, '', 'not comparable'].join(' | ')} |`;
  const nearest = Math.min(Math.max(head, base.lowest), base.highest);
  const change = head / nearest - 1;
  const verdict = Math.abs(change) <= NOISE ? 'equal' : change > 0 ? 'faster' : '**slower**';
  return `| ${[...cells, `${change < 0 ? '' : '+'}${(100 * change).toFixed(0)} %`, verdict].join(' | ')} |`;
}

function text(ratio: number): string {
  return String(Number(ratio.toPrecision(3)));
}
