import type { Decision, Place, Reader } from '@swipegate/contract';
import { cardKeyOf } from '@swipegate/lambdas/decide/records/keys';
import { isMove, movedInstant, placeAfter } from '@swipegate/lambdas/decide/rules/moves';
import type { Placement } from '@swipegate/lambdas/stores/changes/event-store';
import type { Presence } from '@swipegate/lambdas/stores/presence';
import type { SiteIndex } from '@swipegate/lambdas/stores/site-cache';
import { decidedSwipe } from './archived-decisions.js';

/** The members of a presence row that follow from the archive. */
export type PlacedCard = Pick<Presence, 'cardKey' | 'sequence' | 'employeeId' | 'inside' | 'movedAt'>;

/** Returns the reader as it was at the swipe; undefined if it was unknown. */
export type ReaderOf = (decision: Decision) => Reader | undefined;

/** Returns the current site of a tenant with these readers. */
export type SiteOf = (tenantId: string, readerIds: Iterable<string>) => Promise<SiteIndex>;

/** A decision or placement of a card. Placements come after the swipe with the same sequence. */
type Step =
  | { sequence: string; turn: 0; decision: Decision }
  | { sequence: string; turn: number; placement: Placement };

/**
 * Computes where every cardholder is, from decisions in any order and with duplicates. For each card it keeps the
 * last grant and the history after it: a grant moves the holder unconditionally, so nothing before it counts.
 */
export class PresenceFold {
  readonly #cards = new Map<string, CardSteps>();
  #turn = 0;

  /** Adds a placement. Among placements with the same sequence, the one added later comes later. */
  place(placement: Placement): void {
    this.#turn += 1;
    this.#card(placement).add({ sequence: placement.afterSequence, turn: this.#turn, placement });
  }

  add(decision: Decision): void {
    this.#card(decision).add({ sequence: decision.sequence, turn: 0, decision });
  }

  /** Returns the sequence of a card's last decision; empty if it has none. */
  lastOf(card: { tenantId: string; cardId: string }): string {
    return this.#cards.get(cardKeyOf(card))?.sequence ?? '';
  }

  /** Yields the decisions on which the result depends. {@link cards} needs their readers. */
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
  /** The last step that moves the holder unconditionally, and the history after it, in stream order. */
  #steps: Step[] = [];
  /** Sequence of the last decision. */
  sequence = '';
  /** The last step that names the holder. */
  #owner: { step: Pick<Step, 'sequence' | 'turn'>; employeeId: string | undefined } | undefined;

  add(step: Step): void {
    if ('decision' in step && step.sequence > this.sequence) this.sequence = step.sequence;
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
      movedAt = movedInstant(swipe, verdict, { history, place: inside });
    }
    const employeeId = this.#owner?.employeeId;
    return {
      sequence: this.sequence,
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

function movesAlways(step: Step): boolean {
  return 'placement' in step || (step.decision.outcome === 'granted' && step.decision.repeatOf === undefined);
}

function order(a: Pick<Step, 'sequence' | 'turn'>, b: Pick<Step, 'sequence' | 'turn'>): number {
  return a.sequence === b.sequence ? a.turn - b.turn : a.sequence < b.sequence ? -1 : 1;
}

/**
 * Returns the readers of decisions as they were. Building and zone come from the decision. The outer zone comes from the
 * current site, so the way out at a removed reader (`gone`) leads outdoors. Rejects if `siteOf` rejects.
 */
export async function readersOf(
  decisions: Iterable<Decision>,
  siteOf: SiteOf,
): Promise<{ readerOf: ReaderOf; gone: readonly string[] }> {
  const wanted = new Map<string, Set<string>>();
  for (const { tenantId, readerId, buildingId } of decisions) {
    if (buildingId === undefined) continue;
    const ofTenant = wanted.get(tenantId) ?? new Set();
    wanted.set(tenantId, ofTenant.add(readerId));
  }
  const sites = new Map<string, SiteIndex>();
  for (const [tenantId, readerIds] of wanted) sites.set(tenantId, await siteOf(tenantId, readerIds));
  const gone = Array.from(wanted).flatMap(([tenantId, readerIds]) =>
    Array.from(readerIds).filter((readerId) => sites.get(tenantId)?.readers.has(readerId) !== true),
  );
  return { readerOf: (decision) => readerThen(decision, sites.get(decision.tenantId)), gone };
}

function readerThen(decision: Decision, site: SiteIndex | undefined): Reader | undefined {
  const { readerId, buildingId, zoneId, direction } = decision;
  if (buildingId === undefined || zoneId === undefined) return undefined;
  const removed: Reader = { readerId, door: '', buildingId, zoneId, direction, mode: 'normal' };
  return { ...(site?.readers.get(readerId) ?? removed), buildingId, zoneId };
}
