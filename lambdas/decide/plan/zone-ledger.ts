import type { Presence } from '../../stores/presence/presence.js';
import type { ZoneFacts } from '../rules/zone-rules.js';
import type { NotedPresentation, ZoneState } from '../stores/zone-state.js';

/**
 * How long it counts that a card was shown: longer than any two-person rule looks back. A batch that has not come again by then
 * does not find what was answered to it, and is answered anew. Also of a row that nobody has written since: what is decided
 * must not hang on that.
 */
export const PRESENTATIONS_MS = 600_000;
const MAX_PRESENTATIONS = 256;

type SwipeName = Pick<NotedPresentation, 'swipeId' | 'cardId'>;

/**
 * One zone while a batch is planned: who is in it, and what was answered to whom.
 *
 * The cards' rows are the truth about where their holders are; the zone's row follows them, but runs ahead by a place that
 * was given to somebody whose own row is not written yet. Should the function die there, the batch comes again, and what
 * was noted is answered again: the place is theirs, and is counted once.
 */
export class ZoneLedger {
  readonly #state: ZoneState;
  readonly #occupants: Set<string>;
  readonly #noted = new Map<string, NotedPresentation>();
  /** Cards that were inside or not when the row was read, and are the other way round now, if they are not back yet. */
  readonly #changed = new Set<string>();
  #hasNews = false;

  constructor(state: ZoneState, nowMs: number) {
    this.#state = state;
    this.#occupants = new Set(state.occupants);
    for (const presentation of state.presentations) {
      if (nowMs - presentation.notedAtMs < PRESENTATIONS_MS) this.#noted.set(nameOf(presentation), presentation);
    }
  }

  /** Brings the zone in line with the row of a card that the batch is about. @returns whether it was not */
  settle(cardId: string, presence: Presence | undefined): boolean {
    const wasInside = this.#occupants.has(cardId);
    const isInside = presence?.inside !== undefined && this.#isThis(presence.inside.zoneId);
    if (isInside) this.enter(cardId);
    else if (!this.#isPromised(cardId, presence?.sequence ?? '')) this.leave(cardId);
    return wasInside !== this.#occupants.has(cardId);
  }

  /** @param lastSequence of the card, before the swipe: one that does not come after it moves nobody, and has no place */
  factsFor(swipe: SwipeName & { sequence: string }, lastSequence: string): ZoneFacts {
    const isInside = this.#occupants.has(swipe.cardId);
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
    if (this.#occupants.has(cardId)) return;
    this.#occupants.add(cardId);
    this.#toggle(cardId);
  }

  leave(cardId: string): void {
    if (this.#occupants.delete(cardId)) this.#toggle(cardId);
  }

  /** Whether the zone still holds a place for a card that will not be inside once its row is written. */
  holdsInVain(cardId: string, { inside, sequence }: Presence): boolean {
    if (!this.#occupants.has(cardId)) return false;
    return !(inside !== undefined && this.#isThis(inside.zoneId)) && !this.#isPromised(cardId, sequence);
  }

  /** The row to write; undefined when nothing is new. */
  next(): ZoneState | undefined {
    if (!this.#hasNews && this.#changed.size === 0) return undefined;
    return {
      zoneKey: this.#state.zoneKey,
      version: this.#state.version + 1,
      occupants: Array.from(this.#occupants),
      presentations: Array.from(this.#noted.values()).slice(-MAX_PRESENTATIONS),
    };
  }

  /** Whether a swipe of the card that has yet to be committed was let in. */
  #isPromised(cardId: string, committedSequence: string): boolean {
    for (const { cardId: of, answer, sequence } of this.#noted.values()) {
      if (of === cardId && answer === 'admitted' && sequence > committedSequence) return true;
    }
    return false;
  }

  #isThis(zoneId: string): boolean {
    return this.#state.zoneKey.slice(this.#state.zoneKey.indexOf('/') + 1) === zoneId;
  }

  #toggle(cardId: string): void {
    if (!this.#changed.delete(cardId)) this.#changed.add(cardId);
  }
}

function nameOf({ swipeId, cardId }: SwipeName): string {
  return `${swipeId}/${cardId}`;
}
