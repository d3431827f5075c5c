import { EnvironmentError } from '@swipegate/aws/environment';
import { OptionError, parseOptions } from '@swipegate/terminal/options';

/**
 * Runs a command that has no option but --help. An option, an argument or a wrong environment variable ends it with
 * exit code 2 and a message.
 * @param name as in `npm run NAME`
 */
export async function runWithoutOptions(
  name: string,
  help: string,
  main: () => Promise<void> | void,
  args: readonly string[] = process.argv.slice(2),
): Promise<void> {
  try {
    const { values } = parseOptions(`npm run ${name} --`, args, { help: { type: 'boolean', short: 'h' } });
    if (values.help === true) process.stdout.write(help);
    else await main();
  } catch (error) {
    if (!(error instanceof OptionError || error instanceof EnvironmentError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 2;
  }
}
