import type { Screen } from '@swipegate/terminal/display';

/** Output streams and environment of a command. */
export interface CommandIo {
  stdout: Screen;
  stderr: Screen;
  env: Readonly<Record<string, string | undefined>>;
}

/** A command of `swipegate-sim`. */
export interface Command {
  name: string;
  /** One line in the list of commands. */
  summary: string;
  /** Text of `--help`, under 80 columns. */
  help: string;
  /**
   * @param args arguments after the command's name
   * @returns the exit code
   * @throws {OptionError} when an argument is invalid (exit code 2)
   */
  run(args: readonly string[], io: CommandIo): Promise<number>;
}
