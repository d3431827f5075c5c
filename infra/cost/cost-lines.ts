import { count } from '@swipegate/terminal/figures';
import { type Bill, type BillChoices, billOf } from './bill.js';
import { limitsAt, SECONDS_A_MONTH } from './load.js';
import { PRICE_PAGES, PRICES_AS_OF } from './prices.js';
import { savingsAt } from './savings.js';

/** Rates to show limits for, swipes/s. */
const GROWTH = [1_000, 10_000, 100_000, 1_000_000];

/** Formats a bill in less than 80 columns. */
export function billLines({ swipesPerSecond, region, capacity, lines, dollars }: Bill): string[] {
  const { swipeShards, decisionShards, gateways, concurrency } = capacity;
  const row = (service: string, what: string, units: string, cost: string) =>
    `  ${service.padEnd(15)}${what.padEnd(36)}${units.padStart(14)}${cost.padStart(12)}`;
  const perMillion = dollars / ((swipesPerSecond * SECONDS_A_MONTH) / 1e6);
  return [
    `${count(swipesPerSecond)} swipes/s for a month (730 hours), ${region}`,
    `  ${swipeShards} + ${decisionShards} shards, ${gateways} gateways, ${concurrency} concurrent invocations`,
    '',
    row('service', 'item', 'units', '$ per month'),
    ...lines.map(({ service, what, units, dollars: cost, estimated }) =>
      row(service, what, short(units), `${estimated ? '~' : ''}${money(cost)}`),
    ),
    row('total', '', '', money(dollars)),
    `  ${money(perMillion)} dollars per million swipes`,
    '',
    `List prices as of ${PRICES_AS_OF}, without free tiers and discounts; see`,
    ...Array.from(PRICE_PAGES, (page) => `  ${page}`),
    ...(lines.some(({ estimated }) => estimated)
      ? [`~ The price in ${region} was not found: it is estimated from us-east-1.`]
      : []),
  ];
}

/** Lists the measures that lower the bill: the bill without and with each, and what it gives up. */
export function savingLines(swipesPerSecond: number, choices: BillChoices): string[] {
  const { before, savings, after } = savingsAt(swipesPerSecond, choices);
  const row = (name: string, dollars: string) => `  ${name.padEnd(61)}${dollars.padStart(16)}`;
  return [
    row('Before and after all measures', '$ per month').trimStart(),
    row('before', money(before)),
    ...savings.flatMap(({ name, setting, givesUp, dollars }) => [
      row(name, money(-dollars)),
      `    setting: ${setting}`,
      `    gives up: ${givesUp}`,
    ]),
    row('after', money(after)),
  ];
}

/** Compares the needs of growing rates with an account's default quotas; `!` marks a need above its quota. */
export function growthLines(choices: BillChoices): string[] {
  const columns = GROWTH.map((rate) => ({ rate, limits: limitsAt(rate), dollars: billOf(rate, choices).dollars }));
  const limits = columns[0]?.limits ?? [];
  const row = (name: string, last: string, cellOf: (column: (typeof columns)[number]) => string) =>
    `  ${name.padEnd(32)}${columns.map((column) => cellOf(column).padStart(9)).join('')}${last.padStart(9)}`;
  return [
    'Quotas as the rate grows (! is above the default quota of an account)',
    row('swipes/s', 'quota', ({ rate }) => `${short(rate)} `),
    ...limits.map(({ name, quota }, i) =>
      row(name, short(quota), (column) => {
        const needed = column.limits[i]?.needed ?? 0;
        return `${short(needed)}${needed > quota ? '!' : ' '}`;
      }),
    ),
    row('$ per month', '', ({ dollars }) => `${short(dollars)} `),
    '',
    ...limits.map(({ name, remedy }) => `  ${name}: ${remedy}`),
    ...Array.from(new Set(limits.map(({ source }) => source)), (source) => `  ${source}`),
  ];
}

function money(dollars: number): string {
  return dollars.toLocaleString('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 });
}

/** Rounds to three digits, with k, M or G from 1,000 on. */
function short(value: number): string {
  for (const [unit, size] of Object.entries({ G: 1e9, M: 1e6, k: 1e3 })) {
    if (value >= size) return `${Number((value / size).toPrecision(3))}${unit}`;
  }
  return String(Number(value.toPrecision(3)));
}
