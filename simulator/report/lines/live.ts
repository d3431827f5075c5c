import { clock, count, ms, perSecond, sum } from '@swipegate/terminal/figures';
import { fit, printable } from '@swipegate/terminal/fit';
import { type Ink, ink } from '@swipegate/terminal/ink';
import { sparkline } from '@swipegate/terminal/sparkline';

/** Percentiles in ms; null before the first measurement. */
export type LivePercentiles = Record<'p50' | 'p90' | 'p99' | 'p999', number | null>;

export interface LiveView {
  scenario: string;
  phase: 'warming up' | 'swiping' | 'settling' | 'reconciling';
  /** Time since the end of the warm-up, or during it since the start, ms. */
  elapsedMs: number;
  /** Duration of this phase, ms; undefined if it runs until Ctrl-C. */
  durationMs: number | undefined;
  readers: number;
  /** Current target rate, swipes/s. */
  rate: number;
  /** Rates over about the last second. */
  perSecond: { due: number; accepted: number; decided: number; errors: number };
  totals: { due: number; accepted: number; decided: number; errors: number; retries: number };
  inFlight: number;
  /** Accepted swipes that wait too long for a decision. */
  overdue: number;
  /** Maximum delay of the generator in about the last second, ms. */
  generatorDelayMs: number;
  invalidBecause: readonly string[];
  ack: LivePercentiles;
  decision: LivePercentiles;
  outcomes: Outcomes;
  /** Swipes accepted in each of the last 60 s, oldest first. */
  lastMinute: readonly number[];
}

interface LiveStyle {
  color: boolean;
  columns: number;
  rows: number;
}

const WIDEST = 78;
const SPARK_FROM = 19;

/** Lines of the live view: each narrower than the terminal, and fewer than its rows. */
export function liveLines(view: LiveView, style: LiveStyle): string[] {
  const { totals } = view;
  const paint = ink(style.color);
  const width = Math.max(0, Math.min(WIDEST, style.columns - 1));
  const rows = Math.max(0, style.rows - 1);
  const row = (color: (text: string) => string, text: string) => color(fit(text, width).trimEnd());
  const plain = (text: string) => text;
  const head = [
    row(paint.bold, title(view)),
    row(plain, bar(view, width)),
    ...(['due', 'accepted', 'decided'] as const).map((name) => row(plain, rateRow(view, name))),
    row(totals.errors > 0 ? paint.red : plain, `${rateRow(view, 'errors')}   retries ${count(totals.retries)}`),
    row(
      view.overdue > 0 ? paint.red : plain,
      `  in flight ${count(view.inFlight, 9)}   lost or overdue ${count(view.overdue, 6)}`,
    ),
    ...warnings(view, paint, width),
    row(plain, `  ${'accepted /s'.padEnd(SPARK_FROM - 2)}${spark(view, width)}`),
    row(paint.dim, `  ${''.padEnd(18)}${['p50', 'p90', 'p99', 'p99.9'].map((name) => name.padStart(10)).join('')}`),
    row(plain, percentileRow('swipe to durable', view.ack)),
    row(plain, percentileRow('swipe to decision', view.decision)),
  ];
  const room = rows - head.length;
  return [...head, ...outcomeLines(view.outcomes, paint, { width, room })].slice(0, rows);
}

/** The live view in one line, for a log or a pipe. */
export function liveLine(view: LiveView): string {
  const { outcomes, perSecond, totals } = view;
  return [
    clock(view.elapsedMs),
    ...(view.phase === 'swiping' ? [] : [view.phase]),
    `due ${totals.due}`,
    `accepted ${totals.accepted} (${perSecond.accepted.toFixed(0)}/s)`,
    `decided ${totals.decided} (${sum(outcomes.granted)} granted, ${sum(outcomes.denied)} denied)`,
    `errors ${totals.errors}`,
    `in flight ${view.inFlight}`,
    `overdue ${view.overdue}`,
    `durable p50 ${ms(view.ack.p50).trim()} p99 ${ms(view.ack.p99).trim()}`,
    `decision p50 ${ms(view.decision.p50).trim()} p99 ${ms(view.decision.p99).trim()}`,
    ...(view.invalidBecause.length === 0 ? [] : ['INVALID']),
  ].join('  ');
}

function title({ elapsedMs, durationMs, phase, scenario, readers, rate }: LiveView): string {
  const time = durationMs === undefined ? clock(elapsedMs) : `${clock(elapsedMs)} of ${clock(durationMs)}`;
  return `${printable(scenario)}  ${phase} ${time}   ${count(readers)} readers, target ${count(rate)}/s`;
}

function bar({ elapsedMs, durationMs }: LiveView, width: number): string {
  if (durationMs === undefined) return '  until Ctrl-C';
  const share = durationMs <= 0 ? 1 : Math.min(1, Math.max(0, elapsedMs / durationMs));
  const cells = Math.max(0, width - '  '.length - ' 100 %'.length);
  const full = Math.floor(cells * share);
  return `  ${'█'.repeat(full)}${'░'.repeat(cells - full)} ${Math.floor(100 * share)
    .toFixed(0)
    .padStart(3)} %`;
}

function rateRow(view: LiveView, name: keyof LiveView['perSecond']): string {
  return `  ${name.padEnd(9)}${perSecond(view.perSecond[name])} ${count(view.totals[name], 15)}`;
}

function percentileRow(name: string, { p50, p90, p99, p999 }: LivePercentiles): string {
  return `  ${name.padEnd(18)}${[p50, p90, p99, p999].map((value) => `  ${ms(value)}`).join('')}`;
}

function spark({ lastMinute }: LiveView, width: number): string {
  const most = `  max ${count(lastMinute.reduce((most, n) => Math.max(most, n), 0))}`;
  return `${sparkline(lastMinute, Math.min(60, width - SPARK_FROM - most.length))}${most}`;
}

/** Shows the generator's delay with the figures, because a late generator makes all of them doubtful. */
function warnings({ generatorDelayMs, invalidBecause }: LiveView, paint: Ink, width: number): string[] {
  if (invalidBecause.length > 0) {
    return invalidBecause.map((reason) => paint.red(fit(`  INVALID: ${printable(reason)}`, width)));
  }
  return [paint.dim(fit(`  generator late by ${ms(generatorDelayMs).trim()}`, width))];
}

type Reasons = Readonly<Record<string, number>>;
export type Outcomes = Record<'granted' | 'denied' | 'recorded', Reasons>;

const BAR = 13;

/** Formats outcomes with reasons, most frequent first: at most `room` lines of at most `width` columns. */
export function outcomeLines(
  outcomes: Outcomes,
  paint: Ink,
  { width, room }: { width: number; room: number },
): string[] {
  const all = sum(outcomes.granted) + sum(outcomes.denied) + sum(outcomes.recorded);
  const lines = [
    ...reasonLines('granted', paint.green, outcomes.granted, all, width),
    ...reasonLines('denied', paint.red, outcomes.denied, all, width),
    // Shown only if present. It is rare: readers were offline, or the spool covered an outage.
    ...(sum(outcomes.recorded) > 0 ? reasonLines('recorded', paint.dim, outcomes.recorded, all, width) : []),
  ];
  return folded(lines, room, width);
}

function reasonLines(
  outcome: string,
  color: (text: string) => string,
  reasons: Reasons,
  all: number,
  width: number,
): string[] {
  const total = sum(reasons);
  const share = (n: number) => (all === 0 ? 0 : n / all);
  const line = (name: string, n: number, mark: string) =>
    fit(`${name.padEnd(44)}${count(n, 11)} ${(100 * share(n)).toFixed(1).padStart(5)} %  ${mark}`, width).trimEnd();
  const rows = Object.entries(reasons)
    .filter(([reason]) => reason !== outcome)
    .sort(([a, n], [b, m]) => m - n || a.localeCompare(b))
    .map(([reason, n]) => line(`    ${printable(reason)}`, n, ''));
  return [color(line(`  ${outcome}`, total, '#'.repeat(Math.round(BAR * share(total))))), ...rows];
}

/** Cuts lines to `room`; the last one then gives the number of hidden lines. */
function folded(lines: string[], room: number, width: number): string[] {
  if (lines.length <= room) return lines;
  const shown = lines.slice(0, Math.max(0, room - 1));
  return room <= 0 ? [] : [...shown, fit(`    … and ${lines.length - shown.length} more lines`, width)];
}
