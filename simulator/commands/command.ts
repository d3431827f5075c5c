import type { Screen } from '@swipegate/terminal/display';

export interface CommandIo {
  stdout: Screen;
  stderr: Screen;
  env: Readonly<Record<string, string | undefined>>;
}

export interface Command {
  name: string;
  /** One line in the list of commands. */
  summary: string;
  /** Text of `--help`, under 80 columns. */
  help: string;
  /** @returns the exit code; @throws {OptionError} when an argument after the command's name is invalid (exit code 2) */
  run(args: readonly string[], io: CommandIo): Promise<number>;
}

/** Prints a command's help. @returns the exit code */
export function printHelp({ help }: Command, stdout: Screen): number {
  stdout.write(help);
  return 0;
}
