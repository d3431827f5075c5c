import {
  type Card,
  type Cardholder,
  type Decision,
  type Place,
  type Reader,
  tenantKey,
  UNKNOWN_CARD_KEEP_S,
} from '@swipegate/contract';
import { lastDecision, type Presence, type StoredPresence } from '../../stores/presence.js';
import type { SiteIndex } from '../../stores/site-cache.js';
import type { StreamSwipe } from '../records/records.js';
import type { ClockLimits } from '../rules/clock.js';
import { historyOf } from '../rules/history.js';
import { isMove, movedInstant, placeAfter } from '../rules/moves.js';
import { answerOf, repeatingOf } from '../rules/repeats.js';
import { decide, type Verdict } from '../rules/rules.js';
import type { Person } from './person.js';
import type { ZoneLedger } from './zone-ledger.js';

/** One card's rows as read, and its swipes in stream order. */
interface CardFacts {
  cardKey: string;
  swipes: readonly StreamSwipe[];
  card: Card | undefined;
  employee: Cardholder | undefined;
  /** Latest decisions on the cards of a visitor's host, if the visit needs an escort. */
  hostEntries?: readonly Decision[] | undefined;
  presence: StoredPresence | undefined;
  /** The holder, if the rows of other cards may hold their place. */
  person: Person | undefined;
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
  settled: StoredPresence | undefined;
  /** Zones whose rows must be written before this card's. */
  zoneKeys: ReadonlySet<string>;
  /** A zone reserves a place that the card will not use. Plan the card again once its row is written. */
  hasUnusedPlace: boolean;
  /** Each decision raises the alarm `trace`. */
  isTraced: boolean;
}

export interface PlanOptions {
  nowMs: number;
  clock: ClockLimits;
  /** A swipe that takes longer than this from the gateway to the stream is history, ms. */
  lateAfterMs: number;
  /** The same card at the same reader within this time gets the same answer, ms; 0: never. */
  repeatWindowMs: number;
}

interface DecideContext extends PlanOptions {
  /** `nowMs` as RFC 3339. */
  decidedAt: string;
  /** By tenant/zone: the zones whose rules depend on who else is inside. */
  zones: ReadonlyMap<string, ZoneLedger>;
}

/** Outbox entries older than this (ms) are dropped: the decisions table has them, or their batch was given up. */
const OUTBOX_MS = 60_000;
/** A decision takes about 600 bytes; a DynamoDB row holds at most 400 KB. */
export const OUTBOX_MAX = 100;

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
  #person: Person | undefined;
  #inside: Place | undefined;
  /** The person inside with the card, even if it is not theirs any more: the row names them until they leave. */
  #formerHolder: string | undefined;
  /** RFC 3339. */
  #movedAt: string | undefined;
  /** RFC 3339. See {@link Presence}. */
  #lostAt: string | undefined;
  /** Last decision in stream order, whose answer the next swipe may repeat. */
  #latest: Decision | undefined;
  /** If that is a repeat: see {@link Presence}. */
  #repeating: Presence['repeating'];
  /** `sequence` of the {@link Presence} to write. */
  #last: string;

  constructor(facts: CardFacts) {
    const { presence } = facts;
    this.facts = facts;
    this.#outbox = presence?.outbox ?? NONE;
    this.#person = facts.person;
    this.#inside = presence?.inside;
    this.#formerHolder = presence?.inside && presence.employeeId;
    this.#movedAt = presence?.movedAt ?? presence?.inside?.since;
    this.#lostAt = presence?.lostAt;
    this.#latest = presence && lastDecision(presence);
    this.#repeating = presence?.repeating;
    this.#last = presence?.sequence ?? '';
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

  /** Decides a swipe, notes the answer of the zone behind the reader, and moves the holder if the decision moves them. */
  decide({ swipe, sequence, arrivedAtMs }: StreamSwipe, site: SiteIndex, context: DecideContext): void {
    const { card, employee, hostEntries, presence } = this.facts;
    const { nowMs, decidedAt, clock, lateAfterMs, repeatWindowMs: windowMs, zones } = context;
    const { tenantId, swipeId, cardId, readerId } = swipe;
    // Once a person has moved with another card, the row of a card taken from them no longer says where they are.
    if (this.#person !== undefined && card?.employeeId === undefined && this.#person.cardKey !== this.facts.cardKey) {
      this.#person = undefined;
      this.#inside = undefined;
      this.#formerHolder = undefined;
    }
    const person = this.#person;
    const inside = person === undefined ? this.#inside : person.inside;
    const holdingCardId = person?.cardKey?.slice(tenantId.length + 1) ?? cardId;
    const reader = site.readers.get(readerId);
    const history = historyOf(swipe, arrivedAtMs, lateAfterMs);
    const behind = this.#touched(zones, tenantId, reader?.zoneId);
    const isNext = sequence > this.#last;
    const movedAt = person === undefined ? this.#movedAt : person.movedAt;
    const lostAt = person === undefined ? this.#lostAt : person.lostAt;
    const answer =
      isNext && windowMs > 0 && this.#latest?.readerId === readerId
        ? answerOf(this.#latest, this.#repeating, { inside, isLost: lostAt !== undefined, windowMs })
        : undefined;
    const verdict = decide({
      swipe,
      history,
      site,
      card,
      employee,
      hostEntries,
      inside,
      forgivenAt: person === undefined ? presence?.forgivenAt : person.forgivenAt,
      lostAt,
      zone: behind?.factsFor({ swipeId, cardId, sequence }, this.#last, holdingCardId),
      clock,
      nowMs,
      answer,
    });
    const { atMs, zoneAnswer } = verdict;
    if (behind !== undefined && zoneAnswer !== undefined && employee !== undefined) {
      const { employeeId } = employee;
      const isHistory = history !== undefined;
      const noted = { swipeId, cardId, sequence, employeeId, readerId, atMs, answer: zoneAnswer };
      behind.note({ ...noted, isHistory, notedAtMs: nowMs });
    }
    if (reader !== undefined && isNext && isMove(verdict, swipe, { history, reader, movedAt })) {
      const place = placeAfter(swipe, reader, verdict);
      if (place?.zoneId !== inside?.zoneId || holdingCardId !== cardId) {
        this.#touched(zones, tenantId, inside?.zoneId)?.leave(holdingCardId);
      }
      this.#touched(zones, tenantId, place?.zoneId)?.enter(cardId);
      const at = movedInstant(swipe, verdict, { history, place });
      this.#inside = place;
      if (place === undefined) this.#formerHolder = undefined;
      this.#movedAt = person === undefined ? at : person.move(this.facts.cardKey, place, at);
      this.#lostAt = undefined;
    }
    const decision = decisionOf({ swipe, sequence }, verdict, decidedAt, card, reader);
    this.#made.push(decision);
    if (!isNext) return;
    this.#last = sequence;
    this.#latest = decision;
    this.#repeating = answer !== undefined && verdict.repeatOf !== undefined ? repeatingOf(answer) : undefined;
  }

  /** Whether the card's row is to be written. */
  get hasNews(): boolean {
    return this.#made.length > 0;
  }

  /** Makes the card's row wait until the zone's row is written. */
  waitsFor(zoneKey: string): void {
    this.#zoneKeys = new Set(this.#zoneKeys).add(zoneKey);
  }

  /** @param hasUnusedPlace tells whether a zone reserves a place that a card with this row does not use */
  plan(nowMs: number, hasUnusedPlace: (row: Presence) => boolean): CardPlan {
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
      hasUnusedPlace: presence !== undefined && hasUnusedPlace(presence),
      isTraced: this.facts.card?.isTraced === true,
    };
  }

  /** Returns the zone's ledger if the zone has a row, and makes the card's row wait for it. */
  #touched(zones: ReadonlyMap<string, ZoneLedger>, tenantId: string, zoneId: string | undefined) {
    if (zones.size === 0 || zoneId === undefined) return undefined;
    const zoneKey = tenantKey(tenantId, zoneId);
    const zone = zones.get(zoneKey);
    if (zone !== undefined) this.waitsFor(zoneKey);
    return zone;
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
    const person = this.#person;
    if (this.#inside !== undefined && (person === undefined || person.cardKey === cardKey)) row.inside = this.#inside;
    if (card?.employeeId !== undefined) row.employeeId = card.employeeId;
    else if (row.inside !== undefined && this.#formerHolder !== undefined) row.employeeId = this.#formerHolder;
    if (this.#movedAt !== undefined) row.movedAt = this.#movedAt;
    if (this.#lostAt !== undefined) row.lostAt = this.#lostAt;
    if (this.#repeating !== undefined) row.repeating = this.#repeating;
    if (card === undefined) row.expiresAt = Math.floor(nowMs / 1000) + UNKNOWN_CARD_KEEP_S;
    return row;
  }
}

function joined(earlier: readonly Decision[], made: readonly Decision[]): readonly Decision[] {
  return earlier.length === 0 ? made : [...earlier, ...made];
}

function decisionOf(
  { swipe, sequence }: Pick<StreamSwipe, 'swipe' | 'sequence'>,
  verdict: Verdict,
  decidedAt: string,
  card: Card | undefined,
  reader: Reader | undefined,
): Decision {
  const decision: Decision = {
    swipeId: swipe.swipeId,
    tenantId: swipe.tenantId,
    readerId: swipe.readerId,
    cardId: swipe.cardId,
    outcome: verdict.outcome,
    reason: verdict.reason,
    direction: verdict.direction,
    readAt: swipe.readAt,
    receivedAt: swipe.receivedAt,
    decidedAt,
    timeBasis: verdict.timeBasis,
    sequence,
  };
  if (card?.employeeId !== undefined) decision.employeeId = card.employeeId;
  if (reader !== undefined) {
    decision.buildingId = reader.buildingId;
    decision.zoneId = reader.zoneId;
  }
  if (swipe.duress === true) decision.duress = true;
  if (swipe.offlineOutcome !== undefined) decision.offlineOutcome = swipe.offlineOutcome;
  if (verdict.repeatOf !== undefined) decision.repeatOf = verdict.repeatOf;
  return decision;
}
