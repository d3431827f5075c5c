import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { basename } from 'node:path';
import { OptionError, parseOptions, whole } from '@swipegate/terminal/options';

/** The benchmarks with their options, all whole numbers, and the defaults. Each also takes `--json`. */
export const BENCHMARKS = {
  aggregate: { records: 50_000, rounds: 7 },
  'cold-start': { rounds: 15 },
  'decide-cost': {},
  'decide-cpu': { swipes: 60_000, rounds: 5 },
  'gateway-batch': { seconds: 4, rounds: 5 },
  'gateway-hook': { seconds: 4, rounds: 5 },
  'gateway-single': { seconds: 4, rounds: 5 },
  'key-flood': { seconds: 5, rounds: 4, connections: 1_300 },
  lockdown: { rounds: 100 },
  overload: { seconds: 30, capacity: 500 },
  producer: { records: 60_000, rounds: 3 },
  'simulator-rate': { seconds: 4, rounds: 5 },
  'simulator-readers': { readers: 10_000 },
  'stream-cost': {},
  'swipe-to-decision': { rate: 500, seconds: 20 },
} satisfies Record<string, Record<string, number>>;

export type Benchmark = keyof typeof BENCHMARKS;

export type Values<Option extends string> = Record<Option, number> & { json: boolean };

const MOST = 1_000_000_000;

export function isBenchmark(name: string): name is Benchmark {
  return Object.hasOwn(BENCHMARKS, name);
}

/** Options of a benchmark and their defaults, as `--help` prints them. */
export function describe(defaults: Readonly<Record<string, number>>): string {
  return ['--json', ...Object.entries(defaults).map(([name, value]) => `--${name}=${value}`)].join(', ');
}

/** Reads the options of a benchmark; 'help' for --help. @throws {OptionError} */
export function parse<Option extends string>(
  benchmark: string,
  defaults: Record<Option, number>,
  args: readonly string[],
): Values<Option> | 'help' {
  const names = Object.keys(defaults).filter((name): name is Option => name in defaults);
  const { values } = parseOptions(`npm run bench -- ${benchmark}`, args, {
    ...Object.fromEntries(names.map((name) => [name, { type: 'string' as const }])),
    json: { type: 'boolean' },
    help: { type: 'boolean', short: 'h' },
  });
  if (values.help === true) return 'help';
  const given: Readonly<Record<string, unknown>> = values;
  const numbers = { ...defaults };
  for (const name of names) {
    if (given[name] !== undefined) numbers[name] = whole(`--${name}`, String(given[name]), 1, MOST);
  }
  return { ...numbers, json: values.json === true };
}

/**
 * Reads the options of this process's benchmark. An invalid option ends the process with exit code 2 and one line with
 * the problem; `--help` prints the options.
 * @param defaults one of {@link BENCHMARKS}
 */
export function readOptions<Option extends string>(defaults: Record<Option, number>): Values<Option> {
  const [, program = '', ...args] = process.argv;
  try {
    const values = parse(basename(program, '.js'), defaults, args);
    if (values !== 'help') return values;
    process.stdout.write(`Options and their defaults: ${describe(defaults)}\n`);
    process.exit(0);
  } catch (error) {
    if (!(error instanceof OptionError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(2);
  }
}

/** Reruns this program with the Node options of the deployment, unless it has them, and exits with its exit code. */
export async function withNodeOptions(options: readonly string[]): Promise<void> {
  if (options.every((option) => process.execArgv.includes(option))) return;
  const run = spawn(process.execPath, [...options, ...process.execArgv, ...process.argv.slice(1)], {
    stdio: 'inherit',
  });
  forwardSignals(run);
  const [code] = await once(run, 'exit');
  process.exit(code ?? 1);
}

/** Forwards signals, or the child would outlive this process. The child stops its own children. */
export function forwardSignals(child: ChildProcess): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal));
}
