import { availableParallelism } from 'node:os';
import type { parseOptions } from '@swipegate/terminal/options';
import { duration, durationOr0, OptionError, pace, rate, shard, url, whole } from '@swipegate/terminal/options';
import type { RunSettings } from '../run/run-plan.js';
import { thresholdOption } from '../scenarios/thresholds.js';
import { readEnvironment } from './environment.js';

export interface RunCommandLine extends RunSettings {
  /** Undefined uses the gateway named in the keys file. */
  target: URL | undefined;
  /** Device port; undefined uses the one named in the keys file. */
  devicePort: URL | undefined;
  cloudFile: string;
  outFile: string | undefined;
  htmlFile: string | undefined;
  csvFile: string | undefined;
  json: boolean;
}

/** Options that a trace sets. */
export const TIMING_HELP = `  --rate N                swipes/s where the scenario's profile is 1
  --readers N             virtual readers    (as many as the rate needs)
  --pace N|unlimited      people a minute at one turnstile
  --duration T            20s, 5m, 1h        (the scenario's)
  --until-stopped         run until Ctrl-C
  --warm-up T             time before the run in which the rate rises; not
                          measured           (the scenario's)
`;

export const RUN_OPTIONS_HELP = `  --target URL            the gateway        (from the keys file, or
                          http://127.0.0.1:8080)
  --device-port URL       its port for devices (from the keys file)
  --threshold EXPR        must hold, or the exit code is 1: 'ack.p99<50ms',
                          'lost==0'; repeatable, adds to the scenario's
  --out FILE              write the result as JSON, for report and merge
  --html FILE             write the result as a page with charts
  --csv FILE              write one line per second
  --record FILE           write every accepted swipe, one per line, for replay
  --json                  print the result as the last line of stdout; the rest
                          goes to stderr
  --threads N             threads            (one per 2,000 swipes/s)
  --shard I/N             run as simulator I of N; all need the same --seed
  --seed N                random seed: the same people come in the same order
  --site FILE             readers, people, cards        (.swipegate/site.json)
  --keys FILE             API key of each reader        (.swipegate/keys.json)
  --cloud FILE            AWS settings to reach the tables, for variables that
                          the environment does not set  (.swipegate/cloud.json)
  --decisions-table NAME  table of decisions
  --presence-table NAME   table of people's places
  --changes-table NAME    table of back-office changes; the tables' defaults are
                          TABLE_DECISIONS, TABLE_PRESENCE and TABLE_CHANGES, or
                          those of SWIPEGATE_STAGE, or those of npm start
  --except-card ID        do not use this card; repeatable
  --help                  print this text
`;

const MOST_READERS = 100_000;

export const RUN_OPTIONS = {
  target: { type: 'string' },
  'device-port': { type: 'string' },
  site: { type: 'string', default: '.swipegate/site.json' },
  keys: { type: 'string', default: '.swipegate/keys.json' },
  cloud: { type: 'string', default: '.swipegate/cloud.json' },
  rate: { type: 'string' },
  readers: { type: 'string' },
  pace: { type: 'string' },
  duration: { type: 'string' },
  'until-stopped': { type: 'boolean' },
  'warm-up': { type: 'string' },
  threads: { type: 'string' },
  shard: { type: 'string' },
  seed: { type: 'string' },
  threshold: { type: 'string', multiple: true },
  'decisions-table': { type: 'string' },
  'changes-table': { type: 'string' },
  'presence-table': { type: 'string' },
  'except-card': { type: 'string', multiple: true },
  out: { type: 'string' },
  html: { type: 'string' },
  csv: { type: 'string' },
  json: { type: 'boolean' },
  record: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

type Values = ReturnType<typeof parseOptions<typeof RUN_OPTIONS>>['values'];

/**
 * @param env names the tables that no option names
 * @throws {OptionError} OPTION_INVALID, with the problem and the fix
 * @throws {EnvironmentError} naming the variable and what is allowed
 */
export function runSettingsOf(values: Values, env: Readonly<Record<string, string | undefined>> = {}): RunCommandLine {
  const { TABLE_DECISIONS, TABLE_CHANGES, TABLE_PRESENCE } = readEnvironment(env);
  if (values.duration !== undefined && values['until-stopped'] === true) {
    throw new OptionError('--duration and --until-stopped contradict each other: write one of the two.');
  }
  if (values.shard !== undefined && values.seed === undefined) {
    throw new OptionError(
      `--shard ${values.shard} needs --seed: write the same number on every machine, such as --seed 1.`,
    );
  }
  const optional = <Value>(text: string | undefined, read: (text: string) => Value): Value | undefined =>
    text === undefined ? undefined : read(text);
  return {
    target: optional(values.target, (text) => url('--target', text)),
    devicePort: optional(values['device-port'], (text) => url('--device-port', text)),
    siteFile: values.site,
    keysFile: values.keys,
    cloudFile: values.cloud,
    rate: optional(values.rate, (text) => rate('--rate', text)),
    readers: optional(values.readers, (text) => whole('--readers', text, 1, MOST_READERS)),
    pace: optional(values.pace, (text) => pace('--pace', text)),
    durationMs:
      values['until-stopped'] === true
        ? 'until stopped'
        : optional(values.duration, (text) => duration('--duration', text)),
    warmUpMs: optional(values['warm-up'], (text) => durationOr0('--warm-up', text)),
    threads: optional(values.threads, (text) => whole('--threads', text, 1, 4 * availableParallelism())),
    shard: values.shard === undefined ? { index: 0, of: 1 } : shard('--shard', values.shard),
    seed: optional(values.seed, (text) => whole('--seed', text, 1, 2 ** 31)),
    thresholds: (values.threshold ?? []).map((text) => thresholdOption('--threshold', text)),
    decisionsTable: values['decisions-table'] ?? TABLE_DECISIONS,
    changesTable: values['changes-table'] ?? TABLE_CHANGES,
    presenceTable: values['presence-table'] ?? TABLE_PRESENCE,
    exceptCards: values['except-card'] ?? [],
    outFile: values.out,
    htmlFile: values.html,
    csvFile: values.csv,
    recordFile: values.record,
    json: values.json === true,
  };
}
