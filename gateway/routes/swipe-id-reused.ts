import { ProblemError } from '@swipegate/http/problem-details';

/** The stored decision belongs to another reader's swipe; returning it here could open the wrong door. */
export function swipeIdReused(swipeId: string): ProblemError {
  return new ProblemError(
    'swipe-id-reused',
    `The swipeId ${swipeId} was already used at another reader. Use a new swipeId for each swipe.`,
    { field: 'swipeId', reason: 'was already used at another reader' },
  );
}
