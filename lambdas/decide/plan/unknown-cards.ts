import type { UnknownCardSeen } from '../stores/reader-contacts.js';
import type { CardPlan } from './card-draft.js';

/** Returns the unknown cards among swipes that were refused now; usually none. */
export function unknownCardsIn({ missing, swipes }: Pick<CardPlan, 'missing' | 'swipes'>): UnknownCardSeen[] {
  return missing.flatMap(({ tenantId, readerId, cardId, swipeId, receivedAt: at, outcome, reason }) => {
    if (reason !== 'denied-unknown-credential' || outcome !== 'denied') return [];
    const { cardNumber } = swipes.find(({ swipe }) => swipe.swipeId === swipeId)?.swipe ?? {};
    return [{ tenantId, readerId, cardId, swipeId, at, ...(cardNumber === undefined ? {} : { cardNumber }) }];
  });
}
