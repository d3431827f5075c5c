import type { Decision } from '@swipegate/contract';
import { cardKeyOf } from '@swipegate/lambdas/decide/stores/store';

/** A decision and its place in time among those of other cards, ms since the epoch. */
export interface Ordered {
  decision: Decision;
  turnMs: number;
}

/**
 * Sorts decisions in the order in which they were made. For one card that is the order of the stream. The stream does
 * not order shards among each other, but the last place in a zone goes to the first: `decidedAt` orders them there.
 * The clocks of functions differ, so a card's decision never sorts before an earlier one of the same card.
 */
export function inDecidingOrder(decisions: Iterable<Decision>): Ordered[] {
  const latest = new Map<string, number>();
  const ordered = Array.from(decisions)
    .sort(bySequence)
    .map((decision): Ordered => {
      const cardKey = cardKeyOf(decision);
      const turnMs = Math.max(Date.parse(decision.decidedAt), latest.get(cardKey) ?? Number.NEGATIVE_INFINITY);
      latest.set(cardKey, turnMs);
      return { decision, turnMs };
    });
  return ordered.sort((a, b) => a.turnMs - b.turnMs || bySequence(a.decision, b.decision));
}

function bySequence(a: Decision, b: Decision): number {
  return a.sequence < b.sequence ? -1 : a.sequence > b.sequence ? 1 : 0;
}
