import { setTimeout as delay } from 'node:timers/promises';
import { type Outcomes, outcomeLines } from '@swipegate/simulator/report/lines/live';
import type { Display } from '@swipegate/terminal/display';
import { clock, count, ms, perSecond, sum } from '@swipegate/terminal/figures';
import { fit } from '@swipegate/terminal/fit';
import { type Ink, ink } from '@swipegate/terminal/ink';
import { type GatewayTotals, readTotals, scrape } from '../metrics/scrape.js';

interface WatchOptions {
  display: Display;
  color: boolean;
  gatewayUrl: string;
  durationMs: number | undefined;
  simulated(): SimulatedNow | undefined;
  /** Number of lines printed last that a live display must leave visible. */
  keepLines: number;
  signal: AbortSignal;
}

const REDRAW_MS = 1_000;
/** In a log or a pipe, prints a line every so many rounds. */
const LINE_EVERY = 5;

/** Shows the status until the signal aborts. Never rejects. @returns the gateway's last figures */
export async function watchStatus(options: WatchOptions): Promise<GatewayTotals | undefined> {
  const { display, signal } = options;
  const feed = new StatusFeed(performance.now(), options.durationMs);
  let last: GatewayTotals | undefined;
  for (let round = 1; !signal.aborted; round++) {
    await delay(REDRAW_MS, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) break;
    const totals = await scrape(options.gatewayUrl);
    const view = feed.view({ atMs: performance.now(), totals, simulated: options.simulated() });
    last = totals ?? last;
    if (display.live) {
      const { columns, rows } = display.size;
      display.draw(statusLines(view, { color: options.color, columns, rows: rows - options.keepLines }));
    } else if (round % LINE_EVERY === 0) {
      display.say(statusLine(view));
    }
  }
  return (await scrape(options.gatewayUrl)) ?? last;
}

/** Figures of the virtual readers' own swipes; undefined before the first observation. */
export interface SimulatedNow {
  readers: number;
  rate: number;
  p50Ms: number | undefined;
  p99Ms: number | undefined;
  inFlight: number;
  overdue: number;
}

interface Observation {
  /** Monotonic, ms. */
  atMs: number;
  /** Undefined when the gateway did not answer. */
  totals: GatewayTotals | undefined;
  simulated: SimulatedNow | undefined;
}

const NOTHING = readTotals('');
/** Window of the rates, ms. A shorter one would make low rates flicker. */
const RATE_WINDOW_MS = 5_000;

/** Turns successive observations into the status. Totals are the gateway's, so they include swipes posted by hand. */
export class StatusFeed {
  readonly #startedAtMs: number;
  readonly #durationMs: number | undefined;
  readonly #window: { atMs: number; totals: GatewayTotals }[];

  constructor(startedAtMs: number, durationMs: number | undefined) {
    this.#startedAtMs = startedAtMs;
    this.#durationMs = durationMs;
    this.#window = [{ atMs: startedAtMs, totals: NOTHING }];
  }

  view({ atMs, totals, simulated }: Observation): StatusView {
    if (totals !== undefined) this.#window.push({ atMs, totals });
    while (this.#window.length > 2 && (this.#window[1]?.atMs ?? atMs) <= atMs - RATE_WINDOW_MS) this.#window.shift();
    const [first = { atMs: 0, totals: NOTHING }] = this.#window;
    const { atMs: lastAtMs, totals: now } = this.#window.at(-1) ?? first;
    const before = first.totals;
    const seconds = Math.max(1, lastAtMs - first.atMs) / 1000;
    const perSecond = (after: number, earlier: number) =>
      totals === undefined ? 0 : Math.max(0, after - earlier) / seconds;
    return {
      elapsedMs: atMs - this.#startedAtMs,
      durationMs: this.#durationMs,
      simulated: simulated && { readers: simulated.readers, rate: simulated.rate },
      gatewayAnswers: totals !== undefined,
      acceptedPerSecond: perSecond(now.accepted, before.accepted),
      decidedPerSecond: perSecond(decided(now), decided(before)),
      accepted: now.accepted,
      granted: now.granted,
      denied: now.denied,
      recorded: now.recorded,
      p50Ms: simulated === undefined ? now.decisionP50Ms : simulated.p50Ms,
      p99Ms: simulated === undefined ? now.decisionP99Ms : simulated.p99Ms,
      // Never below 0: the counters are not read at the same instant, so a decision may show up before its swipe.
      inFlight: simulated?.inFlight ?? Math.max(0, now.accepted - decided(now)),
      overdue: simulated?.overdue,
    };
  }
}

function decided({ granted, denied, recorded }: Outcomes): number {
  return sum(granted) + sum(denied) + sum(recorded);
}

/** State of a run at one moment, for display. */
export interface StatusView extends Outcomes {
  elapsedMs: number;
  durationMs: number | undefined;
  /** Virtual readers and their target rate, swipes/s; undefined with --no-simulator. */
  simulated: { readers: number; rate: number } | undefined;
  /** False while the gateway does not answer; the figures are then the last known ones. */
  gatewayAnswers: boolean;
  acceptedPerSecond: number;
  decidedPerSecond: number;
  accepted: number;
  p50Ms: number | undefined;
  p99Ms: number | undefined;
  /** Accepted minus decided. Without virtual readers this includes swipes that were posted twice. */
  inFlight: number;
  /** Accepted swipes whose decision is late or lost. Undefined without virtual readers: no one tracks each swipe. */
  overdue: number | undefined;
}

interface StatusStyle {
  color: boolean;
  columns: number;
  rows: number;
}

const WIDEST = 78;

/** Live status, one element per line. Fits the terminal's columns (at most 78) and rows. */
export function statusLines(view: StatusView, style: StatusStyle): string[] {
  const paint = ink(style.color);
  const width = Math.min(WIDEST, style.columns - 1);
  const head = [
    paint.bold(fit(title(view), width)),
    fit(`  accepted ${perSecond(view.acceptedPerSecond)} ${count(view.accepted, 15)}`, width),
    fit(`  decided  ${perSecond(view.decidedPerSecond)} ${count(decided(view), 15)}`, width),
    fit(`  swipe to decision   p50 ${ms(view.p50Ms)}   p99 ${ms(view.p99Ms)}`, width),
    alarm(view, paint, width),
  ];
  const tail = [paint.dim(fit('Ctrl-C stops everything and reconciles every swipe.', width))];
  const room = Math.max(0, style.rows - 1 - head.length - tail.length);
  return [...head, ...outcomeLines(view, paint, { width, room }), ...tail];
}

/** Formats the status as one line, for a log or a pipe. */
export function statusLine(view: StatusView): string {
  const recorded = sum(view.recorded);
  return [
    clock(view.elapsedMs),
    `accepted ${view.accepted} (${view.acceptedPerSecond.toFixed(0)}/s)`,
    `decided ${decided(view)} (${sum(view.granted)} granted, ${sum(view.denied)} denied${recorded > 0 ? `, ${recorded} recorded` : ''})`,
    `p50 ${ms(view.p50Ms).trim()} p99 ${ms(view.p99Ms).trim()}`,
    `${inFlightLabel(view)} ${view.inFlight}`,
    ...(view.overdue === undefined ? [] : [`overdue ${view.overdue}`]),
    ...(view.gatewayAnswers ? [] : ['GATEWAY NOT RESPONDING']),
  ].join('  ');
}

function title({ elapsedMs, durationMs, simulated }: StatusView): string {
  const time = durationMs === undefined ? clock(elapsedMs) : `${clock(elapsedMs)} of ${clock(durationMs)}`;
  if (simulated === undefined) return `Swipegate ${time}   waiting for your readers`;
  return `Swipegate ${time}   ${simulated.readers} virtual readers, target ${simulated.rate} swipes/s`;
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
