import { ProblemError } from '@swipegate/http/problem-details';

/** The stored decision answers another reader's swipe: telling it here could open the wrong door. */
export function swipeIdReused(swipeId: string): ProblemError {
  return new ProblemError(
    'swipe-id-reused',
    `The swipeId ${swipeId} was already used at another reader. Make a new one for each swipe.`,
    { field: 'swipeId', reason: 'was already used at another reader' },
  );
}
