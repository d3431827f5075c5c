import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { basename } from 'node:path';
import { OptionError, parseOptions, whole } from '@swipegate/terminal/options';

/** Options of a benchmark: whole numbers, and whether the last line is JSON. */
export type Options<Name extends string> = Record<Name, number> & { json: boolean };

const MOST = 1_000_000_000;

/**
 * Reads a benchmark's options from the command line, `--rounds=3` or `--rounds 3`. An invalid option ends the process
 * with exit code 2 and one line with the problem and the options; `--help` prints the options.
 * @param defaults the options and their default values
 */
export function readOptions<Name extends string>(defaults: Record<Name, number>): Options<Name> {
  const [, program = '', ...args] = process.argv;
  const names = Object.keys(defaults).filter((name): name is Name => name in defaults);
  const known = ['--json', ...names.map((name) => `--${name}=${defaults[name]}`)].join(', ');
  const own = Object.fromEntries(names.map((name) => [name, { type: 'string' as const }]));
  try {
    const { values, positionals } = parseOptions(`npm run bench -- ${basename(program, '.js')}`, args, {
      ...own,
      json: { type: 'boolean' },
      help: { type: 'boolean' },
    });
    const [stray] = positionals;
    if (stray !== undefined)
      throw new OptionError(`${stray} is not an option; benchmark names come before the options.`);
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
    process.stderr.write(`${error.message} Options and their defaults: ${known}\n`);
    process.exit(2);
  }
}

/**
 * Reruns this program with these Node options, unless it has them, and exits with its exit code: a function is
 * measured with the options of its deployment. Signals are forwarded.
 */
export async function withNodeOptions(options: readonly string[]): Promise<void> {
  if (options.every((option) => process.execArgv.includes(option))) return;
  const run = spawn(process.execPath, [...options, ...process.execArgv, ...process.argv.slice(1)], {
    stdio: 'inherit',
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => run.kill(signal));
  const [code] = await once(run, 'exit');
  process.exit(code ?? 1);
}
