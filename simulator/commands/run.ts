import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { connect } from '@swipegate/commands/admin-api/connection';
import type { Site } from '@swipegate/contract';
import { durationMs } from '@swipegate/terminal/duration';
import { wantsColor } from '@swipegate/terminal/ink';
import { MANY, OptionError, parseOptions } from '@swipegate/terminal/options';
import { registerFleet } from '../devices/register.js';
import { csvOf } from '../report/exports.js';
import { writeHtmlReport } from '../report/html/html-report.js';
import { resultLines } from '../report/lines/result-lines.js';
import { checkDistinct, checkWritable, writeText } from '../report/output-files.js';
import type { RunResult } from '../report/result/run-result.js';
import { run } from '../run/run.js';
import { type PlanInput, planRun, type RunPlan } from '../run/run-plan.js';
import { findHighestRate } from '../run/search.js';
import { readCloud, readSiteAndKeys } from '../run/site-files.js';
import { readScenario } from '../scenarios/read-scenario.js';
import { type DeviceTraffic, type Search, wholeScenario } from '../scenarios/scenario.js';
import { type Command, type CommandIo, printHelp } from './command.js';
import { RUN_OPTIONS, RUN_OPTIONS_HELP, type RunCommandLine, runSettingsOf, TIMING_HELP } from './run-options.js';
import { RunView } from './run-view.js';
import { stopSignal } from './stop-signal.js';

const DEFAULT_SCENARIO = 'steady';

export const runCommand: Command = {
  name: 'run',
  summary: 'runs a scenario and verifies the decision on every swipe',
  help: `swipegate-sim run [SCENARIO] [options]

  SCENARIO is a name from swipegate-sim list, or a JSON file such as
  swipegate-sim init writes (${DEFAULT_SCENARIO}). Defaults are in parentheses.

${TIMING_HELP}${RUN_OPTIONS_HELP}
Exit codes: 0 every swipe was accepted and has exactly one correct decision,
every threshold is met, and the simulator kept its schedule; 1 otherwise;
2 invalid option or scenario.
`,
  async run(args, io) {
    const { values, positionals } = parseOptions('swipegate-sim run', args, RUN_OPTIONS, MANY);
    if (values.help === true) return printHelp(this, io.stdout);
    const [name = DEFAULT_SCENARIO, ...more] = positionals;
    if (more.length > 0) {
      throw new OptionError(`One scenario at a time: write swipegate-sim run ${name}, without ${more.join(' ')}.`);
    }
    const settings = runSettingsOf(values, io.env);
    return play({ settings, scenario: wholeScenario(await readScenario(name)), trace: undefined }, io);
  },
};

/** Runs a scenario or a trace and writes the requested files. @returns the exit code */
export async function play(
  { settings, scenario, trace }: Pick<PlanInput, 'scenario' | 'trace'> & { settings: RunCommandLine },
  io: CommandIo,
): Promise<number> {
  const { site, keys, gateway, devicePort } = await readSiteAndKeys(settings);
  const target = settings.target ?? new URL(gateway);
  const shared = { settings, scenario, trace, target, seed: Date.now() % 2 ** 31 };
  const { devices: traffic } = scenario;
  if (traffic !== undefined) {
    const port = settings.devicePort?.href ?? devicePort;
    return withDevices({ site, port, traffic, settings, io }, (devices, readerKeys) =>
      playPlanned({ ...shared, ...devices, keys: readerKeys }, settings, io),
    );
  }
  return playPlanned({ ...shared, site, keys }, settings, io);
}

interface DevicesInput {
  site: Site;
  /** URL of the device port, if it is known. */
  port: string | undefined;
  traffic: DeviceTraffic;
  settings: RunCommandLine;
  io: CommandIo;
}

/** Enters the devices of a run, plays it, and removes them again. */
async function withDevices(
  { site, port, traffic, settings, io }: DevicesInput,
  playThem: (input: Pick<PlanInput, 'site' | 'devices'>, keys: Readonly<Record<string, string>>) => Promise<number>,
): Promise<number> {
  if (port === undefined) {
    throw new OptionError(
      'The gateway has no device port: start it with npm start -- --device-port 8090, or write --device-port URL.',
    );
  }
  if (settings.shard.of > 1 || (settings.threads ?? 1) > 1) {
    throw new OptionError('Virtual devices run in one thread of one simulator: leave out --shard and --threads.');
  }
  const client = await connect({ local: settings.keysFile }, io);
  const say = (line: string): void => void io.stderr.write(`${line}\n`);
  const { fleet, keys, remove } = await registerFleet(client, site, traffic, { say });
  const { readers, employees, cards } = fleet;
  const own = { ...site, readers: [...readers], employees: [...employees], cards: [...cards] };
  // The devices post, not the readers: their keys only say that they can be played.
  const played = Object.fromEntries(readers.map(({ readerId }) => [readerId, '']));
  try {
    return await playThem({ site: own, devices: { fleet, keys, port } }, played);
  } finally {
    await remove();
  }
}

async function playPlanned(input: PlanInput, settings: RunCommandLine, io: CommandIo): Promise<number> {
  const { scenario } = input;
  const plan = planRun(input);
  // The AWS SDK reads the environment, in threads too. Variables already set override the file.
  for (const [name, value] of Object.entries(await readCloud(settings.cloudFile))) process.env[name] ??= value;
  await prepareFiles(settings);
  const dynamodb = new DynamoDBClient({});
  const { signal, release } = stopSignal();
  const view = new RunView(io, settings.json);
  const runPlan = (plan: RunPlan) => run({ ...plan, dynamodb, signal, onProgress: view.show });
  try {
    const { search } = scenario;
    const result = await (search === undefined ? runPlan(plan) : highestRate({ input, search, runPlan, view, signal }));
    try {
      await writeOutputs(result, settings);
    } finally {
      // Show the result even if writing fails, for example on a full disk.
      await view.end(result, resultLines(result, { color: wantsColor(view.screen, io.env), columns: 80 }));
    }
    return result.ok ? 0 : 1;
  } finally {
    release();
    dynamodb.destroy();
  }
}

interface SearchInput {
  input: PlanInput;
  search: Search;
  runPlan(plan: RunPlan): Promise<RunResult>;
  view: RunView;
  signal: AbortSignal;
}

/** Searches for the highest rate that holds. @returns its run, with all probes */
async function highestRate({ input, search, runPlan, view, signal }: SearchInput): Promise<RunResult> {
  const { settings } = input;
  const probeMs = typeof settings.durationMs === 'number' ? settings.durationMs : durationMs(search.probe);
  const { result, probes } = await findHighestRate({
    search: settings.rate === undefined ? search : { ...search, from: settings.rate },
    probe: (rate) => runPlan(planRun({ ...input, settings: { ...settings, rate, durationMs: probeMs } })),
    onProbe: (probe) => view.probed(probe),
    signal,
  });
  return { ...result, probes };
}

/** Checks before the run that its outputs are writable and are not its inputs. Empties the record file. */
async function prepareFiles(settings: RunCommandLine): Promise<void> {
  const { siteFile, keysFile, cloudFile, outFile, htmlFile, csvFile, recordFile } = settings;
  const outputs = { '--out': outFile, '--html': htmlFile, '--csv': csvFile, '--record': recordFile };
  checkDistinct([siteFile, keysFile, cloudFile], outputs);
  for (const file of [outFile, htmlFile, csvFile]) if (file !== undefined) await checkWritable(file);
  if (recordFile !== undefined) await writeText(recordFile, '');
}

async function writeOutputs(result: RunResult, { outFile, htmlFile, csvFile }: RunCommandLine): Promise<void> {
  if (outFile !== undefined) await writeText(outFile, `${JSON.stringify(result)}\n`);
  if (csvFile !== undefined) await writeText(csvFile, csvOf(result));
  if (htmlFile !== undefined) await writeHtmlReport([result], htmlFile);
}
