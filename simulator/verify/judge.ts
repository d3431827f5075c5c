import type { AccessEvent, Decision, Swipe } from '@swipegate/contract';
import type { AcceptedSwipe } from './accepted-swipe.js';

/** `LATE_AFTER_MS` of the decision function, by default: a swipe that reached the stream later than this is history. */
const LATE_AFTER_MS = 60_000;
/** Of these it is where the holder is that says which. */
const HANGS_ON_PLACE: ReadonlySet<AccessEvent> = new Set(['granted', 'passback-detected', 'denied-passback']);

/**
 * Holds decisions against what the oracle expected when the swipes were made; a card's in their order.
 *
 * The oracle cannot know that a swipe will wait on a gateway's disk until it is history, which opens no door. The holder is
 * then somewhere else than it believes, and until both agree again on a move, what hangs on their place is not judged.
 */
export class Judge {
  readonly #astray = new Set<string>();

  /** What is wrong with a decision, in words. */
  errorOf({ swipe, expected }: Pick<AcceptedSwipe, 'swipe' | 'expected'>, decision: Decision): string | undefined {
    const late = isLateHistory(swipe, decision);
    const error = this.#wrongAnswer(swipe.cardId, expected, decision, late) ?? wrongCopy(swipe, expected, decision);
    const moved =
      expected.outcome === 'granted' && (late ? decision.direction === 'out' : decision.outcome === 'granted');
    if (moved) this.#astray.delete(swipe.cardId);
    else if (late && expected.outcome === 'granted') this.#astray.add(swipe.cardId);
    return error;
  }

  #wrongAnswer(
    cardId: string,
    expected: AcceptedSwipe['expected'],
    { outcome, reason }: Decision,
    late: boolean,
  ): string | undefined {
    const open = this.#astray.has(cardId) && HANGS_ON_PLACE.has(expected.reason) && HANGS_ON_PLACE.has(reason);
    const right = open ? reason : expected.reason;
    const byReason = right.startsWith('denied') ? 'denied' : 'granted';
    const due = late ? 'recorded' : open ? byReason : expected.outcome;
    if (outcome !== due) return `outcome is ${outcome}, must be ${due}`;
    return reason === right ? undefined : `reason is ${reason}, must be ${right}`;
  }
}

/** Whether a decision calls a swipe late, and it may have been: it waited that long, at least until it was decided. */
function isLateHistory({ offlineOutcome }: Swipe, { outcome, receivedAt, decidedAt }: Decision): boolean {
  if (offlineOutcome !== undefined || outcome !== 'recorded') return false;
  return Date.parse(decidedAt) - Date.parse(receivedAt) > LATE_AFTER_MS;
}

function wrongCopy(swipe: Swipe, { direction }: AcceptedSwipe['expected'], decision: Decision): string | undefined {
  if (decision.direction !== direction) return `direction is ${decision.direction}, must be ${direction}`;
  for (const name of ['cardId', 'readerId', 'readAt', 'offlineOutcome'] as const) {
    if (decision[name] !== swipe[name]) return `${name} is ${decision[name]}, was sent as ${swipe[name]}`;
  }
  if ((decision.duress === true) !== (swipe.duress === true)) {
    return `duress is ${decision.duress}, was sent as ${swipe.duress}`;
  }
  return undefined;
}
