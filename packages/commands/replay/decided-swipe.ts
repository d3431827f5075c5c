import type { Decision, SwipeRecord } from '@swipegate/contract';
import type { Verdict } from '@swipegate/lambdas/decide/rules/rules';
import type { History } from '@swipegate/lambdas/stores/presence/history';

/** Inputs of `isMove`, as far as a decision carries them. */
export interface DecidedSwipe {
  swipe: SwipeRecord;
  history: History | undefined;
  verdict: Verdict;
}

/**
 * Restores the swipe from its decision. Its `direction` is the one that the rules determined, not necessarily the
 * posted one.
 */
export function decidedSwipe(decision: Decision): DecidedSwipe {
  const { tenantId, swipeId, readerId, cardId, readAt, receivedAt, direction, duress, offlineOutcome } = decision;
  const { outcome, reason, timeBasis } = decision;
  const swipe: SwipeRecord = {
    tenantId,
    swipeId,
    readerId,
    cardId,
    readAt,
    receivedAt,
    direction,
    ...(duress === undefined ? {} : { duress }),
    ...(offlineOutcome === undefined ? {} : { offlineOutcome }),
  };
  return {
    swipe,
    history: outcome !== 'recorded' ? undefined : offlineOutcome === undefined ? 'late' : 'offline',
    verdict: { outcome, reason, direction, timeBasis, atMs: ruledAtMs(decision) },
  };
}

/** The time that the rules used, ms since the epoch. */
export function ruledAtMs({ timeBasis, readAt, receivedAt }: Decision): number {
  return Date.parse(timeBasis === 'readAt' ? readAt : receivedAt);
}
