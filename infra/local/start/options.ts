import { compile, TenantId } from '@swipegate/contract';
import { thresholdOption } from '@swipegate/simulator/scenarios/thresholds';
import { duration, OptionError, pace, parseOptions, rate, url, whole } from '@swipegate/terminal/options';
import { type GatewaySettings, readGatewaySettings } from './gateway-settings.js';

export interface StartOptions {
  /** Length of the run, ms; undefined runs until Ctrl-C or the end of the scenario. */
  durationMs: number | undefined;
  json: boolean;
  simulator: boolean;
  /** Scenario of the virtual readers: a name or a file. */
  scenario: string;
  /** Rate of all virtual readers together, swipes/s; undefined takes the scenario's. */
  rate: number | undefined;
  /** Number of virtual readers; undefined takes as many as the rate needs. */
  readers: number | undefined;
  /** People per minute at one turnstile; undefined takes the scenario's. */
  pace: number | 'unlimited' | undefined;
  /** Additional pass criteria, e.g. `ack.p99<50ms`. */
  thresholds: string[];
  /** File for the virtual readers' report, as a page with charts. */
  htmlFile: string | undefined;
  /** File for the report as JSON. */
  outFile: string | undefined;
  /** Port of the gateway. Port 0 takes a free one, here and below. */
  port: number;
  /** Undefined takes the port after the gateway's, or any if that is in use. */
  opsPort: number | undefined;
  backOffice: boolean;
  /** Address of an emulator of AWS to use instead of the embedded cloud. */
  endpoint: string | undefined;
  /** Folder that keeps the embedded cloud's data for the next start. */
  dataFolder: string | undefined;
  /** Tenant to start without the demo site; null takes the default, or that of the kept data. Undefined: the demo site. */
  emptyTenant: string | null | undefined;
  /** Undefined takes the port after the ops page's, or any if that is in use. */
  consolePort: number | undefined;
  /** Variables of the environment for the gateway. */
  gatewaySettings: GatewaySettings;
}

export const DEFAULT_SCENARIO = 'steady';
const DEFAULT_PORT = 8080;
const DEMO_TENANT = 'demo';
const isTenantId = compile(TenantId);

export const HELP = `Runs Swipegate on this machine: an embedded cloud, the gateway, the decision
Lambda, the back office and virtual readers.

  npm start -- [options]

  --duration T     stop T after a warm-up of some seconds: 20s, 5m, 1h
                   (${DEFAULT_SCENARIO}: until Ctrl-C; other scenarios: their own)
  --scenario S     scenario of the virtual readers: a name from swipegate-sim
                   list, or a JSON file (${DEFAULT_SCENARIO})
  --rate N         swipes/s of all virtual readers together (${DEFAULT_SCENARIO}: 20)
  --readers N      number of virtual readers (as the rate needs, at least 24)
  --pace N         people per minute at one turnstile, or unlimited (30)
  --threshold E    exit with 1 unless this holds: 'ack.p99<50ms'; repeatable
  --html FILE      write the report as a page with charts
  --out FILE       write the report as JSON, for swipegate-sim report and merge
  --empty          no demo site and no virtual readers: a tenant with one admin,
                   who sets up a site in the console or by a file
  --tenant ID      id of that tenant (my-site)
  --device-port N  open a port for readers that cannot speak the API
                   (docs/readers.md)
  --no-simulator   no virtual readers and no warm-up: use your own readers
  --data DIR       keep the embedded cloud's data in DIR for the next start
  --endpoint URL   use an emulator of AWS at URL, such as LocalStack, instead of
                   the embedded cloud; resources that it lacks are created
  --no-back-office no admin API, no console, no archive
  --json           the last line of stdout is one JSON object; progress goes to
                   stderr
  --help           show this help

  PORT=9000 npm start          port of the gateway (${DEFAULT_PORT}); 0 takes a free one
  OPS_PORT=9001 npm start      port of the ops page (the gateway's + 1)
  CONSOLE_PORT=9002 npm start  port of the console (the ops page's + 1)
  RATE_LIMIT_PER_SECOND=50 npm start
                   any other variable of the gateway (docs/configuration.md)

Defaults are in parentheses.

Exit codes: 0 if every accepted swipe has exactly one correct decision, 1 if
not or if something failed, 2 for an invalid option. After Ctrl-C npm itself
exits with 130.
`;

/** Reads the command line and the environment; 'help' for --help. @throws {OptionError | EnvironmentError} */
export function readOptions(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): StartOptions | 'help' {
  const values = parse(args);
  if (values.help === true) return 'help';
  const isEmpty = values.empty === true;
  const simulator = values['no-simulator'] !== true && !isEmpty;
  const odd = FOR_READERS.find((name) => values[name] !== undefined);
  if (!simulator && odd !== undefined) {
    const without = isEmpty ? '--empty, which starts none' : '--no-simulator';
    throw new OptionError(`--${odd} is for virtual readers; it cannot be combined with ${without}. Remove one.`);
  }
  if (isEmpty && values['no-back-office'] === true) {
    throw new OptionError('--empty needs the back office, in which the site is set up: remove --no-back-office.');
  }
  const { tenant } = values;
  if (tenant !== undefined && !isEmpty) {
    throw new OptionError('--tenant is for --empty: the tenant of the demo site is always demo. Add --empty.');
  }
  if (tenant !== undefined && (!isTenantId(tenant) || tenant === DEMO_TENANT)) {
    const rule = `1 to 64 letters, digits or . _ : -, and not ${DEMO_TENANT}, the tenant of the demo site`;
    throw new OptionError(`--tenant ${tenant} must be ${rule}: write, for example, --tenant acme.`);
  }
  if (values.endpoint !== undefined && values.data !== undefined) {
    throw new OptionError('--data is for the embedded cloud; it cannot be combined with --endpoint. Remove one.');
  }
  const optional = <Value>(text: string | undefined, read: (text: string) => Value): Value | undefined =>
    text === undefined ? undefined : read(text);
  const devicePort = values['device-port'];
  if (devicePort !== undefined) whole('--device-port', devicePort, 0, 65_535, '--device-port 8090');
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
    port: portOf(env, 'PORT') ?? DEFAULT_PORT,
    opsPort: portOf(env, 'OPS_PORT'),
    backOffice: values['no-back-office'] !== true,
    endpoint: optional(values.endpoint, (text) => url('--endpoint', text).href.replace(/\/$/, '')),
    dataFolder: values.data,
    emptyTenant: isEmpty ? (tenant ?? null) : undefined,
    consolePort: portOf(env, 'CONSOLE_PORT'),
    gatewaySettings: readGatewaySettings({ ...env, ...(devicePort === undefined ? {} : { DEVICE_PORT: devicePort }) }),
  };
}

function portOf(env: Readonly<Record<string, string | undefined>>, name: string): number | undefined {
  const given = env[name];
  if (given === undefined || given === '') return undefined;
  return whole(name, given, 0, 65_535, `${name}=${DEFAULT_PORT}`);
}

const FOR_READERS = ['scenario', 'rate', 'readers', 'pace', 'threshold', 'html', 'out'] as const;

function parse(args: readonly string[]) {
  return parseOptions('npm start --', args, {
    duration: { type: 'string' },
    json: { type: 'boolean' },
    scenario: { type: 'string' },
    rate: { type: 'string' },
    readers: { type: 'string' },
    pace: { type: 'string' },
    threshold: { type: 'string', multiple: true },
    html: { type: 'string' },
    out: { type: 'string' },
    data: { type: 'string' },
    endpoint: { type: 'string' },
    empty: { type: 'boolean' },
    tenant: { type: 'string' },
    'device-port': { type: 'string' },
    'no-simulator': { type: 'boolean' },
    'no-back-office': { type: 'boolean' },
    help: { type: 'boolean', short: 'h' },
  }).values;
}
