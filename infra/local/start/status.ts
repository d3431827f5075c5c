import { outcomeLines } from '@swipegate/simulator/report/lines/outcome-lines';
import { clock, count, ms, perSecond, sum } from '@swipegate/terminal/figures';
import { fit } from '@swipegate/terminal/fit';
import { type Ink, ink } from '@swipegate/terminal/ink';

/** State of a run at one moment, for display. */
export interface StatusView {
  /** Time since the run began, ms. */
  elapsedMs: number;
  durationMs: number | undefined;
  /** Virtual readers and their target rate, swipes/s; undefined with --no-simulator. */
  simulated: { readers: number; rate: number } | undefined;
  /** False while the gateway does not answer; the figures are then the last known ones. */
  gatewayAnswers: boolean;
  acceptedPerSecond: number;
  decidedPerSecond: number;
  accepted: number;
  granted: Record<string, number>;
  denied: Record<string, number>;
  recorded: Record<string, number>;
  p50Ms: number | undefined;
  p99Ms: number | undefined;
  /** Accepted minus decided. Without virtual readers this includes swipes that were posted twice. */
  inFlight: number;
  /** Accepted swipes whose decision is late or lost. Undefined without virtual readers: no one tracks each swipe. */
  overdue: number | undefined;
}

export interface StatusStyle {
  color: boolean;
  /** Width and height of the terminal. */
  columns: number;
  rows: number;
}

const WIDEST = 78;

/** Live status, one element per line. Fits the terminal's columns (at most 78) and rows. */
export function statusLines(view: StatusView, style: StatusStyle): string[] {
  const paint = ink(style.color);
  const width = Math.min(WIDEST, style.columns - 1);
  const decided = sum(view.granted) + sum(view.denied) + sum(view.recorded);
  const head = [
    paint.bold(fit(title(view), width)),
    fit(`  accepted ${perSecond(view.acceptedPerSecond)} ${count(view.accepted, 15)}`, width),
    fit(`  decided  ${perSecond(view.decidedPerSecond)} ${count(decided, 15)}`, width),
    fit(`  swipe to decision   p50 ${ms(view.p50Ms)}   p99 ${ms(view.p99Ms)}`, width),
    alarm(view, paint, width),
  ];
  const tail = [paint.dim(fit('Ctrl-C stops everything and reconciles every swipe.', width))];
  const room = Math.max(0, style.rows - 1 - head.length - tail.length);
  return [...head, ...outcomeLines(view, paint, { width, room }), ...tail];
}

/** Status in one line, for a log or a pipe. */
export function statusLine(view: StatusView): string {
  const granted = sum(view.granted);
  const denied = sum(view.denied);
  const recorded = sum(view.recorded);
  return [
    clock(view.elapsedMs),
    `accepted ${view.accepted} (${view.acceptedPerSecond.toFixed(0)}/s)`,
    `decided ${granted + denied + recorded} (${granted} granted, ${denied} denied${recorded > 0 ? `, ${recorded} recorded` : ''})`,
    `p50 ${ms(view.p50Ms).trim()} p99 ${ms(view.p99Ms).trim()}`,
    `${inFlightLabel(view)} ${view.inFlight}`,
    ...(view.overdue === undefined ? [] : [`overdue ${view.overdue}`]),
    ...(view.gatewayAnswers ? [] : ['GATEWAY NOT RESPONDING']),
  ].join('  ');
}

function title({ elapsedMs, durationMs, simulated }: StatusView): string {
  const time = durationMs === undefined ? clock(elapsedMs) : `${clock(elapsedMs)} of ${clock(durationMs)}`;
  const who =
    simulated === undefined
      ? 'waiting for your readers'
      : `${simulated.readers} virtual readers, target ${simulated.rate} swipes/s`;
  return `Swipegate ${time}   ${who}`;
}

function alarm(view: StatusView, paint: Ink, width: number): string {
  if (!view.gatewayAnswers) return paint.red(fit('  gateway not responding; showing its last figures', width));
  const flight = `  ${inFlightLabel(view)} ${count(view.inFlight, 6)}`;
  if (view.overdue === undefined) return fit(flight, width);
  const text = fit(`${flight}   lost or overdue ${count(view.overdue, 6)}`, width);
  return view.overdue > 0 ? paint.red(text) : text;
}

/** Without virtual readers only totals are known: a swipe posted twice looks like one still in flight. */
function inFlightLabel({ overdue }: StatusView): string {
  return overdue === undefined ? 'in flight or posted twice' : 'in flight';
}
