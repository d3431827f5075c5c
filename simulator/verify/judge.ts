import type { AccessEvent, Decision, Swipe } from '@swipegate/contract';
import type { AcceptedSwipe } from './accepted-swipe.js';
import type { Expectation, PastAnswer } from './oracle.js';

/** Default `LATE_AFTER_MS` of the decision function: a swipe that reaches the stream later is only recorded. */
const LATE_AFTER_MS = 60_000;
/** Default `REPEAT_WINDOW_MS` of the decision function. */
const REPEAT_WINDOW_MS = 5_000;
/** Reasons that depend on where the cardholder is. */
const PLACE_REASONS: ReadonlySet<AccessEvent> = new Set(['granted', 'passback-detected', 'denied-passback']);

/**
 * Compares decisions with the oracle's expectations. Takes the decisions of a card in order. The oracle cannot foresee
 * that a swipe waits in a spool until it is too late, or which of two clocks is ahead. From then on, reasons that depend
 * on the place are not judged, until both agree on a later move.
 */
export class Judge {
  /** cardIds of cardholders whose place is uncertain. */
  readonly #astray = new Set<string>();
  /** By cardId, the swipe whose answer the last swipe got: its own, or that of a swipe before the run that it repeats. */
  readonly #answered = new Map<string, { swipeId: string; answer: PastAnswer | undefined }>();

  /** @param answersBefore last answers before the run by cardId, which a swipe right at the start may repeat */
  constructor(answersBefore: ReadonlyMap<string, PastAnswer> = new Map()) {
    for (const [cardId, answer] of answersBefore) {
      this.#answered.set(cardId, { swipeId: answer.repeatOf ?? answer.swipeId, answer });
    }
  }

  /** Describes what is wrong with a decision; undefined if it is right. */
  errorOf(accepted: Pick<AcceptedSwipe, 'swipe' | 'expected'>, decision: Decision): string | undefined {
    const { swipe } = accepted;
    const expected = this.#unforeseenRepeat(decision) ?? accepted.expected;
    const late = isLateHistory(swipe, decision);
    const error =
      this.#wrongAnswer(swipe.cardId, expected, decision, late) ??
      this.#wrongRepeat(swipe, expected, decision) ??
      wrongCopy(swipe, expected, decision);
    const moved =
      expected.outcome === 'granted' && (late ? decision.direction === 'out' : decision.outcome === 'granted');
    if (expected.isDoubtful === true) this.#astray.add(swipe.cardId);
    else if (moved) this.#astray.delete(swipe.cardId);
    else if (late && expected.outcome === 'granted') this.#astray.add(swipe.cardId);
    return error;
  }

  /**
   * A repeat goes by the gateway's clock, too, and only decisions have that time. The oracle knows the reader's, which is
   * earlier if a swipe is posted more than once. @returns what a repeat must be, if the answer is this recent
   */
  #unforeseenRepeat({ repeatOf, cardId, readerId, direction, receivedAt, duress }: Decision): Expectation | undefined {
    const { answer } = this.#answered.get(cardId) ?? {};
    if (repeatOf === undefined || answer?.swipeId !== repeatOf) return undefined;
    const { outcome, reason } = answer;
    const apartMs = Math.abs(Date.parse(receivedAt) - Date.parse(answer.receivedAt));
    const isRecent = answer.readerId === readerId && answer.direction === direction && apartMs < REPEAT_WINDOW_MS;
    if (!isRecent || outcome === 'recorded') return undefined;
    const opening = duress === true ? 'duress' : reason === 'passback-detected' ? reason : 'granted';
    return { outcome, reason: outcome === 'granted' ? opening : reason, direction, repeatOf };
  }

  /** The oracle cannot foresee that an answer comes too late to be repeated, so a missing `repeatOf` is no error. */
  #wrongRepeat({ swipeId, cardId }: Swipe, expected: Expectation, decision: Decision): string | undefined {
    const { repeatOf } = decision;
    if (repeatOf === undefined) this.#answered.set(cardId, { swipeId, answer: decision });
    else if (expected.repeatOf === undefined) this.#answered.set(cardId, { swipeId: repeatOf, answer: undefined });
    if (expected.repeatOf === undefined || repeatOf === undefined) return undefined;
    const answered = this.#answered.get(cardId)?.swipeId ?? expected.repeatOf;
    return repeatOf === answered ? undefined : `repeatOf is ${repeatOf}, must be ${answered}`;
  }

  #wrongAnswer(cardId: string, expected: Expectation, { outcome, reason }: Decision, late: boolean) {
    const open = this.#astray.has(cardId) && PLACE_REASONS.has(expected.reason) && PLACE_REASONS.has(reason);
    const right = open ? reason : expected.reason;
    const byReason = right.startsWith('denied') ? 'denied' : 'granted';
    const isHistory = late || expected.outcome === 'recorded';
    const due = isHistory ? 'recorded' : open ? byReason : expected.outcome;
    if (outcome !== due) return `outcome is ${outcome} (${reason}), must be ${due} (${right})`;
    return reason === right ? undefined : `reason is ${reason}, must be ${right}`;
  }
}

/** Whether a decision records a swipe as late, and rightly so: more than LATE_AFTER_MS passed from receipt to decision. */
function isLateHistory({ offlineOutcome }: Swipe, { outcome, receivedAt, decidedAt }: Decision): boolean {
  if (offlineOutcome !== undefined || outcome !== 'recorded') return false;
  return Date.parse(decidedAt) - Date.parse(receivedAt) > LATE_AFTER_MS;
}

function wrongCopy(swipe: Swipe, { direction }: Expectation, decision: Decision): string | undefined {
  if (decision.direction !== direction) return `direction is ${decision.direction}, must be ${direction}`;
  for (const name of ['cardId', 'readerId', 'readAt', 'offlineOutcome'] as const) {
    if (decision[name] !== swipe[name]) return `${name} is ${decision[name]}, was sent as ${swipe[name]}`;
  }
  if ((decision.duress === true) !== (swipe.duress === true)) {
    return `duress is ${decision.duress}, was sent as ${swipe.duress}`;
  }
  return undefined;
}
