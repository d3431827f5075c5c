import { printableJson } from '@swipegate/terminal/fit';
import { OptionError, parseOptions, rate, whole } from '@swipegate/terminal/options';
import { readSettings } from '../aws/constructs/settings.js';
import { type BillChoices, billOf, defaultChoices } from './bill.js';
import { billLines, growthLines, savingLines } from './cost-lines.js';
import { isPriced, PRICED_REGIONS, type Region } from './prices.js';
import { savingsAt } from './savings.js';

/** Below what the queue allows for one tenant: 300 per second, about 26 million per day. */
const MOST_CHANGES = 10_000_000;

const { AWS_REGION: REGION, SWIPEGATE_DECISION_DAYS: DAYS } = readSettings({});

const HELP = `npm run cost -- --swipes-per-second N [options]

  --swipes-per-second N   average over the month                      (1,000)
  --region REGION         of the deployment        (AWS_REGION, else ${REGION})
  --capacity MODE         streams: provisioned or on-demand           (provisioned)
  --tables MODE           busy tables: on-demand or held              (on-demand)
  --keep-days N           days that decisions stay in their table     (${DAYS})
  --recovery yes|no       point-in-time recovery of decisions         (yes)
  --address-limit yes|no  web ACL before the gateways                 (yes)
  --device-port yes|no    load balancer of the device port            (no)
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

/** @throws {OptionError} naming the regions with prices */
function regionOf(text: string): Region {
  if (isPriced(text)) return text;
  throw new OptionError(`There are no prices for region ${text}: use --region with ${PRICED_REGIONS.join(', ')}.`);
}

/**
 * Answer of `npm run cost`: the monthly bill, what can be saved, and the limits of each service.
 * @throws {OptionError} naming the option and what is allowed
 */
export function costText(args: readonly string[], env: Readonly<Record<string, string | undefined>>): string {
  const { values } = parseOptions('npm run cost --', args, {
    'swipes-per-second': { type: 'string', default: '1000' },
    region: { type: 'string', default: env['AWS_REGION'] || REGION },
    capacity: { type: 'string', default: 'provisioned' },
    tables: { type: 'string', default: 'on-demand' },
    'keep-days': { type: 'string', default: String(DAYS) },
    recovery: { type: 'string', default: 'yes' },
    'address-limit': { type: 'string', default: 'yes' },
    'device-port': { type: 'string', default: 'no' },
    'changes-per-day': { type: 'string', default: '1000' },
    console: { type: 'string', default: 'cloudfront' },
    json: { type: 'boolean' },
    help: { type: 'boolean', short: 'h' },
  });
  if (values.help === true) return HELP;
  const keepDays = whole('--keep-days', values['keep-days'], 1, 36_500);
  const choices: BillChoices = {
    ...defaultChoices(regionOf(values.region), keepDays),
    mode: oneOf('--capacity', values.capacity, ['provisioned', 'on-demand']),
    heldCapacity: oneOf('--tables', values.tables, ['on-demand', 'held']) === 'held',
    recovery: oneOf('--recovery', values.recovery, ['yes', 'no']) === 'yes',
    addressLimit: oneOf('--address-limit', values['address-limit'], ['yes', 'no']) === 'yes',
    devicePort: oneOf('--device-port', values['device-port'], ['yes', 'no']) === 'yes',
    backOffice: {
      changesPerDay: whole('--changes-per-day', values['changes-per-day'], 0, MOST_CHANGES),
      hosting: oneOf('--console', values.console, ['cloudfront', 'ec2']),
    },
  };
  const swipesPerSecond = rate('--swipes-per-second', values['swipes-per-second'], '1000');
  const bill = billOf(swipesPerSecond, choices);
  const lines =
    values.json === true
      ? [printableJson({ ...bill, savings: savingsAt(swipesPerSecond, choices) })]
      : [...billLines(bill), '', ...savingLines(swipesPerSecond, choices), '', ...growthLines(choices)];
  return `${lines.join('\n')}\n`;
}
