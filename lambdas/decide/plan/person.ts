import { instantMs, keyInstant, type Place } from '@swipegate/contract';
import type { Presence } from '../../stores/presence.js';

/** Members of a presence row that place its holder. */
type Stand = Pick<Presence, 'cardKey' | 'inside' | 'movedAt'>;

/**
 * A person with several cards during planning. They are in one place: that of the row moved last. Its row holds it, and
 * the rows of their other cards give it up.
 */
export class Person {
  readonly #rows: readonly Presence[];
  #stand: Stand | undefined;
  readonly forgivenAt: string | undefined;
  #lostAt: string | undefined;

  /** @param rows of their cards, in the batch or not */
  constructor(rows: readonly Presence[]) {
    this.#rows = rows;
    for (const row of rows) {
      if (this.#stand === undefined || isLater(row, this.#stand)) this.#stand = row;
      this.forgivenAt = later(this.forgivenAt, row.forgivenAt);
      this.#lostAt = later(this.#lostAt, row.lostAt);
    }
    const { movedAt } = this;
    // Another card has shown their place since then.
    if (this.#lostAt !== undefined && movedAt !== undefined && instantMs(this.#lostAt) < instantMs(movedAt)) {
      this.#lostAt = undefined;
    }
  }

  /** Their place is unknown since then, RFC 3339. See {@link Presence}. */
  get lostAt(): string | undefined {
    return this.#lostAt;
  }

  /** Undefined means outdoors. */
  get inside(): Place | undefined {
    return this.#stand?.inside;
  }

  get movedAt(): string | undefined {
    return this.#stand?.movedAt ?? this.#stand?.inside?.since;
  }

  /** Key of the card whose row holds the place; undefined if they never moved. */
  get cardKey(): string | undefined {
    return this.#stand?.cardKey;
  }

  /** Notes a move by a card. @returns its time: later than the move before, whichever clock the reader had */
  move(cardKey: string, inside: Place | undefined, at: string): string {
    const before = this.movedAt;
    const movedAt = before === undefined || instantMs(at) > instantMs(before) ? at : keyInstant(instantMs(before) + 1);
    this.#lostAt = undefined;
    this.#stand = { cardKey, movedAt, ...(inside === undefined ? {} : { inside }) };
    return movedAt;
  }

  /** Returns the rows that still hold a place but are not the last, without it. @param except keys that are written anyway */
  emptied(except: { has(cardKey: string): boolean }): Presence[] {
    return this.#rows.flatMap(({ inside, ...row }) =>
      inside === undefined || row.cardKey === this.cardKey || except.has(row.cardKey)
        ? []
        : [{ ...row, version: row.version + 1 }],
    );
  }
}

/** If two rows moved at the same time, the one with a place wins: a place passes to another card without a move. */
function isLater(one: Stand, other: Stand): boolean {
  const difference = timeOf(one) - timeOf(other);
  if (difference !== 0) return difference > 0;
  if ((one.inside === undefined) !== (other.inside === undefined)) return one.inside !== undefined;
  return one.cardKey > other.cardKey;
}

function timeOf({ movedAt, inside }: Stand): number {
  const time = movedAt ?? inside?.since;
  return time === undefined ? Number.NEGATIVE_INFINITY : instantMs(time);
}

function later(one: string | undefined, other: string | undefined): string | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return instantMs(one) >= instantMs(other) ? one : other;
}
