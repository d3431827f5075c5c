import type { RunResult } from './run-result.js';

/**
 * Mean swipes/s during the run, without the warm-up and without the time after the schedule; null for a duration of
 * 0.
 */
export function meanRate({ seconds, durationMs }: RunResult, of: 'due' | 'accepted'): number | null {
  if (durationMs <= 0) return null;
  const timed = seconds.filter(({ atSecond }) => atSecond >= 0 && atSecond * 1_000 < durationMs);
  return timed.reduce((sum, second) => sum + second[of], 0) / (durationMs / 1_000);
}

/** Highest rate of a search that held, swipes/s; 0 if none did. Undefined for other runs. */
export function highestRate({ probes }: RunResult): number | undefined {
  return probes?.filter(({ ok }) => ok).reduce((most, { rate }) => Math.max(most, rate), 0);
}
