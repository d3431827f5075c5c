import {
  type AccessEvent,
  type Decision,
  type Direction,
  instantMs,
  type Place,
  type SwipeRecord,
} from '@swipegate/contract';
import { ruledInstant } from './clock.js';
import type { History } from './history.js';

/** The last answer that a card got. The card's next swipe may repeat it: people tap twice, readers read twice. */
export interface Answer extends Pick<Decision, 'swipeId' | 'readerId' | 'direction'>, Repeating {
  offlineOutcome: Decision['offlineOutcome'] | undefined;
  /** Position of the card's holder before the swipe; undefined means outdoors. */
  inside: Place | undefined;
  /** The holder's place is unknown. */
  isLost: boolean;
  /** How long an answer is repeated, ms; 0: never. */
  windowMs: number;
}

/** Members of an answer that the decision on its repeat does not have. */
export interface Repeating extends Pick<Decision, 'outcome' | 'reason' | 'receivedAt'> {
  /** The time that the rules used, RFC 3339. */
  at: string;
}

/** An answer that a swipe repeats if the rules still give it. */
export interface Repeated {
  swipeId: string;
  reason: AccessEvent;
  /** Whether the answer moved the holder to where they are: the swipe is the same passage. */
  hasMoved: boolean;
}

/** A swipe that is not late reaches the gateway within this time, ms. Bounds the repeats of a reader with a stopped clock. */
const DELIVERY_MS = 60_000;

/**
 * Returns the answer of a card's last decision. A repeat has the times of its answer, so that repeats of repeats end
 * with the same window. @param repeating of the answer that `decision` repeats, from the card's row
 */
export function answerOf(
  decision: Decision,
  repeating: Repeating | undefined,
  now: Pick<Answer, 'inside' | 'isLost' | 'windowMs'>,
): Answer | undefined {
  const { repeatOf, swipeId, readerId, direction, offlineOutcome } = decision;
  const found = repeatOf === undefined ? repeatingOf(decision) : repeating;
  return found && { swipeId: repeatOf ?? swipeId, readerId, direction, offlineOutcome, ...found, ...now };
}

/** Returns the members of an answer that a card's row keeps while the last decision is a repeat. */
export function repeatingOf(answer: Decision | Answer): Repeating {
  const { outcome, reason, receivedAt } = answer;
  return { at: 'at' in answer ? answer.at : ruledInstant(answer, answer.timeBasis), receivedAt, outcome, reason };
}

/**
 * Returns the answer that a swipe repeats: of the same card, reader, direction and kind, a few seconds ago. A live swipe
 * came then if the reader's clock or the gateway's says so: one may be set in between, the other includes the network.
 */
export function repeatedAnswer(
  { readerId, offlineOutcome, receivedAt }: SwipeRecord,
  { history, direction, atMs }: { history: History | undefined; direction: Direction; atMs: number },
  answer: Answer | undefined,
): Repeated | undefined {
  if (answer === undefined) return undefined;
  const { swipeId, outcome, reason, windowMs } = answer;
  if (answer.readerId !== readerId || answer.direction !== direction) return undefined;
  if (answer.offlineOutcome !== offlineOutcome) return undefined;
  // History opened no door, so a person at the door now gets an answer of their own.
  if (history === undefined && outcome === 'recorded') return undefined;
  const isSoon = Math.abs(atMs - instantMs(answer.at)) < windowMs;
  const apartMs = Math.abs(instantMs(receivedAt) - instantMs(answer.receivedAt));
  const isSoonLive = apartMs < windowMs || (isSoon && apartMs <= windowMs + DELIVERY_MS);
  if (history === 'offline' ? !isSoon : !isSoonLive) return undefined;
  const moves = outcome === 'granted' || offlineOutcome === 'granted';
  const hasMoved = moves && hasLedTo(answer);
  // Something else has moved the holder since, or the answer came too late to move them.
  if (moves && !hasMoved && history !== 'late') return undefined;
  return { swipeId, reason, hasMoved };
}

/** Returns whether the holder is where the answer led. Another card or the back office may have moved them since. */
function hasLedTo({ swipeId, direction, inside, isLost }: Answer): boolean {
  return inside === undefined ? direction === 'out' && !isLost : inside.swipeId === swipeId;
}

const GRANTS: ReadonlySet<AccessEvent> = new Set(['granted', 'passback-detected', 'duress']);

/** Returns whether a reason opens the door. */
export function isGrant(reason: AccessEvent): boolean {
  return GRANTS.has(reason);
}

/**
 * Returns whether the rules still give the same answer. If not, the new one counts: a card may have been blocked. The
 * two-person rule asks for a card to be shown again, so that is never a repeat.
 */
export function isSameAnswer(reason: AccessEvent, before: AccessEvent): boolean {
  return isGrant(reason) ? isGrant(before) : reason === before && reason !== 'denied-no-accompaniment';
}
