import { thresholdOption } from '@swipegate/simulator/scenarios/thresholds';
import { duration, OptionError, pace, parseOptions, rate, whole } from '@swipegate/terminal/options';

/** What `npm start` was asked to do. */
export interface StartOptions {
  /** Ends by itself after this long, ms; undefined runs until Ctrl-C. */
  durationMs: number | undefined;
  json: boolean;
  /** Whether virtual readers swipe. */
  simulator: boolean;
  /** What the virtual readers play: a name, or a file. */
  scenario: string;
  /** Swipes a second of all virtual readers together; undefined is the scenario's. */
  rate: number | undefined;
  /** Virtual readers; undefined takes as many as the rate needs. */
  readers: number | undefined;
  /** People a minute at one turnstile; undefined is the scenario's. */
  pace: number | 'unlimited' | undefined;
  /** What must hold besides. */
  thresholds: string[];
  /** Where the run of the virtual readers is left as a page with charts, and as JSON. */
  htmlFile: string | undefined;
  outFile: string | undefined;
  /** Port of the gateway; 0 takes a free one. */
  port: number;
  /** Port of the ops page; 0 takes a free one; undefined the one after the gateway's, if it is free. */
  opsPort: number | undefined;
  /** Whether the back office runs, and what it archives. */
  backOffice: boolean;
  /** Port of its console, as that of the ops page; the default is the one after that. */
  consolePort: number | undefined;
}

export const DEFAULT_SCENARIO = 'steady';
export const DEFAULT_PORT = 8080;
const HIGHEST_PORT = 65_535;

export const HELP = `Swipegate on one machine: an embedded cloud, the gateway, the decision Lambda
and virtual readers.

  npm start -- [options]

  --duration T     stop by itself: some seconds in which the rate rises, then T:
                   20s, 5m, 1h (until Ctrl-C; of another scenario, its own)
  --scenario S     what the virtual readers play: a name that swipegate-sim list
                   shows, or a JSON file (${DEFAULT_SCENARIO})
  --rate N         swipes a second of the virtual readers (of ${DEFAULT_SCENARIO}: 20)
  --readers N      how many virtual readers (what the rate needs, 24 at least)
  --pace N         people a minute at one turnstile, or unlimited (30)
  --threshold E    must hold, or the exit code is 1: 'ack.p99<50ms'
  --html FILE      the run as a page with charts
  --out FILE       the run as JSON: for swipegate-sim report and merge
  --no-simulator   no virtual readers: the gateway is left to yours, and no
                   time for the rate to rise
  --no-back-office no admin API, no console, and nothing is archived
  --json           the last line of stdout is one JSON object; progress goes to
                   stderr
  --help           this

  PORT=9000 npm start    the gateway listens on another port (${DEFAULT_PORT});
                         PORT=0 takes a free one
  OPS_PORT=9001 npm start  the ops page does (the next after the gateway's)
  CONSOLE_PORT=9002 npm start  the console does (the next after that)

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
  const odd = FOR_READERS.find((name) => values[name] !== undefined);
  if (!simulator && odd !== undefined) {
    throw new OptionError(`--${odd} is for virtual readers, and --no-simulator leaves them out: write one of the two.`);
  }
  const port = portOf(env, 'PORT') ?? DEFAULT_PORT;
  const optional = <Value>(text: string | undefined, read: (text: string) => Value): Value | undefined =>
    text === undefined ? undefined : read(text);
  return {
    durationMs: optional(values.duration, (text) => duration('--duration', text)),
    json: values.json === true,
    simulator,
    scenario: values.scenario ?? DEFAULT_SCENARIO,
    rate: optional(values.rate, (text) => rate('--rate', text)),
    readers: optional(values.readers, (text) => whole('--readers', text, 1, 100_000, '--readers 48')),
    pace: optional(values.pace, (text) => pace('--pace', text)),
    thresholds: (values.threshold ?? []).map((text) => thresholdOption('--threshold', text)),
    htmlFile: values.html,
    outFile: values.out,
    port,
    opsPort: portOf(env, 'OPS_PORT'),
    backOffice: values['no-back-office'] !== true,
    consolePort: portOf(env, 'CONSOLE_PORT'),
  };
}

function portOf(env: Readonly<Record<string, string | undefined>>, name: string): number | undefined {
  const given = env[name];
  if (given === undefined || given === '') return undefined;
  return whole(name, given, 0, HIGHEST_PORT, `${name}=${DEFAULT_PORT}`);
}

const FOR_READERS = ['scenario', 'rate', 'readers', 'pace', 'threshold', 'html', 'out'] as const;

function parse(args: readonly string[]) {
  const { values, positionals } = parseOptions('npm start --', args, {
    duration: { type: 'string' },
    json: { type: 'boolean' },
    scenario: { type: 'string' },
    rate: { type: 'string' },
    readers: { type: 'string' },
    pace: { type: 'string' },
    threshold: { type: 'string', multiple: true },
    html: { type: 'string' },
    out: { type: 'string' },
    'no-simulator': { type: 'boolean' },
    'no-back-office': { type: 'boolean' },
    help: { type: 'boolean', short: 'h' },
  });
  const [more] = positionals;
  if (more === undefined) return values;
  throw new OptionError(`${more} belongs to no option: write, for example, --duration 20s. See npm start -- --help.`);
}
