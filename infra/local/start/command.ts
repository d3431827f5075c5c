import { ScenarioError } from '@swipegate/simulator/scenarios/read-scenario';
import { Display } from '@swipegate/terminal/display';
import { wantsColor } from '@swipegate/terminal/ink';
import { OptionError } from '@swipegate/terminal/options';
import { SiteFiles } from '../demo/site-files.js';
import { ChildRoster } from '../processes/child-roster.js';
import { StopRequest } from './stop-request.js';

const FOLDER = '.swipegate';

/** Command that starts the stack: `npm start` or a demo. */
export interface Command<Options> {
  help: string;
  /** Reads the command line and the environment; 'help' for --help. @throws {OptionError | ScenarioError} */
  read(): Promise<Options | 'help'>;
  /** If it rejects, the roster holds the processes to end. */
  run(options: Options, session: Session): Promise<Outcome>;
}

export interface Session {
  files: SiteFiles;
  roster: ChildRoster;
  display: Display;
  color: boolean;
  stop: StopRequest;
}

/** Result of a command, for people and as JSON. */
export interface Outcome {
  isSound: boolean;
  lines: string[];
  json: object;
}

/**
 * Runs a command and prints its result or its error. With `json` the last line of stdout is one JSON object, and everything
 * else goes to stderr. Resolves once every process it started has ended.
 *
 * @returns exit code: 0 for a sound result, 1 for another one or a failure, 2 for an invalid option
 */
export async function runCommand<Options extends { json: boolean }>(command: Command<Options>): Promise<number> {
  try {
    const options = await command.read();
    if (options !== 'help') return await execute(command, options);
    process.stdout.write(command.help);
    return 0;
  } catch (error) {
    if (!(error instanceof OptionError || error instanceof ScenarioError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return 2;
  }
}

async function execute<Options extends { json: boolean }>(
  { run }: Command<Options>,
  options: Options,
): Promise<number> {
  const screen = options.json ? process.stderr : process.stdout;
  const display = new Display(screen);
  const roster = new ChildRoster();
  const files = new SiteFiles(FOLDER);
  const stop = new StopRequest();
  stop.listen();
  try {
    const running = run(options, { files, roster, display, color: wantsColor(screen, process.env), stop });
    const { isSound, lines, json } = await stop.unlessInsisted(running);
    display.say('', ...lines);
    if (options.json) process.stdout.write(`${JSON.stringify(json)}\n`);
    return isSound ? 0 : 1;
  } catch (error) {
    await roster.killAll();
    const message = error instanceof Error ? error.message : String(error);
    process.stderr.write(`\n${message}\n`);
    if (options.json) process.stdout.write(`${JSON.stringify({ ok: false, error: message })}\n`);
    return 1;
  } finally {
    await files.release();
  }
}
