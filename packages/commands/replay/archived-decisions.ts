import { CHECK_TENANT, compile, Decision, type SwipeRecord } from '@swipegate/contract';
import { cardKeyOf } from '@swipegate/lambdas/decide/records/keys';
import type { History } from '@swipegate/lambdas/decide/rules/history';
import type { Verdict } from '@swipegate/lambdas/decide/rules/rules';
import type { ObjectStore } from '@swipegate/lambdas/stores/archive/object-store';
import { type Days, readArchive } from '@swipegate/lambdas/stores/archive/read-archive';

/** Inputs of `isMove`, as far as a decision carries them. */
export interface DecidedSwipe {
  swipe: SwipeRecord;
  history: History | undefined;
  verdict: Verdict;
}

/** A decision and its place in time among those of other cards, ms since the epoch. */
export interface Ordered {
  decision: Decision;
  turnMs: number;
}

const isDecision = compile(Decision);

/** Yields the archived decisions but those of `swipegate check`, each at least once, in no order. @param onUnreadable called for each other line */
export async function* archivedDecisions(
  store: ObjectStore,
  days: Days,
  onUnreadable: () => void,
): AsyncGenerator<Decision> {
  for await (const value of readArchive(store, 'decisions', days)) {
    if (!isDecision(value)) onUnreadable();
    else if (value.tenantId !== CHECK_TENANT) yield value;
  }
}

/** Restores the swipe from its decision, with the `direction` that the rules determined. */
export function decidedSwipe(decision: Decision): DecidedSwipe {
  const { tenantId, swipeId, readerId, cardId, readAt, receivedAt, direction, duress, offlineOutcome } = decision;
  const { outcome, reason, timeBasis, repeatOf } = decision;
  const swipe: SwipeRecord = { tenantId, swipeId, readerId, cardId, readAt, receivedAt, direction };
  if (duress !== undefined) swipe.duress = duress;
  if (offlineOutcome !== undefined) swipe.offlineOutcome = offlineOutcome;
  return {
    swipe,
    history: outcome !== 'recorded' ? undefined : offlineOutcome === undefined ? 'late' : 'offline',
    verdict: {
      outcome,
      reason,
      direction,
      timeBasis,
      atMs: ruledAtMs(decision),
      ...(repeatOf === undefined ? {} : { repeatOf }),
    },
  };
}

/** The time that the rules used, ms since the epoch. */
export function ruledAtMs({ timeBasis, readAt, receivedAt }: Decision): number {
  return Date.parse(timeBasis === 'readAt' ? readAt : receivedAt);
}

/**
 * Sorts decisions in the order in which they were made. For one card, that is the order of the stream. Across cards it
 * is `decidedAt`, because the stream does not order shards among each other. Clocks differ, so the stream's order takes
 * precedence.
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
