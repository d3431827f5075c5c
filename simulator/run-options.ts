import { parseArgs } from 'node:util';
import { TABLES } from '../gateway/contract/index.js';
import { parseDuration } from './load/duration.js';

/** What `swipegate-sim run` was asked to do. */
export interface CommandOptions {
  target: URL;
  siteFile: string;
  keysFile: string;
  rate: number;
  /** Undefined takes one for each reader of the site. */
  readers: number | undefined;
  /** Undefined runs until Ctrl-C. */
  durationMs: number | undefined;
  warmUpMs: number;
  decisionsTable: string;
  presenceTable: string;
  exceptCards: string[];
  seed: number;
  json: boolean;
}

export class OptionError extends Error {
  override readonly name = 'OptionError';
  readonly code = 'OPTION_INVALID';
}

export const HELP = `swipegate-sim: virtual readers that load a gateway and prove what became of every swipe

  swipegate-sim run [options]

  --target URL            the gateway                         (http://127.0.0.1:8080)
  --site FILE             the site's readers, people, cards   (.swipegate/site.json)
  --keys FILE             API key of each reader              (.swipegate/keys.json)
  --rate N                swipes a second, all together       (20)
  --readers N             virtual readers                     (one a reader of the site)
  --duration T            20s, 5m, 1h                         (until Ctrl-C)
  --warm-up T             before that the rate rises; not timed  (0s)
  --except-card ID        a card that somebody else swipes; may be repeated
  --seed N                the same people come in the same order
  --decisions-table NAME  where decisions are read            (${TABLES.decisions})
  --presence-table NAME   where people are at the start       (${TABLES.presence})
  --json                  the last line of stdout is the report as JSON
  --help                  this

The tables are reached as the AWS SDK is told: AWS_REGION, AWS_ENDPOINT_URL_DYNAMODB, …

Exit code 0: every accepted swipe has its one right decision, and every swipe was
accepted. 1: not so. 2: an option is wrong.
`;

/** @throws {OptionError} naming what is wrong and what to write instead */
export function readRunOptions(args: readonly string[]): CommandOptions | 'help' {
  const { values, positionals } = parse(args);
  if (values.help === true) return 'help';
  const [command, ...more] = positionals;
  if (command !== 'run' || more.length > 0) {
    throw new OptionError(`Write swipegate-sim run, not ${positionals.join(' ') || 'nothing'}. See --help.`);
  }
  return {
    target: url(values.target),
    siteFile: values.site,
    keysFile: values.keys,
    rate: number('--rate', values.rate, 0.001, 1_000_000),
    readers: values.readers === undefined ? undefined : whole('--readers', values.readers, 100_000),
    durationMs: values.duration === undefined ? undefined : duration('--duration', values.duration),
    warmUpMs: values['warm-up'] === '0s' ? 0 : duration('--warm-up', values['warm-up']),
    decisionsTable: values['decisions-table'],
    presenceTable: values['presence-table'],
    exceptCards: values['except-card'] ?? [],
    seed: values.seed === undefined ? Date.now() : whole('--seed', values.seed, 2 ** 31),
    json: values.json === true,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      strict: true,
      allowPositionals: true,
      options: {
        target: { type: 'string', default: 'http://127.0.0.1:8080' },
        site: { type: 'string', default: '.swipegate/site.json' },
        keys: { type: 'string', default: '.swipegate/keys.json' },
        rate: { type: 'string', default: '20' },
        readers: { type: 'string' },
        duration: { type: 'string' },
        'warm-up': { type: 'string', default: '0s' },
        'except-card': { type: 'string', multiple: true },
        seed: { type: 'string' },
        'decisions-table': { type: 'string', default: TABLES.decisions },
        'presence-table': { type: 'string', default: TABLES.presence },
        json: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    // Node adds advice on option-like values, which is longer than its error.
    const [reason = ''] = error.message.split(/[.\n]/);
    throw new OptionError(`${reason}. See swipegate-sim --help.`);
  }
}

function url(text: string): URL {
  if (URL.canParse(text) && new URL(text).protocol === 'http:') return new URL(text);
  throw new OptionError(`--target ${text} is not an http URL: write, for example, --target http://127.0.0.1:8080.`);
}

function duration(name: string, text: string): number {
  const ms = parseDuration(text);
  if (ms !== undefined) return ms;
  throw new OptionError(
    `${name} ${text} is not a time: write a number and s, m or h, up to 24 days, such as ${name} 20s.`,
  );
}

function number(name: string, text: string, least: number, most: number): number {
  const value = /^\d+(?:\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw new OptionError(`${name} ${text} is not a number from ${least} to ${most}.`);
}

function whole(name: string, text: string, most: number): number {
  const value = number(name, text, 1, most);
  if (Number.isInteger(value)) return value;
  throw new OptionError(`${name} ${text} is not a whole number from 1 to ${most}.`);
}
