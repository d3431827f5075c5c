import { EnvironmentError } from '@swipegate/aws/environment';
import { ScenarioError } from '@swipegate/simulator/scenarios/read-scenario';
import { Display } from '@swipegate/terminal/display';
import { printableJson, printableText } from '@swipegate/terminal/fit';
import { wantsColor } from '@swipegate/terminal/ink';
import { messageOf } from '@swipegate/terminal/message-of';
import { OptionError } from '@swipegate/terminal/options';
import { SiteFiles } from '../demo/site-files.js';
import { ChildRoster } from '../processes/child-roster.js';
import { StopRequest } from './stop-request.js';

/** Folder of a run, in the working directory. */
export const FOLDER = '.swipegate';

export interface CommandOptions {
  json: boolean;
  /** Folder that keeps data for the next start. */
  dataFolder?: string | undefined;
}

export interface Command<Options> {
  help: string;
  /** Reads the command line and the environment; 'help' for --help. @throws {OptionError | EnvironmentError | ScenarioError} */
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

export interface Outcome {
  isSound: boolean;
  lines: string[];
  json: object;
}

/**
 * Runs a command and prints its result or its error; with `json`, as the last line of stdout, and the rest on stderr.
 * Resolves once its processes have ended. @returns exit code: 0 sound, 1 not sound or failed, 2 invalid option
 */
export async function runCommand<Options extends CommandOptions>(command: Command<Options>): Promise<number> {
  try {
    const options = await command.read();
    if (options !== 'help') return await execute(command, options);
    process.stdout.write(command.help);
    return 0;
  } catch (error) {
    if (![OptionError, EnvironmentError, ScenarioError].some((kind) => error instanceof kind)) throw error;
    process.stderr.write(`${printableText(messageOf(error))}\n`);
    return 2;
  }
}

async function execute<Options extends CommandOptions>({ run }: Command<Options>, options: Options) {
  const screen = options.json ? process.stderr : process.stdout;
  const display = new Display(screen);
  const roster = new ChildRoster((line) => display.say(line));
  const files = new SiteFiles(FOLDER, options.dataFolder);
  const stop = new StopRequest();
  stop.listen();
  try {
    const running = run(options, { files, roster, display, color: wantsColor(screen, process.env), stop });
    const { isSound, lines, json } = await stop.unlessInsisted(running);
    display.say('', ...lines);
    if (options.json) process.stdout.write(`${printableJson(json)}\n`);
    return isSound ? 0 : 1;
  } catch (error) {
    await roster.killAll();
    const message = messageOf(error);
    process.stderr.write(`\n${printableText(message)}\n`);
    if (options.json) process.stdout.write(`${printableJson({ ok: false, error: message })}\n`);
    return 1;
  } finally {
    await files.release();
  }
}
