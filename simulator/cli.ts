import { readFile } from 'node:fs/promises';
import { EnvironmentError } from '@swipegate/aws/environment';
import { nearest } from '@swipegate/contract/values/nearest';
import { MANY, OptionError, parseOptions } from '@swipegate/terminal/options';
import { runCli } from '@swipegate/terminal/run-cli';
import { COMMANDS } from './commands/index.js';
import { ScenarioError } from './scenarios/read-scenario.js';

const NAME = 'swipegate-sim';
const OVERVIEW_OPTIONS = { help: { type: 'boolean', short: 'h' }, version: { type: 'boolean', short: 'V' } } as const;

function overview(): string {
  const rows = COMMANDS.map(({ name, summary }) => `  ${name.padEnd(10)}${summary}`);
  return `${NAME}: virtual readers that load a gateway and verify the decision
on every swipe

${rows.join('\n')}

Run ${NAME} COMMAND --help for the options of a command, and
${NAME} --version for the version.

Exit codes: 0 success, 1 failure, 2 invalid option or scenario.
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
    const names = COMMANDS.map((each) => each.name);
    const meant = nearest(wanted ?? '', names);
    const advice = meant === undefined ? '' : ` Did you mean ${meant}?`;
    const reason =
      name === '' ? `No command given: write, for example, ${NAME} run.` : `There is no command ${wanted}.${advice}`;
    // An option before the command gets the answer of any other one.
    if (name.startsWith('-')) parseOptions(NAME, [name, ...args], OVERVIEW_OPTIONS, MANY);
    throw new OptionError(`${reason} See ${NAME} --help.`);
  }
  return command.run(name === 'help' ? ['--help'] : args, process);
}

async function version(): Promise<string> {
  const file = new URL('../../package.json', import.meta.url);
  const { version }: { version: string } = JSON.parse(await readFile(file, 'utf8'));
  return version;
}

// Hide the AWS SDK's Node version warning: the README lists the supported versions.
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';

await runCli(main, (error) => [OptionError, ScenarioError, EnvironmentError].some((kind) => error instanceof kind));
process.disconnect?.();
