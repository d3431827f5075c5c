import { sum } from '@swipegate/terminal/figures';
import type { GatewayTotals } from '../metrics/prometheus-text.js';
import type { StatusView } from './status.js';

/** Figures of the virtual readers' own swipes; undefined before the first observation. */
export interface SimulatedNow {
  readers: number;
  rate: number;
  p50Ms: number | undefined;
  p99Ms: number | undefined;
  inFlight: number;
  overdue: number;
}

export interface Observation {
  /** Monotonic, ms. */
  atMs: number;
  /** Undefined when the gateway did not answer. */
  totals: GatewayTotals | undefined;
  simulated: SimulatedNow | undefined;
}

const NOTHING: GatewayTotals = {
  accepted: 0,
  granted: {},
  denied: {},
  recorded: {},
  ackP50Ms: undefined,
  ackP99Ms: undefined,
  decisionP50Ms: undefined,
  decisionP99Ms: undefined,
};
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
    const first = this.#window[0];
    const last = this.#window.at(-1);
    const now = last?.totals ?? NOTHING;
    const before = first?.totals ?? NOTHING;
    const seconds = Math.max(1, (last?.atMs ?? 0) - (first?.atMs ?? 0)) / 1000;
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

function decided({ granted, denied, recorded }: GatewayTotals): number {
  return sum(granted) + sum(denied) + sum(recorded);
}
