import type { Presence } from '../../stores/presence.js';
import { isPromised, type NotedPresentation, occupantOf, type ZoneState } from '../../stores/zone-state.js';
import type { ZoneFacts } from '../rules/zone-rules.js';

/**
 * How long a presentation counts, ms: longer than any two-person rule looks back. A batch retried later than that is
 * answered again. Applied when a row is read, so decisions do not depend on whether the row was written in between.
 */
export const PRESENTATIONS_MS = 600_000;
const MAX_PRESENTATIONS = 256;
const NO_SWIPES = { sequence: '' };

type SwipeName = Pick<NotedPresentation, 'swipeId' | 'cardId'>;

/**
 * One zone during planning: who is inside, and the answers given. The cards' rows decide where holders are. The zone's
 * row follows them, but also counts places granted to cards whose rows are not written yet. If the function dies in
 * between, the retried batch gets the noted answers, so each place is counted once.
 */
export class ZoneLedger {
  readonly #state: ZoneState;
  readonly #occupants: Set<string>;
  readonly #noted = new Map<string, NotedPresentation>();
  /** Cards that are inside now but were not when the row was read, or the reverse. */
  readonly #changed = new Set<string>();
  #hasNews = false;

  constructor(state: ZoneState, nowMs: number) {
    this.#state = state;
    this.#occupants = new Set(state.occupants);
    for (const presentation of state.presentations) {
      if (Math.abs(nowMs - presentation.notedAtMs) < PRESENTATIONS_MS)
        this.#noted.set(nameOf(presentation), presentation);
    }
  }

  /** Aligns the zone with the row of a card in the batch. @returns whether that changed the zone */
  reconcile(cardId: string, presence: Presence | undefined): boolean {
    const wasInside = this.#holds(cardId);
    const isInside = presence?.inside !== undefined && this.#isThis(presence.inside.zoneId);
    if (isInside) this.enter(cardId);
    else if (!isPromised(this.#noted.values(), cardId, presence ?? NO_SWIPES)) this.leave(cardId);
    return wasInside !== this.#holds(cardId);
  }

  /**
   * @param lastSequence the card's last decided stream position; swipes up to it keep no earlier answer
   * @param holdingCardId the card that holds the place of the person at the door
   */
  factsFor(swipe: SwipeName & { sequence: string }, lastSequence: string, holdingCardId = swipe.cardId): ZoneFacts {
    const isInside = this.#holds(holdingCardId);
    return {
      answer: swipe.sequence > lastSequence ? this.#noted.get(nameOf(swipe))?.answer : undefined,
      othersInside: this.#occupants.size - (isInside ? 1 : 0),
      presentations: Array.from(this.#noted.values()),
    };
  }

  note(presentation: NotedPresentation): void {
    const name = nameOf(presentation);
    if (this.#noted.get(name)?.answer === presentation.answer) return;
    this.#noted.set(name, presentation);
    this.#hasNews = true;
  }

  enter(cardId: string): void {
    const occupant = occupantOf(cardId);
    if (this.#occupants.has(occupant)) return;
    this.#occupants.add(occupant);
    this.#toggle(occupant);
  }

  leave(cardId: string): void {
    const occupant = occupantOf(cardId);
    if (this.#occupants.delete(occupant)) this.#toggle(occupant);
  }

  /** Returns whether the zone reserves a place for a card that will not be inside once its row is written. */
  holdsUnused(cardId: string, row: Presence): boolean {
    if (!this.#holds(cardId)) return false;
    const { inside } = row;
    return !(inside !== undefined && this.#isThis(inside.zoneId)) && !isPromised(this.#noted.values(), cardId, row);
  }

  /** Returns the row to write; undefined if nothing changed. */
  next(): ZoneState | undefined {
    if (!this.#hasNews && this.#changed.size === 0) return undefined;
    return {
      zoneKey: this.#state.zoneKey,
      version: this.#state.version + 1,
      occupants: Array.from(this.#occupants),
      presentations: Array.from(this.#noted.values()).slice(-MAX_PRESENTATIONS),
    };
  }

  #isThis(zoneId: string): boolean {
    return this.#state.zoneKey.slice(this.#state.zoneKey.indexOf('/') + 1) === zoneId;
  }

  #holds(cardId: string): boolean {
    return this.#occupants.has(occupantOf(cardId));
  }

  #toggle(occupant: string): void {
    if (!this.#changed.delete(occupant)) this.#changed.add(occupant);
  }
}

function nameOf({ swipeId, cardId }: SwipeName): string {
  return `${swipeId}/${cardId}`;
}
