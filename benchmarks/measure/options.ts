import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { basename } from 'node:path';
import { OptionError, parseOptions, whole } from '@swipegate/terminal/options';

const MOST = 1_000_000_000;

/**
 * Reads a benchmark's options, all whole numbers, and `--json`. An invalid option ends the process with exit code 2 and
 * one line with the problem; `--help` prints the options.
 * @param defaults the options and their default values
 */
export function readOptions<Name extends string>(defaults: Record<Name, number>): typeof defaults & { json: boolean } {
  const [, program = '', ...args] = process.argv;
  const names = Object.keys(defaults).filter((name): name is Name => name in defaults);
  const known = ['--json', ...names.map((name) => `--${name}=${defaults[name]}`)].join(', ');
  const own = Object.fromEntries(names.map((name) => [name, { type: 'string' as const }]));
  try {
    const { values } = parseOptions(`npm run bench -- ${basename(program, '.js')}`, args, {
      ...own,
      json: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    });
    if (values.help === true) {
      process.stdout.write(`Options and their defaults: ${known}\n`);
      process.exit(0);
    }
    const given: Readonly<Record<string, unknown>> = values;
    const numbers = { ...defaults };
    for (const name of names) {
      if (given[name] !== undefined) numbers[name] = whole(`--${name}`, String(given[name]), 1, MOST);
    }
    return { ...numbers, json: values.json === true };
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
