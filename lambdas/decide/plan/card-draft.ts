import type { Card, Decision, Employee, Place } from '@swipegate/contract';
import type { Presence } from '../../stores/presence.js';
import type { StreamSwipe } from '../records/records.js';

/** One card's rows as read, and its swipes in stream order. */
export interface CardFacts {
  cardKey: string;
  swipes: readonly StreamSwipe[];
  card: Card | undefined;
  employee: Employee | undefined;
  presence: Presence | undefined;
  /** Decisions in the decisions table, by swipeId. */
  decided: ReadonlyMap<string, Decision>;
}

/** Decisions on one card's swipes, and the writes they require. */
export interface CardPlan {
  cardKey: string;
  swipes: readonly StreamSwipe[];
  /** One decision for each swipe, made now or earlier. */
  decisions: readonly Decision[];
  /** The `decisions` that the decisions table lacks. */
  missing: readonly Decision[];
  /** The row to write; undefined if nothing was decided now. */
  presence: Presence | undefined;
  /** The card's row once all is written, if the decisions table then has every decision in its outbox. */
  settled: Presence | undefined;
  /** Zones whose rows must be written before this card's. */
  zoneKeys: ReadonlySet<string>;
  /** A zone holds a place for this card that the card will not use. Plan the card again once its row is written. */
  isHeldInVain: boolean;
}

/** Outbox entries older than this (ms) are dropped: the decisions table has them, or their batch was given up. */
const OUTBOX_MS = 60_000;
/** A decision takes about 600 bytes; a DynamoDB row holds at most 400 KB. */
export const OUTBOX_MAX = 100;
const UNKNOWN_CARD_KEEP_S = 24 * 3600;

/** Most zones have no row. */
const NO_ZONES: ReadonlySet<string> = new Set();
const NONE: readonly Decision[] = [];

/** One card during planning: where its holder is, and what was decided. */
export class CardDraft {
  readonly facts: CardFacts;
  readonly #outbox: readonly Decision[];
  #zoneKeys = NO_ZONES;
  /** Earlier decisions that swipes of the batch keep, and those among them that only the outbox has. Usually empty. */
  #kept = NONE;
  #keptOfOutbox = NONE;
  readonly #made: Decision[] = [];
  #inside: Place | undefined;
  #movedAt: string | undefined;
  #last: string;

  constructor(facts: CardFacts) {
    const { presence } = facts;
    this.facts = facts;
    this.#outbox = presence?.outbox ?? NONE;
    this.#inside = presence?.inside;
    this.#movedAt = presence?.movedAt ?? presence?.inside?.since;
    this.#last = presence?.sequence ?? '';
  }

  get inside(): Place | undefined {
    return this.#inside;
  }

  /** RFC 3339. */
  get movedAt(): string | undefined {
    return this.#movedAt;
  }

  /** Highest stream position decided so far. A swipe at or before it does not move the holder. */
  get last(): string {
    return this.#last;
  }

  /** Returns whether the swipe already has a decision (in the batch, the table or the card's outbox), and keeps it. */
  keeps({ swipe: { swipeId } }: StreamSwipe): boolean {
    if (this.#has(swipeId)) return true;
    const stored = this.facts.decided.get(swipeId);
    const earlier = stored ?? this.#outbox.findLast((decision) => decision.swipeId === swipeId);
    if (earlier === undefined) return false;
    this.#kept = [...this.#kept, earlier];
    if (stored === undefined) this.#keptOfOutbox = [...this.#keptOfOutbox, earlier];
    return true;
  }

  add(decision: Decision): void {
    this.#made.push(decision);
    if (decision.sequence > this.#last) this.#last = decision.sequence;
  }

  moveTo(inside: Place | undefined, at: string): void {
    this.#inside = inside;
    this.#movedAt = at;
  }

  /** Makes the card's row wait until the zone's row is written. */
  waitsFor(zoneKey: string): void {
    this.#zoneKeys = new Set(this.#zoneKeys).add(zoneKey);
  }

  /** Leaves `isHeldInVain` false: the caller knows the zones and sets it. */
  plan(nowMs: number): CardPlan {
    const { cardKey, swipes } = this.facts;
    const presence = this.#made.length === 0 ? undefined : this.#row(nowMs);
    const row = presence ?? this.facts.presence;
    return {
      cardKey,
      swipes,
      decisions: joined(this.#kept, this.#made),
      missing: joined(this.#keptOfOutbox, this.#made),
      presence,
      settled: row?.outbox.every(({ swipeId }) => this.#has(swipeId)) === true ? row : undefined,
      zoneKeys: this.#zoneKeys,
      isHeldInVain: false,
    };
  }

  #has(swipeId: string): boolean {
    for (const made of this.#made) if (made.swipeId === swipeId) return true;
    for (const kept of this.#kept) if (kept.swipeId === swipeId) return true;
    return false;
  }

  #row(nowMs: number): Presence {
    const { cardKey, card, presence } = this.facts;
    const recent = this.#outbox.filter((old) => nowMs - Date.parse(old.decidedAt) < OUTBOX_MS);
    const row: Presence = {
      cardKey,
      version: (presence?.version ?? 0) + 1,
      sequence: this.#last,
      outbox: joined(recent, this.#made).slice(-OUTBOX_MAX),
    };
    if (card?.employeeId !== undefined) row.employeeId = card.employeeId;
    if (this.#inside !== undefined) row.inside = this.#inside;
    if (this.#movedAt !== undefined) row.movedAt = this.#movedAt;
    if (card === undefined) row.expiresAt = Math.floor(nowMs / 1000) + UNKNOWN_CARD_KEEP_S;
    return row;
  }
}

function joined(earlier: readonly Decision[], made: readonly Decision[]): readonly Decision[] {
  return earlier.length === 0 ? made : [...earlier, ...made];
}
