import type { RunResult } from './run-result.js';

/** Swipes/s over the run proper: neither the warm-up counts, nor what came when the schedule was over. Null when it had no time. */
export function meanRate({ seconds, durationMs }: RunResult, of: 'due' | 'accepted'): number | null {
  if (durationMs <= 0) return null;
  const timed = seconds.filter(({ atSecond }) => atSecond >= 0 && atSecond * 1_000 < durationMs);
  return timed.reduce((sum, second) => sum + second[of], 0) / (durationMs / 1_000);
}

/** Of a search: the highest rate that held, swipes/s; 0 where none did. Undefined for other runs. */
export function highestRate({ probes }: RunResult): number | undefined {
  return probes?.filter(({ ok }) => ok).reduce((most, { rate }) => Math.max(most, rate), 0);
}
