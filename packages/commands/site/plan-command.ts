import { parseOptions } from '@swipegate/terminal/options';
import type { Command } from '../command.js';

export const planCommand: Command = {
  help: `swipegate site plan FILE

  Shows what apply would change. Changes nothing.
`,
  async run(args, { stdout }) {
    const options = { help: { type: 'boolean', short: 'h' } } as const;
    parseOptions('swipegate site plan', args, options, 1);
    stdout.write(this.help);
    return 0;
  },
};
