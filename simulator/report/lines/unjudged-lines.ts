import type { RunResult } from '../result/run-result.js';

/** Says that not all swipes could be judged, where that is so. */
export function unjudgedLines({ unjudged = 0 }: Pick<RunResult, 'unjudged'>): string[] {
  if (unjudged === 0) return [];
  const swipes = unjudged === 1 ? '1 swipe was' : `${unjudged} swipes were`;
  return [`${swipes} not judged: the back office changed what they hang on.`];
}
