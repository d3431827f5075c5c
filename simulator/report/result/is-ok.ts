import type { RunResult } from './run-result.js';

/**
 * True for a good run: it is valid, swipes were accepted, all swipes of virtual readers (which are valid) were
 * accepted in the end, no swipe has a fault, every hostile post was repelled, and every threshold is met.
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
