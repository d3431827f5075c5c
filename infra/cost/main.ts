/** `npm run cost -- --swipes-per-second N` */
import { OptionError } from '@swipegate/terminal/options';
import { costText } from './cost-command.js';

try {
  process.stdout.write(costText(process.argv.slice(2), process.env));
} catch (error) {
  if (!(error instanceof OptionError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
}
