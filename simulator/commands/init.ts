import { access } from 'node:fs/promises';
import { OptionError, parseOptions } from '@swipegate/terminal/options';
import { writeText } from '../report/write-text.js';
import { SCENARIOS } from '../scenarios/index.js';
import { readScenario } from '../scenarios/read-scenario.js';
import { wholeScenario } from '../scenarios/scenario.js';
import type { Command } from './command.js';

const DEFAULT_FROM = 'office-morning';
const NAME = /^[a-z0-9][a-z0-9-]{0,63}$/;

export const initCommand: Command = {
  name: 'init',
  summary: 'writes a scenario to edit',
  help: `swipegate-sim init [NAME] [options]

  Writes NAME.json, a scenario in which every member is there to be changed
  (my-scenario).

  --from SCENARIO   what it begins as: a name of swipegate-sim list, or a JSON
                    file (${DEFAULT_FROM})
  --out FILE        where to
  --force           writes over a file that is there
`,
  async run(args, { stdout }) {
    const { values, positionals } = parseOptions('swipegate-sim init', args, {
      from: { type: 'string', default: DEFAULT_FROM },
      out: { type: 'string' },
      force: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    });
    if (values.help === true) {
      stdout.write(this.help);
      return 0;
    }
    const [name = 'my-scenario', ...others] = positionals;
    if (others.length > 0) throw new OptionError(`One at a time: write swipegate-sim init ${name}.`);
    if (!NAME.test(name)) {
      throw new OptionError(`${name} is no name of a scenario: write small letters, digits and -, such as my-site.`);
    }
    if (SCENARIOS.some((scenario) => scenario.name === name)) {
      throw new OptionError(`${name} is a scenario of the simulator: give yours another name, such as my-${name}.`);
    }
    const file = values.out ?? `${name}.json`;
    if (values.force !== true && (await exists(file))) {
      throw new OptionError(`${file} is there already: name another with --out, or write over it with --force.`);
    }
    const whole = wholeScenario(await readScenario(values.from));
    const { name: _name, title, sources: _sources, rate, duration, search, ...more } = whole;
    // What is changed first stands first.
    const head = { name, title, sources: [`Begun as ${values.from}; yours to say.`], rate, duration };
    const scenario = { ...head, ...more, ...(search === undefined ? {} : { search }) };
    await writeText(file, `${JSON.stringify(scenario, undefined, 2)}\n`);
    // A name without a folder would be taken for one of the simulator's own, were it not for .json.
    const argument = file.includes('/') || file.endsWith('.json') ? file : `./${file}`;
    stdout.write(`${file} is written. Edit it, look at it, run it:

  npx swipegate-sim list ${argument}
  npx swipegate-sim run ${argument}
`);
    return 0;
  },
};

function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
