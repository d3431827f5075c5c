import { accountLines, accountOf, accountRow } from './account-lines.js';
import { clock, count, ms } from './figures.js';
import { printable } from './fit.js';
import { ink } from './ink.js';
import { highestRate } from './rates.js';
import type { RunResult, TwoLatencies } from './run-result.js';

export interface ResultStyle {
  color: boolean;
  columns: number;
}

/** How a run ended, for people: what it was, the account, what is wrong with it, and the verdict last. */
export function resultLines(result: RunResult, { color }: ResultStyle): string[] {
  const { counts, readers, rate, durationMs, warmUpMs, scenario, thresholds, unjudgedZones, examples } = result;
  const { red, green, bold } = ink(color);
  const unless0 = (name: string, n: number) => (n === 0 ? [] : [accountRow(name, n)]);
  return [
    bold(`${printable(scenario)}: ${count(readers)} readers, ${rate} swipes/s wanted, ${clock(durationMs)}`),
    ...(warmUpMs === 0 ? [] : [`  and ${warmUpMs / 1000} s before that, which are not timed`]),
    ...accountLines(accountOf(result)),
    ...latencyLines('durable', result.ack),
    ...latencyLines('decision', result.decision),
    ...unless0('refused', counts.refused),
    ...unless0('never answered', counts.unanswered),
    ...unless0('tried again', counts.retries),
    ...unless0('not made, for want of idle people', counts.skipped),
    ...Object.entries(result.problems).map(([problem, n]) => accountRow(`  ${printable(problem)}`, n)),
    ...Object.entries(result.attacks ?? {}).map(([kind, { sent, repelled }]) => {
      const line = `${accountRow(`hostile: ${printable(kind)}`, sent)}   repelled ${count(repelled)}`;
      return sent === repelled ? line : red(line);
    }),
    ...(unjudgedZones.length === 0 ? [] : [`  left alone: zones ${unjudgedZones.join(', ')}`]),
    ...(result.probes ?? []).map(({ rate: tried, ok, because }) => {
      const line = `  ${count(tried, 9)}/s  ${ok ? 'holds' : `does not hold: ${because.join('; ')}`}`;
      return ok ? green(line) : red(line);
    }),
    ...examples.map((example) => `  ${printable(example)}`),
    ...thresholds.map(({ expression, actual, ok }) => {
      const figure = actual === null ? 'not measured' : String(Number(actual.toPrecision(4)));
      const line = `  ${ok ? 'met    ' : 'NOT MET'}  ${printable(expression).padEnd(30)} ${figure}`;
      return ok ? green(line) : red(line);
    }),
    ...result.invalidBecause.map((reason) => red(`  INVALID: ${printable(reason)}`)),
    verdict(result, red, green),
  ];
}

function latencyLines(name: string, { fromDue, fromSend }: TwoLatencies): string[] {
  const row = (from: string, { p50, p90, p99, p999, max }: TwoLatencies['fromDue']) =>
    `  ${`${name}, from ${from}`.padEnd(22)}p50 ${ms(p50)} p90 ${ms(p90)} p99 ${ms(p99)} p99.9 ${ms(p999)} max ${ms(max)}`;
  return fromDue.count === 0 ? [] : [row('due', fromDue), row('send', fromSend)];
}

function verdict(result: RunResult, red: (text: string) => string, green: (text: string) => string): string {
  const { ok, valid, thresholds } = result;
  const highest = highestRate(result);
  if (highest !== undefined && highest > 0 && ok)
    return green(`The highest rate that holds is ${count(highest)} swipes/s.`);
  if (ok) return green('Every accepted swipe has its one right decision.');
  if (!valid) return red('INVALID: the simulator did not keep its own schedule.');
  if (thresholds.some((threshold) => !threshold.ok)) return red('NOT MET: a threshold; see above.');
  return red('NOT SOUND: see the counts above.');
}
