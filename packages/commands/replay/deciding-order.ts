import type { Decision } from '@swipegate/contract';
import { cardKeyOf } from '@swipegate/lambdas/decide/stores/store';

/** A decision, and when in relation to those of other cards it was made, ms since the epoch. */
export interface Ordered {
  decision: Decision;
  turnMs: number;
}

/**
 * Decisions in the order in which they were made. Of one card that is their order in the stream. Between shards the stream says
 * nothing of it, and who comes first gets the last place in a zone: there the time of deciding says it. Functions' clocks
 * differ; a card's decisions are therefore not made before those that stand before them.
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
