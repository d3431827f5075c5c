import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { durationMs } from '@swipegate/terminal/duration';
import { wantsColor } from '@swipegate/terminal/ink';
import { MANY, OptionError, parseOptions } from '@swipegate/terminal/options';
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
import { type Search, wholeScenario } from '../scenarios/scenario.js';
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
  const { site, keys, gateway } = await readSiteAndKeys(settings);
  const target = settings.target ?? new URL(gateway);
  const input: PlanInput = { settings, scenario, trace, site, keys, target, seed: Date.now() % 2 ** 31 };
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
