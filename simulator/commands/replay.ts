import { MANY, OptionError, parseOptions, rate } from '@swipegate/terminal/options';
import { readScenario } from '../scenarios/read-scenario.js';
import { wholeScenario } from '../scenarios/scenario.js';
import { readTrace } from '../schedule/trace.js';
import { type Command, printHelp } from './command.js';
import { play } from './run.js';
import { RUN_OPTIONS, RUN_OPTIONS_HELP, runSettingsOf } from './run-options.js';

export const replayCommand: Command = {
  name: 'replay',
  summary: 'replays recorded swipes with their original timing',
  help: `swipegate-sim replay FILE [options]

  FILE has one swipe per line: JSON objects with readAt, readerId and cardId
  (swipes, decisions, the output of run --record), or CSV with these columns.
  direction and duress are optional; other members are ignored. The swipes get
  new swipeIds and the current time.

  --speed N               play N times as fast                 (1)
${RUN_OPTIONS_HELP}
The trace sets the readers and the timing. Defaults are in parentheses.
`,
  async run(args, io) {
    const { values, positionals } = parseOptions(
      'swipegate-sim replay',
      args,
      {
        ...RUN_OPTIONS,
        speed: { type: 'string', default: '1' },
      },
      MANY,
    );
    if (values.help === true) return printHelp(this, io.stdout);
    const [file, ...more] = positionals;
    if (file === undefined || more.length > 0)
      throw new OptionError('Name one trace: write swipegate-sim replay swipes.ndjson.');
    const excess = SET_BY_TRACE.find((name) => values[name] !== undefined);
    if (excess !== undefined) throw new OptionError(`The trace sets the readers and the timing: remove --${excess}.`);
    const settings = runSettingsOf(values, io.env);
    const trace = await readTrace(file, rate('--speed', values.speed, '10'));
    const steady = await readScenario('steady');
    const scenario = wholeScenario({ ...steady, name: 'replay', title: file, readers: { perMinute: 'unlimited' } });
    return play({ settings, scenario, trace }, io);
  },
};

const SET_BY_TRACE = ['rate', 'readers', 'pace', 'warm-up', 'duration', 'until-stopped'] as const;
