import type { Card, Decision, Employee, Place } from '../../gateway/contract/index.js';
import type { Presence } from './presence.js';
import type { StreamSwipe } from './records.js';

/** All that was read about one card. */
export interface CardFacts {
  cardKey: string;
  card: Card | undefined;
  employee: Employee | undefined;
  presence: Presence | undefined;
  /** Decisions of the table, by swipeId. */
  decided: ReadonlyMap<string, Decision>;
}

/** What is to be done about one card's swipes. */
export interface CardPlan {
  cardKey: string;
  swipes: StreamSwipe[];
  /** Every swipe's one decision, whether made now or earlier. */
  decisions: Decision[];
  /** Of these, those that the decisions table lacks. */
  missing: Decision[];
  /** The row to put, if anything was decided now. */
  presence: Presence | undefined;
  /** Zones whose rows must be written before this card's. */
  zoneKeys: ReadonlySet<string>;
  /** A zone holds a place that was given to this card, and that it does not take: to be planned once more when written. */
  isHeldInVain: boolean;
}

export interface OutboxOptions {
  /** Whether a decision is known to be in the decisions table. */
  isWritten(decision: Decision): boolean;
  nowMs: number;
}

/** Entries that are older are in the decisions table, though another instance wrote them, or their batch was given up, ms. */
const OUTBOX_MS = 60_000;
/** A decision has some 600 bytes, a row of DynamoDB at most 400 KB. */
export const OUTBOX_MAX = 100;
const UNKNOWN_CARD_KEEP_S = 24 * 3600;

/** Most zones have no row. */
const NO_ZONES: ReadonlySet<string> = new Set();

/** One card while a batch is planned: where its holder is, and what was decided. */
export class CardDraft {
  readonly facts: CardFacts;
  readonly swipes: StreamSwipe[] = [];
  readonly #outbox: readonly Decision[];
  #zoneKeys: ReadonlySet<string> = NO_ZONES;
  readonly #decisions = new Map<string, Decision>();
  readonly #missing: Decision[] = [];
  readonly #made: Decision[] = [];
  #inside: Place | undefined;
  #movedAt: string | undefined;
  #last: string;

  constructor(facts: CardFacts) {
    const { presence } = facts;
    this.facts = facts;
    this.#outbox = presence?.outbox ?? [];
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

  /** Place in the stream of the last swipe that counted for where the holder is. */
  get last(): string {
    return this.#last;
  }

  /** Whether the swipe has its decision, which it keeps: from earlier in the batch, the table, or the card's outbox. */
  keeps({ swipe: { swipeId } }: StreamSwipe): boolean {
    if (this.#decisions.has(swipeId)) return true;
    const stored = this.facts.decided.get(swipeId);
    const earlier = stored ?? this.#outbox.findLast((decision) => decision.swipeId === swipeId);
    if (earlier === undefined) return false;
    this.#decisions.set(swipeId, earlier);
    if (stored === undefined) this.#missing.push(earlier);
    return true;
  }

  add(decision: Decision): void {
    this.#decisions.set(decision.swipeId, decision);
    this.#missing.push(decision);
    this.#made.push(decision);
    if (decision.sequence > this.#last) this.#last = decision.sequence;
  }

  moveTo(inside: Place | undefined, atMs: number): void {
    this.#inside = inside;
    this.#movedAt = inside?.since ?? new Date(atMs).toISOString();
  }

  /** The zone's row must be written before the card's. */
  waitsFor(zoneKey: string): void {
    this.#zoneKeys = new Set(this.#zoneKeys).add(zoneKey);
  }

  /** Whether a zone holds a place in vain is for the caller to say. */
  plan(options: OutboxOptions): CardPlan {
    const { swipes } = this;
    return {
      cardKey: this.facts.cardKey,
      swipes,
      decisions: Array.from(this.#decisions.values()),
      missing: this.#missing,
      presence: this.#made.length === 0 ? undefined : this.#row(options),
      zoneKeys: this.#zoneKeys,
      isHeldInVain: false,
    };
  }

  #row({ nowMs, isWritten }: OutboxOptions): Presence {
    const { cardKey, card, presence } = this.facts;
    const kept = (presence?.outbox ?? []).filter(
      (old) => nowMs - Date.parse(old.decidedAt) < OUTBOX_MS && !isWritten(old),
    );
    return {
      cardKey,
      version: (presence?.version ?? 0) + 1,
      sequence: this.#last,
      ...(card?.employeeId === undefined ? {} : { employeeId: card.employeeId }),
      ...(this.#inside === undefined ? {} : { inside: this.#inside }),
      ...(this.#movedAt === undefined ? {} : { movedAt: this.#movedAt }),
      outbox: [...kept, ...this.#made].slice(-OUTBOX_MAX),
      ...(card === undefined ? { expiresAt: Math.floor(nowMs / 1000) + UNKNOWN_CARD_KEEP_S } : {}),
    };
  }
}
