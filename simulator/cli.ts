import { readFile } from 'node:fs/promises';
import { nearest } from '@swipegate/terminal/nearest';
import { OptionError } from '@swipegate/terminal/options';
import Type from 'typebox';
import { Value } from 'typebox/value';
import { COMMANDS } from './commands/index.js';
import { ScenarioError } from './scenarios/read-scenario.js';

const NAME = 'swipegate-sim';

function overview(): string {
  const rows = COMMANDS.map(({ name, summary }) => `  ${name.padEnd(10)}${summary}`);
  return `${NAME}: virtual readers that load a gateway, and prove what became of
every swipe

${rows.join('\n')}

${NAME} COMMAND --help tells of each, ${NAME} --version
which one this is.

Exit code 0: all is well. 1: it is not. 2: an option is wrong.
`;
}

async function main([name = '', ...args]: readonly string[]): Promise<number> {
  if (['help', '--help', '-h'].includes(name) && args.length === 0) {
    process.stdout.write(overview());
    return 0;
  }
  if (['--version', '-V'].includes(name) && args.length === 0) {
    process.stdout.write(`${await version()}\n`);
    return 0;
  }
  const wanted = name === 'help' ? args[0] : name;
  const command = COMMANDS.find((each) => each.name === wanted);
  if (command === undefined) {
    const meant = nearest(
      wanted ?? '',
      COMMANDS.map((each) => each.name),
    );
    const advice = meant === undefined ? '' : ` Did you mean ${meant}?`;
    const reason = name === '' ? `Write what to do, such as ${NAME} run.` : `There is no command ${wanted}.${advice}`;
    throw new OptionError(`${reason} See ${NAME} --help.`);
  }
  return command.run(name === 'help' ? ['--help'] : args, process);
}

/** That of the package. */
async function version(): Promise<string> {
  const file = new URL('../../package.json', import.meta.url);
  return Value.Parse(Type.Object({ version: Type.String() }), JSON.parse(await readFile(file, 'utf8'))).version;
}

// The README says which Node versions are supported.
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  // A stack tells a user nothing; a fault of ours is told apart by having no code.
  const isKnown = error instanceof Error && 'code' in error;
  process.stderr.write(`${isKnown ? error.message : error instanceof Error ? error.stack : String(error)}\n`);
  process.exitCode = error instanceof OptionError || error instanceof ScenarioError ? 2 : 1;
}
process.disconnect?.();
