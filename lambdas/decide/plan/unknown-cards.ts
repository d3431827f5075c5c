import type { UnknownCardSeen } from '../stores/reader-contacts.js';
import type { CardPlan } from './card-draft.js';

/** Returns the unknown cards among swipes that were refused now; usually none, so nothing is allocated for a swipe. */
export function unknownCardsIn(plans: readonly Pick<CardPlan, 'missing' | 'swipes'>[]): UnknownCardSeen[] {
  const found: UnknownCardSeen[] = [];
  for (const { missing, swipes } of plans) {
    for (const { tenantId, readerId, cardId, swipeId, receivedAt: at, outcome, reason } of missing) {
      if (reason !== 'denied-unknown-credential' || outcome !== 'denied') continue;
      const { cardNumber } = swipes.find(({ swipe }) => swipe.swipeId === swipeId)?.swipe ?? {};
      found.push({ tenantId, readerId, cardId, swipeId, at, ...(cardNumber === undefined ? {} : { cardNumber }) });
    }
  }
  return found;
}
