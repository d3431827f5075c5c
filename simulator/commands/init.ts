import { access } from 'node:fs/promises';
import { printableText } from '@swipegate/terminal/fit';
import { MANY, OptionError, parseOptions } from '@swipegate/terminal/options';
import { writeText } from '../report/output-files.js';
import { SCENARIOS } from '../scenarios/built-in.js';
import { readScenario } from '../scenarios/read-scenario.js';
import { wholeScenario } from '../scenarios/scenario.js';
import { type Command, printHelp } from './command.js';

const DEFAULT_FROM = 'office-morning';
const NAME = /^[a-z0-9][a-z0-9-]{0,63}$/;

export const initCommand: Command = {
  name: 'init',
  summary: 'writes a scenario to edit',
  help: `swipegate-sim init [NAME] [options]

  Writes NAME.json, a scenario with every member filled in, for you to edit
  (default NAME: my-scenario).

  --from SCENARIO   the scenario to copy: a name from swipegate-sim list, or a
                    JSON file       (${DEFAULT_FROM})
  --out FILE        the file to write    (NAME.json)
  --force           overwrite an existing file
`,
  async run(args, { stdout }) {
    const { values, positionals } = parseOptions(
      'swipegate-sim init',
      args,
      {
        from: { type: 'string', default: DEFAULT_FROM },
        out: { type: 'string' },
        force: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
      MANY,
    );
    if (values.help === true) return printHelp(this, stdout);
    const [name = 'my-scenario', ...others] = positionals;
    if (others.length > 0)
      throw new OptionError(`init writes one scenario at a time: write swipegate-sim init ${name}.`);
    if (!NAME.test(name)) {
      throw new OptionError(
        `${name} is not a scenario name: use 1 to 64 lower-case letters, digits or -, not starting with -, such as my-site.`,
      );
    }
    if (SCENARIOS.some((scenario) => scenario.name === name)) {
      throw new OptionError(`${name} is a built-in scenario: choose another name, such as my-${name}.`);
    }
    const file = values.out ?? `${name}.json`;
    if (values.force !== true && (await exists(file))) {
      throw new OptionError(`${file} already exists: name another file with --out, or overwrite it with --force.`);
    }
    const whole = wholeScenario(await readScenario(values.from));
    const { name: _name, title, sources: _sources, rate, duration, ...more } = whole;
    const sources = [`Copied from ${values.from}: replace this with your own sources.`];
    // Members that people edit first come first.
    const scenario = { name, title, sources, rate, duration, ...more };
    await writeText(file, `${JSON.stringify(scenario, undefined, 2)}\n`);
    // Without a slash or .json, `run` would look for a built-in scenario.
    const argument = file.includes('/') || file.endsWith('.json') ? file : `./${file}`;
    stdout.write(
      printableText(`Wrote ${file}. Edit it, check it, run it:

  npx swipegate-sim list ${argument}
  npx swipegate-sim run ${argument}
`),
    );
    return 0;
  },
};

function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
