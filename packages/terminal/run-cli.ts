import { printableText } from './fit.js';

/**
 * Runs a command-line program and sets its exit code. An error with a `code` is for the user: only its message is printed.
 * Others are bugs, with their stack. If the reader of the output has left, as `head` does, the program still finishes:
 * it may have something to remove.
 * @param main gets the arguments, and returns the exit code
 * @param isUsage whether another command line fixes the error: exit code 2 instead of 1
 */
export async function runCli(
  main: (args: readonly string[]) => Promise<number>,
  isUsage: (error: unknown) => boolean,
): Promise<void> {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
    });
  }
  try {
    process.exitCode = await main(process.argv.slice(2));
  } catch (error) {
    const isKnown = error instanceof Error && 'code' in error;
    const text = isKnown ? error.message : error instanceof Error ? error.stack : String(error);
    process.stderr.write(`${printableText(text ?? '')}\n`);
    process.exitCode = isUsage(error) ? 2 : 1;
  }
}
