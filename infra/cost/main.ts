/** `npm run cost -- --swipes-per-second N`: prints the monthly bill and the limits of each service. */
import { printableJson } from '@swipegate/terminal/fit';
import { OptionError, parseOptions, rate, whole } from '@swipegate/terminal/options';
import { type BillChoices, billOf } from './bill.js';
import { billLines, growthLines } from './cost-lines.js';

/** Below what the queue allows for one tenant: 300 per second, about 26 million per day. */
const MOST_CHANGES = 10_000_000;

const HELP = `npm run cost -- --swipes-per-second N [options]

  --swipes-per-second N   average over the month                      (1,000)
  --capacity MODE         streams: provisioned or on-demand           (provisioned)
  --keep-days N           days that decisions stay in their table     (400)
  --changes-per-day N     changes in the back office                  (1,000)
  --console HOSTING       console: cloudfront or ec2                  (cloudfront)
  --json                  print the bill as JSON

Defaults are in parentheses. Prices are list prices, without free tiers and discounts.
Benchmarks measured the load per swipe on each service: infra/cost/load.ts.
`;

function oneOf<Choice extends string>(option: string, text: string, choices: readonly [Choice, Choice]): Choice {
  const chosen = choices.find((choice) => choice === text);
  if (chosen !== undefined) return chosen;
  throw new OptionError(`${option} must be ${choices.join(' or ')}, not ${text}.`);
}

function main(args: readonly string[]): void {
  const { values } = parseOptions('npm run cost --', args, {
    'swipes-per-second': { type: 'string', default: '1000' },
    capacity: { type: 'string', default: 'provisioned' },
    'keep-days': { type: 'string', default: '400' },
    'changes-per-day': { type: 'string', default: '1000' },
    console: { type: 'string', default: 'cloudfront' },
    json: { type: 'boolean' },
    help: { type: 'boolean', short: 'h' },
  });
  if (values.help === true) {
    process.stdout.write(HELP);
    return;
  }
  const choices: BillChoices = {
    mode: oneOf('--capacity', values.capacity, ['provisioned', 'on-demand']),
    keepDays: whole('--keep-days', values['keep-days'], 1, 36_500),
    backOffice: {
      changesPerDay: whole('--changes-per-day', values['changes-per-day'], 0, MOST_CHANGES),
      hosting: oneOf('--console', values.console, ['cloudfront', 'ec2']),
    },
  };
  const bill = billOf(rate('--swipes-per-second', values['swipes-per-second'], '1000'), choices);
  const lines = values.json === true ? [printableJson(bill)] : [...billLines(bill), '', ...growthLines(choices)];
  process.stdout.write(`${lines.join('\n')}\n`);
}

try {
  main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof OptionError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
}
