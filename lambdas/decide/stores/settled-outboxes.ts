import type { Presence } from '../../stores/presence.js';

/** One write of a card's row. After the row was erased a version number may recur, but not with the same sequence. */
type Write = Pick<Presence, 'cardKey' | 'version' | 'sequence'>;

/**
 * Remembers card rows whose outbox decisions are all in the decisions table: if read again unchanged, the outbox need
 * not be parsed. Holds between the `max / 2` cards added last and `max` cards. Forgets a whole generation at a time,
 * because LRU order would cost more than everything else done with the cards.
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
