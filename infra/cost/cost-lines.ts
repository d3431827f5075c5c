import { count } from '@swipegate/terminal/figures';
import { type Bill, type BillChoices, billOf } from './bill.js';
import { limitsAt } from './limits.js';
import { SECONDS_A_MONTH } from './load.js';
import { PRICES, PRICES_AS_OF } from './prices.js';

/** Rates at which limits are shown. */
const GROWTH = [1_000, 10_000, 100_000, 1_000_000];

/** A bill as a table, below 80 columns. */
export function billLines({ swipesPerSecond, capacity, lines, dollars }: Bill): string[] {
  const { swipeShards, decisionShards, gateways, concurrency } = capacity;
  const row = (service: string, what: string, units: string, cost: string) =>
    `  ${service.padEnd(15)}${what.padEnd(36)}${units.padStart(14)}${cost.padStart(12)}`;
  const perMillion = dollars / ((swipesPerSecond * SECONDS_A_MONTH) / 1e6);
  return [
    `${count(swipesPerSecond)} swipes/s for a month (730 hours), us-east-1`,
    `  ${swipeShards} + ${decisionShards} shards, ${gateways} gateways, ${concurrency} invocations at once`,
    '',
    row('service', 'what', 'units', '$ a month'),
    ...lines.map(({ service, what, units, dollars: cost }) => row(service, what, short(units), money(cost))),
    row('all', '', '', money(dollars)),
    `  ${money(perMillion)} dollars a million swipes`,
    '',
    `List prices as known in ${PRICES_AS_OF}, without free tiers and discounts; see`,
    ...Array.from(new Set(Object.values(PRICES).map(({ source }) => source)), (source) => `  ${source}`),
  ];
}

/** Where the default quotas of an account lie as the rate grows: a mark where a rate needs more. */
export function growthLines(choices: BillChoices): string[] {
  const columns = GROWTH.map((rate) => ({ rate, limits: limitsAt(rate), dollars: billOf(rate, choices).dollars }));
  const [first] = columns;
  const row = (name: string, cells: readonly string[], last: string) =>
    `  ${name.padEnd(32)}${cells.map((cell) => cell.padStart(9)).join('')}${last.padStart(9)}`;
  const rows = (first?.limits ?? []).map(({ name, quota }, i) =>
    row(
      name,
      columns.map(({ limits }) => {
        const needed = limits[i]?.needed ?? 0;
        return `${short(needed)}${needed > quota ? '!' : ' '}`;
      }),
      short(quota),
    ),
  );
  return [
    'As it grows (! is above what an account has by default)',
    row(
      'swipes/s',
      columns.map(({ rate }) => `${short(rate)} `),
      'quota',
    ),
    ...rows,
    row(
      '$ a month',
      columns.map(({ dollars }) => `${short(dollars)} `),
      '',
    ),
    '',
    ...(first?.limits ?? []).map(({ name, remedy }) => `  ${name}: ${remedy}`),
    ...Array.from(new Set((first?.limits ?? []).map(({ source }) => source)), (source) => `  ${source}`),
  ];
}

function money(dollars: number): string {
  return dollars.toLocaleString('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 });
}

/** Three digits, and k, M, G for what is beyond. */
function short(value: number): string {
  for (const [unit, size] of [
    ['G', 1e9],
    ['M', 1e6],
    ['k', 1e3],
  ] as const) {
    if (value >= size) return `${Number((value / size).toPrecision(3))}${unit}`;
  }
  return String(Number(value.toPrecision(3)));
}
