import { readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { EnvironmentError } from '@swipegate/aws/environment';
import type { Screen } from '@swipegate/terminal/display';
import { printableText } from '@swipegate/terminal/fit';
import { messageOf } from '@swipegate/terminal/message-of';
import { OptionError } from '@swipegate/terminal/options';

/** Streams and environment of a subcommand of `swipegate`. */
export interface CommandIo {
  stdout: Screen;
  stderr: Screen;
  env: Readonly<Record<string, string | undefined>>;
}

/** A subcommand of `swipegate`. */
export interface Command {
  /** Text of `--help`, in 80 columns. */
  help: string;
  /**
   * @param args what follows the command's name
   * @returns the exit code
   * @throws {OptionError} if another command line fixes the fault (exit code 2). An error with a `code` is for the user
   * (exit code 1): its message alone is printed
   */
  run(args: readonly string[], io: CommandIo): Promise<number>;
}

/**
 * Runs `npm run NAME`. Prints an error with advice, and sets the exit code. It is 2 if another command line or
 * environment would fix the error, and for each of `usageErrors`; else 1.
 */
export async function runCommand(
  name: string,
  main: (args: readonly string[]) => Promise<void>,
  usageErrors: readonly (new (...args: never[]) => Error)[] = [],
): Promise<void> {
  silenceSdk();
  try {
    await main(process.argv.slice(2));
  } catch (error) {
    const help = `See npm run ${name} -- --help.`;
    const text = printableText(withAdvice(error));
    process.stderr.write(`${text.endsWith(help) ? text : `${text}\n${help}`}\n`);
    process.exitCode = [OptionError, EnvironmentError, ...usageErrors].some((kind) => error instanceof kind) ? 2 : 1;
  }
}

/** Silences the SDK's warning about Node 20: the README lists the supported versions. */
export function silenceSdk(): void {
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
}

/** Adds the fix to the SDK errors that newcomers meet first: no region, no connection. */
function withAdvice(error: unknown): string {
  const message = messageOf(error);
  if (message === 'Region is missing') {
    return `${message}: write --local .swipegate/cloud.json for a running npm start, or set AWS_REGION for AWS.`;
  }
  const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined;
  return code === 'ECONNREFUSED' || message.includes('ECONNREFUSED')
    ? `${message || 'The connection was refused'}: is the npm start that wrote this cloud.json still running?`
    : message;
}

/**
 * Copies the environment variables of a running npm start (its .swipegate/cloud.json) into this process. Call it before
 * creating an SDK client, which reads the environment.
 * @param given the file, or the keys.json beside it, which the commands of a site take
 * @throws {OptionError} when the file cannot be read or is not a JSON object
 */
export async function useLocalCloud(given: string): Promise<void> {
  const file = basename(given) === 'keys.json' ? join(dirname(given), 'cloud.json') : given;
  const env: unknown = await readFile(file, 'utf8')
    .then(JSON.parse)
    .catch((error: unknown) => error);
  if (typeof env !== 'object' || env === null || env instanceof Error) {
    const reason = env instanceof Error ? ` (${env.message})` : '';
    throw new OptionError(
      `--local ${file} is not the cloud.json of a running npm start${reason}: write --local .swipegate/cloud.json.`,
    );
  }
  for (const [name, value] of Object.entries(env)) process.env[name] = String(value);
}
