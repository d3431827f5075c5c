import { readFile } from 'node:fs/promises';
import { EnvironmentError } from '@swipegate/aws/environment';
import { OptionError } from '@swipegate/terminal/options';
import { runCli } from '@swipegate/terminal/run-cli';
import { silenceSdk } from '../command.js';
import { choose } from './choose.js';
import { COMMANDS, type Listed } from './commands.js';

function overview(commands: readonly Listed[]): string {
  const width = Math.max(...commands.map(({ name }) => name.length)) + 2;
  const rows = commands.map(({ name, summary }) => `  ${name.padEnd(width)}${summary}`);
  return `swipegate: sets up a site and checks an installation

${rows.join('\n')}

Run swipegate COMMAND --help for the options of a command, and
swipegate --version for the version.

Exit codes: 0 success, 1 failure, 2 invalid option or file.
`;
}

async function main(args: readonly string[]): Promise<number> {
  const choice = choose(args, COMMANDS);
  switch (choice.kind) {
    case 'help':
      process.stdout.write(overview(choice.commands));
      return 0;
    case 'version':
      process.stdout.write(`${await version()}\n`);
      return 0;
    case 'run':
      return (await choice.command.load()).run(choice.args, process);
  }
}

async function version(): Promise<string> {
  const file = new URL('../../package.json', import.meta.url);
  const { version }: { version: string } = JSON.parse(await readFile(file, 'utf8'));
  return version;
}

silenceSdk();
await runCli(main, (error) => {
  if (error instanceof OptionError || error instanceof EnvironmentError) return true;
  // The error of a site file is known by its code: its class would load the whole command.
  return error instanceof Error && 'code' in error && error.code === 'SITE_FILE_INVALID';
});
