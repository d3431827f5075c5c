import { type ParseArgsConfig, parseArgs } from 'node:util';
import { nearest } from '@swipegate/contract/values/nearest';
import { parseDuration } from './duration.js';
import { printable } from './fit.js';

/** For commands that take any number of arguments, or check the number themselves. */
export const MANY = Number.POSITIVE_INFINITY;

/** A command line, or a file that it names, is invalid. The message says what to write instead. */
export class OptionError extends Error {
  override readonly name = 'OptionError';
  readonly code = 'OPTION_INVALID';

  /** @param message may repeat what the user wrote: control characters are replaced */
  constructor(message: string) {
    super(printable(message));
  }
}

/**
 * Reads a command line strictly: an unknown option, a missing value, a repeated option, and an argument too many are
 * errors. With `--help`, arguments do not matter.
 * @param command as a user writes it, such as `swipegate-sim run`, for the advice
 * @param most number of arguments that are not options
 * @throws {OptionError} naming the problem and the fix
 */
export function parseOptions<const Options extends NonNullable<ParseArgsConfig['options']>>(
  command: string,
  args: readonly string[],
  options: Options,
  most = 0,
): ReturnType<typeof parseArgs<{ args: string[]; strict: true; allowPositionals: true; options: Options }>> {
  let reason: string | undefined;
  const given = withNumbersJoined(args, options);
  try {
    const parsed = parseArgs({ args: given, strict: true, allowPositionals: true, options });
    reason = faultOfValues(given, options);
    if ('help' in parsed.values && parsed.values['help'] === true) return parsed;
    reason ??= faultOfArguments(command, parsed.positionals.slice(most));
    if (reason === undefined) return parsed;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    reason = reasonOf(error, args, Object.keys(options));
  }
  throw new OptionError(`${reason} See ${command} --help.`);
}

/** Writes `--rate -3` as `--rate=-3`: Node takes -3 for an option, but the option itself says which values it allows. */
function withNumbersJoined(args: readonly string[], options: NonNullable<ParseArgsConfig['options']>): string[] {
  const joined: string[] = [];
  for (const arg of args) {
    const before = joined.at(-1) ?? '';
    const takesValue = before.startsWith('--') && options[before.slice(2)]?.type === 'string';
    if (takesValue && /^-\.?\d/.test(arg)) joined[joined.length - 1] = `${before}=${arg}`;
    else joined.push(arg);
  }
  return joined;
}

/** Finds what Node accepts: a repeated option (the last value wins), or an empty value (an unset shell variable). */
function faultOfValues(args: readonly string[], options: NonNullable<ParseArgsConfig['options']>): string | undefined {
  const { tokens } = parseArgs({ args: [...args], strict: false, allowPositionals: true, options, tokens: true });
  const seen = new Set<string>();
  for (const token of tokens) {
    if (token.kind !== 'option' || token.value === undefined) continue;
    const { name, value } = token;
    if (value === '') return `--${name} has no value: write one after --${name}.`;
    if (seen.has(name) && options[name]?.multiple !== true) return `--${name} is given more than once: write it once.`;
    seen.add(name);
  }
  return undefined;
}

function faultOfArguments(command: string, [extra]: readonly string[]): string | undefined {
  if (extra === undefined) return undefined;
  const after = command.endsWith(' --') ? ', and options after --' : '';
  return `Unexpected argument ${extra}: write values with spaces in quotes${after}.`;
}

function reasonOf({ message }: Error, args: readonly string[], known: readonly string[]): string {
  const refused = /^Unknown option '(-+[^']+)'/.exec(message)?.[1];
  if (refused !== undefined) {
    // Node reads -local as -l -o -c -a -l.
    const whole = /^-[^-]$/.test(refused) && args.find((arg) => /^-\w{2,}/.test(arg) && arg.includes(refused.slice(1)));
    const unknown = whole || refused;
    const meant = nearest(unknown.replace(/^-+/, '').toLowerCase(), known);
    return `There is no option ${unknown}.${meant === undefined ? '' : ` Did you mean --${meant}?`}`;
  }
  const [, lacking, how] =
    /^Option '(?:-\w, )?(--[\w-]+)(?: <value>)?' argument (missing|is ambiguous)/.exec(message) ?? [];
  if (lacking !== undefined) {
    return how === 'missing'
      ? `${lacking} has no value: write one after ${lacking}.`
      : `${lacking} has no value: write one after ${lacking}, or ${lacking}=VALUE if it starts with a dash.`;
  }
  const flag = /^Option '(?:-\w, )?(--[\w-]+)' does not take an argument/.exec(message)?.[1];
  if (flag !== undefined) return `${flag} takes no value: write ${flag} alone.`;
  // Keep only the first sentence: Node's advice is longer than its error.
  return `${message.split(/[.\n]/)[0]}.`;
}

/** Parses an http or https URL. @throws {OptionError} */
export function url(name: string, text: string): URL {
  const parsed = URL.canParse(text) ? new URL(text) : undefined;
  if (parsed?.protocol === 'http:' || parsed?.protocol === 'https:') return parsed;
  throw new OptionError(`${name} ${text} is not an http URL: write, for example, ${name} http://127.0.0.1:8080.`);
}

/** A duration, in ms. @throws {OptionError} */
export function duration(name: string, text: string): number {
  const ms = parseDuration(text);
  if (ms !== undefined) return ms;
  throw new OptionError(
    `${name} ${text} is not a time: write a number and s, m or h, up to 24 days, such as ${name} 20s.`,
  );
}

/** A duration or 0s, in ms. @throws {OptionError} */
export function durationOr0(name: string, text: string): number {
  return /^0[smh]?$/.test(text) ? 0 : duration(name, text);
}

/** An RFC 3339 time that exists. @throws {OptionError} */
export function instant(name: string, text: string): string {
  const [, date = ''] = /^(\d{4}-\d{2}-\d{2})T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})$/i.exec(text) ?? [];
  if (isDay(date) && !Number.isNaN(Date.parse(text))) return text;
  throw new OptionError(`${name} ${text} is not an RFC 3339 time: write, for example, ${name} 2026-11-25T08:00:00Z.`);
}

/** A day that exists. @throws {OptionError} */
export function day(name: string, text: string): string {
  if (isDay(text)) return text;
  throw new OptionError(`${name} ${text} is not a day: write, for example, 2026-11-25.`);
}

function isDay(text: string): boolean {
  const ms = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(text);
}

/** Swipes a second. @throws {OptionError} */
export function rate(name: string, text: string, example = '20'): number {
  const value = /^\d+(?:\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (value > 0 && value <= 1_000_000) return value;
  throw new OptionError(
    `${name} ${text} is not a rate: write swipes a second, above 0 and up to 1000000, such as ${name} ${example}.`,
  );
}

/** Parses a whole number in a range. @throws {OptionError} */
export function whole(name: string, text: string, least: number, most: number, example = `${name} ${least}`): number {
  const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw new OptionError(
    `${name} ${text} is not a whole number from ${least} to ${most}: write, for example, ${example}.`,
  );
}

/** Reads `1/4` as index 0 of 4. @throws {OptionError} */
export function shard(name: string, text: string): { index: number; of: number } {
  const [, index, of] = /^(\d{1,4})\/(\d{1,4})$/.exec(text) ?? [];
  const part = { index: Number(index) - 1, of: Number(of) };
  if (part.index >= 0 && part.index < part.of) return part;
  throw new OptionError(
    `${name} ${text} is not a shard: write ${name} 1/4 on the first of four machines, up to ${name} 4/4 on the last.`,
  );
}

/** Parses people a minute at one turnstile. @throws {OptionError} */
export function pace(name: string, text: string): number | 'unlimited' {
  if (text === 'unlimited') return text;
  const value = /^\d+(?:\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (value >= 0.1 && value <= 100_000) return value;
  throw new OptionError(
    `${name} ${text} is not a pace: write people a minute at one turnstile, from 0.1 to 100000, such as ${name} 30, or ${name} unlimited.`,
  );
}
