import { setTimeout as delay } from 'node:timers/promises';

export interface ArrivalOptions {
  /** Mean arrivals a second. */
  ratePerSecond: number;
  /** Over this long the rate rises from little to the whole, ms. */
  rampUpMs: number;
  /** [0, 1) */
  random(): number;
  signal: AbortSignal;
  /** Told of each arrival, with the moment at which it was due, ms of performance.now(). */
  onArrival(dueMs: number): void;
}

/** Share of the rate that a ramp begins with. */
const RAMP_FROM = 0.05;

/** How much the generator fell behind at worst, ms. */
export interface ArrivalResult {
  arrivals: number;
  worstDelayMs: number;
}

/**
 * An open model: people come when they come (Poisson), not when the gateway has answered the one before. An arrival that
 * this process is too busy to notice in time is still made, with the moment at which it was due: the waiting is counted.
 */
export async function arrive({
  ratePerSecond,
  rampUpMs,
  random,
  signal,
  onArrival,
}: ArrivalOptions): Promise<ArrivalResult> {
  const meanGapMs = 1_000 / ratePerSecond;
  let arrivals = 0;
  let worstDelayMs = 0;
  const startedMs = performance.now();
  let dueMs = startedMs;
  while (!signal.aborted) {
    const share = Math.min(1, Math.max(RAMP_FROM, rampUpMs === 0 ? 1 : (dueMs - startedMs) / rampUpMs));
    dueMs += (-Math.log(1 - random()) * meanGapMs) / share;
    const earlyMs = dueMs - performance.now();
    if (earlyMs > 0.5) await delay(earlyMs, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) break;
    worstDelayMs = Math.max(worstDelayMs, performance.now() - dueMs);
    arrivals += 1;
    onArrival(dueMs);
  }
  return { arrivals, worstDelayMs };
}
