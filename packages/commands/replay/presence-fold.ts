import type { Decision, Place, Reader } from '@swipegate/contract';
import { cardKeyOf } from '@swipegate/lambdas/decide/stores/store';
import type { Placement } from '@swipegate/lambdas/stores/changes/placement';
import { isMove, type Presence, placeAfter, ruledAt } from '@swipegate/lambdas/stores/presence/presence';
import { decidedSwipe } from './decided-swipe.js';

/** What of a presence row follows from the archive. The rest is bookkeeping: version, outbox, when unknown cards expire. */
export type PlacedCard = Pick<Presence, 'cardKey' | 'sequence' | 'employeeId' | 'inside' | 'movedAt'>;

/** A reader as it was when it was swiped at; undefined: it was not known. */
export type ReaderOf = (decision: Decision) => Reader | undefined;

/** Something that happened to a card, in the order of the stream; placements come after the swipe of the same sequence. */
type Step =
  | { sequence: string; turn: 0; decision: Decision }
  | { sequence: string; turn: number; placement: Placement };

/**
 * Where every card's holder is after decisions that come in any order, and any number of times. In memory is, of each card, its
 * last grant and the history after it: a grant moves the holder whatever was before, so that nothing before it counts.
 */
export class PresenceFold {
  readonly #cards = new Map<string, CardSteps>();
  #turn = 0;

  /** Of placements with the same sequence, the one that is told later comes later. */
  place(placement: Placement): void {
    this.#turn += 1;
    this.#card(placement).add({ sequence: placement.afterSequence, turn: this.#turn, placement });
  }

  add(decision: Decision): void {
    this.#card(decision).add({ sequence: decision.sequence, turn: 0, decision });
  }

  /** Place in the stream of a card's last decision; empty: it has none. */
  lastOf(card: { tenantId: string; cardId: string }): string {
    return this.#cards.get(cardKeyOf(card))?.sequence ?? '';
  }

  /** Decisions that are needed to say where everybody is: of their readers the places must be known. */
  *decisions(): Generator<Decision> {
    for (const card of this.#cards.values()) yield* card.decisions();
  }

  *cards(readerOf: ReaderOf): Generator<PlacedCard> {
    for (const [cardKey, card] of this.#cards) yield { cardKey, ...card.fold(readerOf) };
  }

  #card(of: { tenantId: string; cardId: string }): CardSteps {
    const cardKey = cardKeyOf(of);
    const known = this.#cards.get(cardKey) ?? new CardSteps();
    this.#cards.set(cardKey, known);
    return known;
  }
}

class CardSteps {
  /** The last step that moves the holder whatever was before it, and the history after it, in the order of the stream. */
  #steps: Step[] = [];
  #sequence = '';
  /** The last step that says whose card it is. */
  #owner: { step: Pick<Step, 'sequence' | 'turn'>; employeeId: string | undefined } | undefined;

  get sequence(): string {
    return this.#sequence;
  }

  add(step: Step): void {
    if ('decision' in step && step.sequence > this.#sequence) this.#sequence = step.sequence;
    this.#noteOwner(step);
    if (!movesAlways(step) && !('decision' in step && step.decision.outcome === 'recorded')) return;
    const base = this.#steps[0];
    if (base !== undefined && movesAlways(base) && order(step, base) < 0) return;
    if (this.#steps.some((each) => order(each, step) === 0)) return;
    const later = this.#steps.filter((each) => order(each, step) > 0);
    const earlier = movesAlways(step) ? [] : this.#steps.filter((each) => order(each, step) < 0);
    this.#steps = [...earlier, step, ...later];
  }

  *decisions(): Generator<Decision> {
    for (const step of this.#steps) if ('decision' in step) yield step.decision;
  }

  fold(readerOf: ReaderOf): Omit<PlacedCard, 'cardKey'> {
    let inside: Place | undefined;
    let movedAt: string | undefined;
    for (const step of this.#steps) {
      if ('placement' in step) {
        inside = step.placement.place;
        movedAt = step.placement.movedAt;
        continue;
      }
      const { swipe, history, verdict } = decidedSwipe(step.decision);
      const reader = readerOf(step.decision);
      if (reader === undefined || !isMove(verdict, swipe, { history, reader, movedAt })) continue;
      inside = placeAfter(swipe, reader, verdict);
      movedAt = ruledAt(swipe, verdict);
    }
    const employeeId = this.#owner?.employeeId;
    return {
      sequence: this.#sequence,
      ...(employeeId === undefined ? {} : { employeeId }),
      ...(inside === undefined ? {} : { inside }),
      ...(movedAt === undefined ? {} : { movedAt }),
    };
  }

  #noteOwner(step: Step): void {
    if (this.#owner !== undefined && order(step, this.#owner.step) < 0) return;
    if ('decision' in step) this.#owner = { step, employeeId: step.decision.employeeId };
    else if (step.placement.employeeId !== undefined) this.#owner = { step, employeeId: step.placement.employeeId };
  }
}

/** Whether a step moves the holder, whatever was before it. */
function movesAlways(step: Step): boolean {
  return 'placement' in step || step.decision.outcome === 'granted';
}

function order(a: Pick<Step, 'sequence' | 'turn'>, b: Pick<Step, 'sequence' | 'turn'>): number {
  return a.sequence === b.sequence ? a.turn - b.turn : a.sequence < b.sequence ? -1 : 1;
}
