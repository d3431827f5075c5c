import { clock, count, latency } from '@swipegate/terminal/figures';
import { fit, printable } from '@swipegate/terminal/fit';
import { type Ink, ink } from '@swipegate/terminal/ink';
import { wrapped } from '@swipegate/terminal/wrap';
import { highestRate, type LatencyResult, type Probe, type RunResult } from '../result/run-result.js';
import { accountLines, accountOf, accountRow } from './account-lines.js';

interface ResultStyle {
  color: boolean;
  /** Width of the terminal, and maximum width of a line. */
  columns: number;
}

/** Maximum number of fault examples shown; a result file has more. */
const MOST_EXAMPLES = 10;
const MOST_PROBLEMS = 12;
const WIDEST = 80;
const NARROWEST = 20;

/** Formats a run's result, the verdict last: a terminal shows the end. Foreign texts are made safe to print. */
export function resultLines(result: RunResult, { color, columns }: ResultStyle): string[] {
  const { counts, examples, unjudgedZones } = result;
  const paint = ink(color);
  const width = Math.max(NARROWEST, Math.min(WIDEST, columns));
  const row = (text: string) => fit(text, width).trimEnd();
  const unless0 = (name: string, n: number) => (n === 0 ? [] : [row(accountRow(name, n))]);
  const long = (first: string, text: string) => wrapped(printable(text), { first, width });
  const more = examples.length - MOST_EXAMPLES;
  return [
    ...whatItWas(result).map((line, i) => (i === 0 ? paint.bold(row(line)) : row(line))),
    ...accountLines(accountOf(result)).map(row),
    ...latencyLines(result).map(row),
    ...unless0('refused', counts.refused),
    ...unless0('never answered', counts.unanswered),
    ...unless0('retries', counts.retries),
    ...unless0('skipped: no idle people', counts.skipped),
    ...problemLines(result).map(row),
    ...attackLines(result, paint, row),
    ...unjudgedLines(result).flatMap((line) => long('  ', line)),
    ...(unjudgedZones.length === 0 ? [] : long('  ', `not driven: zones ${unjudgedZones.join(', ')}`)),
    ...(result.probes ?? []).flatMap((probe) =>
      probeLines(probe, width).map((line) => (probe.ok ? paint.green(line) : paint.red(line))),
    ),
    ...examples.slice(0, MOST_EXAMPLES).flatMap((example) => long('  - ', example)),
    ...(more > 0 ? [row(`    … and ${count(more)} more in the result file`)] : []),
    ...result.thresholds.map(({ expression, actual, ok }) => {
      const figure = actual === null ? 'not measured' : String(Number(actual.toPrecision(4)));
      const line = row(`  ${ok ? 'met    ' : 'NOT MET'}  ${fit(printable(expression), 40).padEnd(30)} ${figure}`);
      return ok ? paint.green(line) : paint.red(line);
    }),
    ...result.invalidBecause.flatMap((reason) => long('  INVALID: ', reason)).map(paint.red),
    ...verdictLines(result, paint, width),
  ];
}

function whatItWas(result: RunResult): string[] {
  const { scenario, readers, rate, durationMs, warmUpMs, shard, startedAt, target, seed } = result;
  const part = shard === undefined ? '' : shard === 'merged' ? ', merged' : `, shard ${printable(shard)}`;
  return [
    `${printable(scenario)}: ${count(readers)} readers, target ${count(rate)} swipes/s, ${clock(durationMs)}${part}`,
    `  ${printable(startedAt).replace(/\.\d+Z$/, 'Z')}, seed ${seed}, ${printable(target)}`,
    ...(warmUpMs === 0 ? [] : [`  after ${warmUpMs / 1_000} s of warm-up (swipes counted, not timed)`]),
  ];
}

/** Two rows per latency: from due (free of coordinated omission), and from send (only the gateway's time). */
function latencyLines({ ack, decision }: RunResult): string[] {
  if (ack.fromDue.count === 0) return [];
  const line = (name: string, values: readonly string[]) =>
    `  ${name.padEnd(22)}${values.map((value) => value.padStart(10)).join('')}`;
  const row = (name: string, { p50, p90, p99, p999, max }: LatencyResult) =>
    line(name, [p50, p90, p99, p999, max].map(latency));
  return [
    line('', ['p50', 'p90', 'p99', 'p99.9', 'max']),
    row('durable, from due', ack.fromDue),
    row('durable, from send', ack.fromSend),
    ...(decision.fromDue.count === 0
      ? []
      : [row('decision, from due', decision.fromDue), row('decision, from send', decision.fromSend)]),
  ];
}

function problemLines({ problems }: RunResult): string[] {
  const all = Object.entries(problems).sort(([, n], [, m]) => m - n);
  const more = all.length - MOST_PROBLEMS;
  return [
    ...all.slice(0, MOST_PROBLEMS).map(([problem, n]) => accountRow(`  ${printable(problem)}`, n)),
    ...(more > 0 ? [`    … and ${count(more)} more kinds in the result file`] : []),
  ];
}

function attackLines({ attacks = {} }: RunResult, { red }: Ink, row: (text: string) => string): string[] {
  return Object.entries(attacks).map(([kind, { sent, repelled }]) => {
    const line = row(`${accountRow(`hostile: ${printable(kind)}`, sent)}   repelled ${count(repelled)}`);
    return sent === repelled ? line : red(line);
  });
}

function verdictLines(result: RunResult, { red, green }: Ink, width: number): string[] {
  const { ok, valid, thresholds } = result;
  const highest = highestRate(result);
  const say = (color: (text: string) => string, text: string) => wrapped(text, { first: '', width }).map(color);
  if (highest !== undefined && highest > 0 && ok)
    return say(green, `The highest rate that holds is ${count(highest)} swipes/s.`);
  if (ok) return say(green, 'Every accepted swipe has exactly one correct decision.');
  if (highest === 0) return say(red, 'NOT FOUND: none of the tried rates holds.');
  if (!valid) return say(red, 'INVALID: the figures are not reliable; see the reasons above.');
  if (thresholds.some((threshold) => !threshold.ok)) return say(red, 'NOT MET: at least one threshold; see above.');
  return say(red, 'NOT SOUND: see the counts above.');
}

/** Formats a rate that a search tried, and why it failed, in at most `width` columns. */
export function probeLines({ rate, ok, acceptedPerSecond, ackP99, decisionP99, because }: Probe, width = 80): string[] {
  const figures = `${count(acceptedPerSecond)}/s accepted, p99 durable ${latency(ackP99)}, decided ${latency(decisionP99)}`;
  return [
    fit(`  ${count(rate, 9)}/s ${ok ? 'holds' : 'fails'}  ${figures}`, width),
    ...because.flatMap((reason) => wrapped(printable(reason), { first: '      ', width })),
  ];
}

/** Reports the number of swipes that could not be judged, if any. */
export function unjudgedLines({ unjudged = 0 }: Pick<RunResult, 'unjudged'>): string[] {
  if (unjudged === 0) return [];
  const swipes = unjudged === 1 ? '1 swipe was' : `${unjudged} swipes were`;
  return [`${swipes} not judged: the back office changed data, or no answer came.`];
}
