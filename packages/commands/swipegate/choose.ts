import { nearest } from '@swipegate/contract/values/nearest';
import { OptionError } from '@swipegate/terminal/options';
import type { Listed } from './commands.js';

/** What a command line asks for. */
export type Choice =
  | { kind: 'help'; commands: readonly Listed[] }
  | { kind: 'version' }
  | { kind: 'run'; command: Listed; args: readonly string[] };

const HELP = ['help', '--help', '-h'];
const isHelp = (word: string | undefined) => word !== undefined && HELP.includes(word);

/** Finds the command that a command line names. Pure. @throws {OptionError} with the nearest name */
export function choose(args: readonly string[], commands: readonly Listed[]): Choice {
  const [first, second] = args;
  if (first === 'help' && args.length > 1) return choose([...args.slice(1), '--help'], commands);
  if (isHelp(first)) return { kind: 'help', commands };
  if (first === '--version' || first === '-V') return { kind: 'version' };
  const words = (at: number, among: readonly Listed[]) =>
    Array.from(new Set(among.flatMap(({ name }) => name.split(' ')[at] ?? [])));
  if (first === undefined) throw new OptionError('No command given. See swipegate --help.');
  const named = commands.filter(({ name }) => name.split(' ')[0] === first);
  if (named.length === 0) throw new OptionError(unknown(first, words(0, commands), 'swipegate'));
  const [alone] = named.filter(({ name }) => name === first);
  if (alone !== undefined) return { kind: 'run', command: alone, args: args.slice(1) };
  if (isHelp(second)) return { kind: 'help', commands: named };
  const seconds = words(1, named);
  if (second === undefined || second.startsWith('-')) {
    throw new OptionError(`swipegate ${first} needs one of ${seconds.join(', ')}. See swipegate ${first} --help.`);
  }
  const command = named.find(({ name }) => name === `${first} ${second}`);
  if (command === undefined) throw new OptionError(unknown(`${first} ${second}`, seconds, `swipegate ${first}`));
  return { kind: 'run', command, args: args.slice(2) };
}

/** @param words allowed as the last word */
function unknown(written: string, words: readonly string[], command: string): string {
  const last = written.split(' ').at(-1) ?? '';
  const meant = nearest(last.toLowerCase(), words);
  const what = written.startsWith('-') ? `There is no option ${written}.` : `There is no command ${written}.`;
  const before = written.slice(0, written.length - last.length);
  const advice = meant === undefined ? '' : ` Did you mean ${before}${meant}?`;
  return `${what}${advice} See ${command} --help.`;
}
