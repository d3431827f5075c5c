import { OptionError, parseOptions, rate } from '@swipegate/terminal/options';
import { readScenario } from '../scenarios/read-scenario.js';
import { wholeScenario } from '../scenarios/scenario.js';
import { readTrace } from '../schedule/read-trace.js';
import type { Command } from './command.js';
import { play } from './run.js';
import { RUN_OPTIONS, RUN_OPTIONS_HELP, runSettingsOf } from './run-options.js';

export const replayCommand: Command = {
  name: 'replay',
  summary: 'plays swipes that happened once, at their moments',
  help: `swipegate-sim replay FILE [options]

  FILE has a swipe a line: JSON objects with readAt, readerId and cardId
  (swipes, decisions, what run --record wrote), or CSV with these columns.
  direction and duress are taken where they are there; other members are passed
  over. The swipes get new swipeIds and the time of today.

  --speed N               so many times faster                 (1)
${RUN_OPTIONS_HELP}
--rate, --readers, --pace, --warm-up, --duration and --until-stopped are the
trace's to say.
`,
  async run(args, io) {
    const { values, positionals } = parseOptions('swipegate-sim replay', args, {
      ...RUN_OPTIONS,
      speed: { type: 'string', default: '1' },
    });
    if (values.help === true) {
      io.stdout.write(this.help);
      return 0;
    }
    const [file, ...more] = positionals;
    if (file === undefined || more.length > 0)
      throw new OptionError('Name one trace: write swipegate-sim replay swipes.ndjson.');
    const odd = OF_THE_TRACE.find((name) => values[name] !== undefined);
    if (odd !== undefined) throw new OptionError(`A trace says when who comes to which reader: leave --${odd} out.`);
    const settings = runSettingsOf(values);
    const trace = await readTrace(file, rate('--speed', values.speed, '10'));
    const steady = await readScenario('steady');
    const scenario = wholeScenario({ ...steady, name: 'replay', title: file, readers: { perMinute: 'unlimited' } });
    return play({ settings, scenario, trace }, io);
  },
};

const OF_THE_TRACE = ['rate', 'readers', 'pace', 'warm-up', 'duration', 'until-stopped'] as const;
