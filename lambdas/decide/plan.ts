import type { Card, Decision, Employee } from '../../gateway/contract/index.js';
import { type Presence, placeAfter } from './presence.js';
import type { StreamSwipe } from './records.js';
import { decide, type SiteIndex } from './rules.js';

/** All that was read about one card. */
export interface CardFacts {
  cardKey: string;
  card: Card | undefined;
  employee: Employee | undefined;
  presence: Presence | undefined;
  /** Decisions of the table, by {@link StreamSwipe} swipeId. */
  decided: ReadonlyMap<string, Decision>;
  site: SiteIndex;
}

export interface PlanOptions {
  /** Whether a decision is known to be in the decisions table. */
  isWritten(decision: Decision): boolean;
  nowMs: number;
  maxClockSkewMs: number;
}

/** What is to be done about one card's swipes. */
export interface CardPlan {
  /** Every swipe's one decision, whether made now or earlier. */
  decisions: Decision[];
  /** Of these, those that the decisions table lacks. */
  missing: Decision[];
  /** The row to put, if anything was decided now. */
  presence: Presence | undefined;
}

/** Entries that are older are in the decisions table, though another instance wrote them, or their batch was given up, ms. */
const OUTBOX_MS = 60_000;
/** A decision has some 600 bytes, a row of DynamoDB at most 400 KB. */
export const OUTBOX_MAX = 100;
const UNKNOWN_CARD_KEEP_S = 24 * 3600;

/**
 * Decides one card's swipes in stream order. Pure. A swipe that has its decision keeps it: in the table, in the card's
 * outbox, or earlier in the same batch. Only a new decision moves the holder, and only forward in the stream: a record
 * that is put back after an outage is decided late, and moves nobody.
 *
 * @param swipes at most {@link OUTBOX_MAX}
 */
export function planCard(swipes: readonly StreamSwipe[], facts: CardFacts, options: PlanOptions): CardPlan {
  const { presence, card, employee, site, cardKey } = facts;
  const outbox = new Map(presence?.outbox.map((decision) => [decision.swipeId, decision]));
  const decisions = new Map<string, Decision>();
  const missing = new Map<string, Decision>();
  const made: Decision[] = [];
  let inside = presence?.inside;
  let last = presence?.sequence ?? '';
  for (const { swipe, sequence } of swipes) {
    const { swipeId } = swipe;
    if (decisions.has(swipeId)) continue;
    const stored = facts.decided.get(swipeId);
    const earlier = stored ?? outbox.get(swipeId);
    if (earlier !== undefined) {
      decisions.set(swipeId, earlier);
      if (stored === undefined) missing.set(swipeId, earlier);
      continue;
    }
    const reader = site.readers.get(swipe.readerId);
    const verdict = decide({ swipe, site, card, employee, inside, maxClockSkewMs: options.maxClockSkewMs });
    if (sequence > last) {
      inside = placeAfter(inside, swipe, reader, verdict);
      last = sequence;
    }
    const decision: Decision = {
      swipeId,
      tenantId: swipe.tenantId,
      readerId: swipe.readerId,
      cardId: swipe.cardId,
      ...(card?.employeeId === undefined ? {} : { employeeId: card.employeeId }),
      outcome: verdict.outcome,
      reason: verdict.reason,
      direction: verdict.direction,
      ...(reader === undefined ? {} : { buildingId: reader.buildingId, zoneId: reader.zoneId }),
      readAt: swipe.readAt,
      receivedAt: swipe.receivedAt,
      decidedAt: new Date(options.nowMs).toISOString(),
      timeBasis: verdict.timeBasis,
      sequence,
    };
    decisions.set(swipeId, decision);
    missing.set(swipeId, decision);
    made.push(decision);
  }
  const plan = { decisions: Array.from(decisions.values()), missing: Array.from(missing.values()) };
  if (made.length === 0) return { ...plan, presence: undefined };
  const kept = (presence?.outbox ?? []).filter(
    (old) => options.nowMs - Date.parse(old.decidedAt) < OUTBOX_MS && !options.isWritten(old),
  );
  return {
    ...plan,
    presence: {
      cardKey,
      version: (presence?.version ?? 0) + 1,
      sequence: last,
      ...(inside === undefined ? {} : { inside }),
      outbox: [...kept, ...made].slice(-OUTBOX_MAX),
      ...(card === undefined ? { expiresAt: Math.floor(options.nowMs / 1000) + UNKNOWN_CARD_KEEP_S } : {}),
    },
  };
}
