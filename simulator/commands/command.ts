import type { Screen } from '@swipegate/terminal/display';

/** Where a command writes, and what it knows of where it runs. */
export interface CommandIo {
  stdout: Screen;
  stderr: Screen;
  env: Readonly<Record<string, string | undefined>>;
}

/** One verb of `swipegate-sim`. */
export interface Command {
  name: string;
  /** A line of the list of commands. */
  summary: string;
  /** What `--help` prints, below 80 columns. */
  help: string;
  /**
   * @param args what stands after the name
   * @returns the exit code
   * @throws {OptionError} when the arguments are wrong: exit code 2
   */
  run(args: readonly string[], io: CommandIo): Promise<number>;
}
