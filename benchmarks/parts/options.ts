import { parseArgs } from 'node:util';

/** What a benchmark was asked for: a whole number an option, and whether the last line shall be JSON. */
export type Options<Name extends string> = Record<Name, number> & { json: boolean };

/**
 * Reads a benchmark's options from the command line, `--rounds=3` or `--rounds 3`. What is wrong ends the process with exit code 2,
 * one line about it, and the options that there are; `--help` with these alone.
 * @param defaults the options and what they are without being given
 */
export function readOptions<Name extends string>(defaults: Record<Name, number>): Options<Name> {
  const names = Object.keys(defaults).filter((name): name is Name => name in defaults);
  const known = ['--json', ...names.map((name) => `--${name}=${defaults[name]}`)].join(', ');
  try {
    const { json, help, ...given } = parse(names);
    if (help === true) {
      process.stdout.write(`Options, as they are unless given: ${known}\n`);
      process.exit(0);
    }
    const numbers = { ...defaults };
    for (const name of names) numbers[name] = wholeNumber(name, given[name], defaults[name]);
    return { ...numbers, json: json === true };
  } catch (error) {
    const [line = ''] = error instanceof Error ? error.message.split('\n') : [String(error)];
    process.stderr.write(`${line.replace(/\.?$/, '.')} Options, as they are unless given: ${known}\n`);
    process.exit(2);
  }
}

function parse(names: readonly string[]): Record<string, unknown> {
  const own = Object.fromEntries(names.map((name) => [name, { type: 'string' as const }]));
  const { values } = parseArgs({ options: { ...own, json: { type: 'boolean' }, help: { type: 'boolean' } } });
  return values;
}

function wholeNumber(name: string, given: unknown, otherwise: number): number {
  if (given === undefined) return otherwise;
  const value = Number(given);
  if (Number.isSafeInteger(value) && value >= 1) return value;
  throw new RangeError(`--${name} takes a whole number from 1 on, not ${String(given)}`);
}
