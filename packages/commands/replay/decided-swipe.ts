import type { Decision, SwipeRecord } from '@swipegate/contract';
import type { Verdict } from '@swipegate/lambdas/decide/rules/rules';
import type { History } from '@swipegate/lambdas/stores/presence/history';

/** What decide knew of a decision when it asked whether the holder had moved; what of it a decision carries. */
export interface DecidedSwipe {
  swipe: SwipeRecord;
  history: History | undefined;
  verdict: Verdict;
}

/** The swipe that a decision answers. Of its `direction` it knows only what the rules made of it. */
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

/** The instant that the rules went by, ms since the epoch. */
export function ruledAtMs({ timeBasis, readAt, receivedAt }: Decision): number {
  return Date.parse(timeBasis === 'readAt' ? readAt : receivedAt);
}
