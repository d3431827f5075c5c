import { parseArgs } from 'node:util';
import { parseDuration } from '../../simulator/load/duration.js';

/** What `npm start` was asked to do. */
export interface StartOptions {
  /** Ends by itself after this long, ms; undefined runs until Ctrl-C. */
  durationMs: number | undefined;
  json: boolean;
  /** Whether virtual readers swipe. */
  simulator: boolean;
  /** Swipes a second of all virtual readers together. */
  rate: number;
  /** Virtual readers; undefined takes one for each reader of the site. */
  readers: number | undefined;
  /** Port of the gateway; 0 takes a free one. */
  port: number;
}

export class OptionError extends Error {
  override readonly name = 'OptionError';
  readonly code = 'OPTION_INVALID';
}

export const DEFAULT_RATE = 20;
export const DEFAULT_PORT = 8080;

export const HELP = `Swipegate on one machine: an embedded cloud, the gateway, the decision Lambda
and virtual readers.

  npm start -- [options]

  --duration T     stop by itself: 5 s in which the rate rises (10 s above 100
                   swipes/s), then T at the rate: 20s, 5m, 1h (until Ctrl-C)
  --rate N         swipes a second of the virtual readers (${DEFAULT_RATE})
  --readers N      how many virtual readers (one a reader of the site: 24)
  --no-simulator   no virtual readers: the gateway is left to yours, and no
                   time for the rate to rise
  --json           the last line of stdout is one JSON object; progress goes to
                   stderr
  --help           this

  PORT=9000 npm start    the gateway listens on another port (${DEFAULT_PORT});
                         PORT=0 takes a free one

Exit code 0: every accepted swipe has its one right decision. 1: not so, or
something crashed. 2: an option is wrong. After Ctrl-C npm itself ends with
130, whatever this ended with.
`;

/**
 * Reads the command line and the environment. 'help' when help was asked for.
 * @throws {OptionError} naming what is wrong and what to write instead
 */
export function readOptions(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): StartOptions | 'help' {
  const values = parse(args);
  if (values.help === true) return 'help';
  const simulator = values['no-simulator'] !== true;
  if (!simulator && (values.rate !== undefined || values.readers !== undefined)) {
    const name = values.rate === undefined ? '--readers' : '--rate';
    throw new OptionError(`${name} is for virtual readers, and --no-simulator leaves them out: write one of the two.`);
  }
  return {
    durationMs: values.duration === undefined ? undefined : duration(values.duration),
    json: values.json === true,
    simulator,
    rate: values.rate === undefined ? DEFAULT_RATE : rate(values.rate),
    readers: values.readers === undefined ? undefined : whole('--readers', values.readers, 1, 100_000),
    port: env['PORT'] === undefined || env['PORT'] === '' ? DEFAULT_PORT : whole('PORT', env['PORT'], 0, 65_535),
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      strict: true,
      allowPositionals: false,
      options: {
        duration: { type: 'string' },
        json: { type: 'boolean' },
        rate: { type: 'string' },
        readers: { type: 'string' },
        'no-simulator': { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    // Node adds advice on option-like values, which is longer than its error.
    const [reason = ''] = error.message.split(/[.\n]/);
    throw new OptionError(`${reason}. See npm start -- --help.`);
  }
}

function duration(text: string): number {
  const ms = parseDuration(text);
  if (ms !== undefined) return ms;
  throw new OptionError(
    `--duration ${text} is not a time: write a number and s, m or h, up to 24 days, such as --duration 20s.`,
  );
}

function rate(text: string): number {
  const number = /^\d+(?:\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (number > 0 && number <= 1_000_000) return number;
  throw new OptionError(
    `--rate ${text} is not a rate: write swipes a second, above 0 and up to 1000000, such as --rate ${DEFAULT_RATE}.`,
  );
}

function whole(name: string, text: string, least: number, most: number): number {
  const number = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (number >= least && number <= most) return number;
  const example = name === 'PORT' ? `PORT=${DEFAULT_PORT}` : `${name} 24`;
  throw new OptionError(
    `${name} ${text} is not a whole number from ${least} to ${most}: write, for example, ${example}.`,
  );
}
