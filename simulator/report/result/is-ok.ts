import type { RunResult } from './run-result.js';

/**
 * Whether a run may be called good: its figures are to be believed, virtual readers, who post nothing but valid swipes, were
 * all answered, no accepted swipe met a fault, every hostile post was repelled, and every threshold is met.
 */
export function isOk(result: Omit<RunResult, 'ok'>): boolean {
  const { valid, counts, faults, thresholds, attacks = {} } = result;
  return (
    valid &&
    counts.accepted > 0 &&
    counts.refused + counts.unanswered === 0 &&
    Object.values(faults).every((count) => count === 0) &&
    Object.values(attacks).every(({ sent, repelled }) => sent === repelled) &&
    thresholds.every(({ ok }) => ok)
  );
}
