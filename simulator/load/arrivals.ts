import { setTimeout as delay } from 'node:timers/promises';

export interface ArrivalOptions {
  /** Mean arrivals a second. */
  ratePerSecond: number;
  /** [0, 1) */
  random(): number;
  signal: AbortSignal;
  /** Told of each arrival, with the moment at which it was due, ms of performance.now(). */
  onArrival(dueMs: number): void;
}

/** How much the generator fell behind at worst, ms. */
export interface ArrivalResult {
  arrivals: number;
  worstDelayMs: number;
}

/**
 * An open model: people come when they come (Poisson), not when the gateway has answered the one before. An arrival that
 * this process is too busy to notice in time is still made, with the moment at which it was due: the waiting is counted.
 */
export async function arrive({ ratePerSecond, random, signal, onArrival }: ArrivalOptions): Promise<ArrivalResult> {
  const meanGapMs = 1_000 / ratePerSecond;
  let arrivals = 0;
  let worstDelayMs = 0;
  let dueMs = performance.now();
  while (!signal.aborted) {
    dueMs += -Math.log(1 - random()) * meanGapMs;
    const earlyMs = dueMs - performance.now();
    if (earlyMs > 0.5) await delay(earlyMs, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) break;
    worstDelayMs = Math.max(worstDelayMs, performance.now() - dueMs);
    arrivals += 1;
    onArrival(dueMs);
  }
  return { arrivals, worstDelayMs };
}
