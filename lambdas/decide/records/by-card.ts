import type { StreamSwipe } from './records.js';

/** Swipes of a batch by `cardKey`. Swipes are in stream order, cards in the order of their first swipe. */
export type ByCard = ReadonlyMap<string, readonly StreamSwipe[]>;

export function byCard(swipes: readonly StreamSwipe[]): ByCard {
  const cards = new Map<string, StreamSwipe[]>();
  for (const swipe of swipes) {
    const ofCard = cards.get(swipe.cardKey);
    if (ofCard === undefined) cards.set(swipe.cardKey, [swipe]);
    else ofCard.push(swipe);
  }
  return cards;
}
