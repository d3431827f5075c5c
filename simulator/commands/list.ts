import { printableJson, printableText } from '@swipegate/terminal/fit';
import { MANY, parseOptions } from '@swipegate/terminal/options';
import { SCENARIOS } from '../scenarios/built-in.js';
import { readScenario } from '../scenarios/read-scenario.js';
import { scenarioLines, scenarioListLines } from '../scenarios/scenario-lines.js';
import { type Command, printHelp } from './command.js';

export const listCommand: Command = {
  name: 'list',
  summary: 'lists the scenarios, or shows one in detail',
  help: `swipegate-sim list [SCENARIO …] [--json]

  Without a name, lists all scenarios, one per line. With names or JSON files,
  shows the load, the thresholds and the sources of each.

  --json    print scenarios as JSON, in the file format that run reads
`,
  async run(args, { stdout }) {
    const options = { json: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } } as const;
    const { values, positionals } = parseOptions('swipegate-sim list', args, options, MANY);
    if (values.help === true) return printHelp(this, stdout);
    const chosen = positionals.length === 0 ? SCENARIOS : await Promise.all(positionals.map(readScenario));
    const details = chosen.map((scenario) => scenarioLines(scenario).join('\n')).join('\n\n');
    const text = positionals.length === 0 ? scenarioListLines(chosen).join('\n') : details;
    stdout.write(`${values.json === true ? printableJson(chosen, 2) : printableText(text)}\n`);
    return 0;
  },
};
