import { nearest } from '@swipegate/contract/values/nearest';
import { MANY, OptionError, parseOptions } from '@swipegate/terminal/options';
import { BENCHMARKS, type Benchmark, describe, isBenchmark, parse } from './options.js';

const NAMES = Object.keys(BENCHMARKS).filter(isBenchmark);

export interface BenchRun {
  benchmarks: readonly Benchmark[];
  /** Options for each of them. */
  flags: readonly string[];
}

/**
 * Reads the command line of `npm run bench`, before any benchmark runs: each option must suit all chosen benchmarks.
 * @returns for --help, the text
 * @throws {OptionError}
 */
export function readCommandLine(args: readonly string[]): BenchRun | string {
  const everyOption = Object.assign({}, ...Object.values(BENCHMARKS));
  const { values, positionals } = parseOptions(
    'npm run bench --',
    args,
    {
      ...Object.fromEntries(Object.keys(everyOption).map((name) => [name, { type: 'string' as const }])),
      json: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
    MANY,
  );
  const unknown = positionals.find((name) => !isBenchmark(name));
  if (unknown !== undefined) {
    const meant = nearest(unknown, NAMES);
    const advice = meant === undefined ? `Benchmarks: ${NAMES.join(', ')}.` : `Did you mean ${meant}?`;
    throw new OptionError(`There is no benchmark ${unknown}. ${advice} See npm run bench -- --help.`);
  }
  const benchmarks = positionals.length === 0 ? NAMES : positionals.filter(isBenchmark);
  if (values.help === true) return helpOf(benchmarks);
  const flags = Object.entries(values).map(([name, value]) => (value === true ? `--${name}` : `--${name}=${value}`));
  for (const name of benchmarks) parse<string>(name, BENCHMARKS[name], flags);
  return { benchmarks, flags };
}

function helpOf(benchmarks: readonly Benchmark[]): string {
  const lines = benchmarks.map((name) => `  ${name.padEnd(20)}${describe(BENCHMARKS[name])}`);
  return [
    'npm run bench -- [NAME ...] [options]',
    '',
    'Benchmarks, with their options and defaults:',
    '',
    ...lines,
    '',
  ].join('\n');
}
