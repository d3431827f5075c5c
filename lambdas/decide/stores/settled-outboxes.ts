import type { Decision } from '@swipegate/contract';
import { lastDecision, type Presence, type StoredPresence } from '../../stores/presence.js';

/** One write of a card's row. After the row was erased a version number may recur, but not with the same sequence. */
type Write = Pick<Presence, 'version' | 'sequence'>;

/** A remembered row, with its last decision, which the next swipe may repeat. */
interface Settled extends Write {
  last: Decision | undefined;
}

/**
 * Remembers card rows whose outbox decisions are all in the decisions table: if read again unchanged, the outbox need
 * not be parsed. Holds between the `max / 2` cards added last and `max` cards. Forgets a whole generation at a time,
 * because LRU order would cost more than everything else done with the cards.
 */
export class SettledOutboxes {
  readonly #half: number;
  #young = new Map<string, Settled>();
  #old: ReadonlyMap<string, Settled> = new Map();

  constructor(max: number) {
    this.#half = Math.ceil(max / 2);
  }

  find({ cardKey, version, sequence }: Write & { cardKey: string }): Settled | undefined {
    const known = this.#young.get(cardKey) ?? this.#old.get(cardKey);
    return known?.version === version && known.sequence === sequence ? known : undefined;
  }

  add(row: StoredPresence): void {
    const { cardKey, version, sequence } = row;
    if (this.#young.size >= this.#half && !this.#young.has(cardKey)) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(cardKey, { version, sequence, last: lastDecision(row) });
  }
}
