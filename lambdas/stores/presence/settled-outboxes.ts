import type { Presence } from './presence.js';

/** One write of a card's row. A version may come again, after the row was erased; its last swipe does not. */
type Write = Pick<Presence, 'cardKey' | 'version' | 'sequence'>;

/**
 * Cards whose outbox, as this instance has written it, holds only decisions that are in their table by now: when the row is
 * read again, and is still that one, nobody need look into it. May forget, which costs a look.
 *
 * Remembers at least the `max / 2` cards that were added last, and never more than `max`. A generation is forgotten as a
 * whole: to put the cards in an order of their own would take longer than all else that is done with them.
 */
export class SettledOutboxes {
  readonly #half: number;
  #young = new Map<string, Write>();
  #old: ReadonlyMap<string, Write> = new Map();

  constructor(max: number) {
    this.#half = Math.ceil(max / 2);
  }

  has({ cardKey, version, sequence }: Write): boolean {
    const known = this.#young.get(cardKey) ?? this.#old.get(cardKey);
    return known !== undefined && known.version === version && known.sequence === sequence;
  }

  add({ cardKey, version, sequence }: Write): void {
    if (this.#young.size >= this.#half && !this.#young.has(cardKey)) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(cardKey, { cardKey, version, sequence });
  }
}
