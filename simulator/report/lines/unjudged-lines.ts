import type { RunResult } from '../result/run-result.js';

/** Reports the number of swipes that could not be judged, if any. */
export function unjudgedLines({ unjudged = 0 }: Pick<RunResult, 'unjudged'>): string[] {
  if (unjudged === 0) return [];
  const swipes = unjudged === 1 ? '1 swipe was' : `${unjudged} swipes were`;
  return [`${swipes} not judged: the back office changed data that they depend on.`];
}
