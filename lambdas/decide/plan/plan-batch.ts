import type { Decision } from '@swipegate/contract';
import type { Presence } from '../../stores/presence.js';
import { cardKeyOf, employeeKeyOf } from '../records/keys.js';
import { type ByCard, byCard, type StreamSwipe } from '../records/records.js';
import type { ZoneState } from '../stores/zone-store.js';
import { CardDraft, type CardPlan, type PlanOptions } from './card-draft.js';
import type { BatchFacts } from './facts.js';
import { ZoneLedger } from './zone-ledger.js';

interface BatchPlan {
  cards: CardPlan[];
  /** Zone rows to write before the cards that name them. */
  zones: ZoneState[];
}

/**
 * Decides swipes in stream order across cards, because the rules of a zone look at other cards. Pure. A swipe that
 * already has a decision keeps it. Only a new decision moves the holder, and only forward in the stream.
 * @param swipes at most `OUTBOX_MAX` of each card
 */
export function planBatch(
  swipes: readonly StreamSwipe[],
  facts: BatchFacts,
  options: PlanOptions,
  cards: ByCard = byCard(swipes),
): BatchPlan {
  const { nowMs } = options;
  const zones = new Map(Array.from(facts.zones, ([zoneKey, state]) => [zoneKey, new ZoneLedger(state, nowMs)]));
  const drafts = draftsOf(cards, facts);
  for (const [zoneKey, zone] of zones) {
    for (const draft of drafts.values()) {
      const { cardKey, presence } = draft.facts;
      const cardId = sameTenant(zoneKey, cardKey);
      // While the holder's place is unknown, the zone's own row knows best.
      if (cardId === undefined || presence?.lostAt !== undefined) continue;
      if (zone.reconcile(cardId, presence)) draft.waitsFor(zoneKey);
    }
  }
  const context = { ...options, decidedAt: new Date(nowMs).toISOString(), zones };
  for (const swipe of swipes) {
    const draft = drafts.get(swipe.cardKey);
    const site = facts.sites.get(swipe.swipe.tenantId);
    if (draft === undefined || site === undefined) continue;
    if (!draft.keeps(swipe)) draft.decide(swipe, site, context);
  }
  const hasUnusedPlace = (row: Presence) => isPlaceUnused(row, zones);
  return {
    cards: Array.from(drafts.values(), (draft) => draft.plan(nowMs, hasUnusedPlace)),
    zones: Array.from(zones.values()).flatMap((zone) => zone.next() ?? []),
  };
}

/** Shared default: hardly any swipe comes twice. */
const NONE: ReadonlyMap<string, Decision> = new Map();

function draftsOf(cards: ByCard, facts: BatchFacts): Map<string, CardDraft> {
  const decided = new Map<string, Map<string, Decision>>();
  for (const decision of facts.decisions.values()) {
    const cardKey = cardKeyOf(decision);
    const ofCard = decided.get(cardKey) ?? new Map<string, Decision>();
    decided.set(cardKey, ofCard);
    ofCard.set(decision.swipeId, decision);
  }
  const drafts = new Map<string, CardDraft>();
  for (const [cardKey, swipes] of cards) {
    const card = facts.cards.get(cardKey);
    const employeeKey = card && employeeKeyOf(card, swipes);
    const employee = employeeKey === undefined ? undefined : facts.employees.get(employeeKey);
    const presence = facts.presence.get(cardKey);
    const ofCard = decided.get(cardKey) ?? NONE;
    drafts.set(cardKey, new CardDraft({ cardKey, swipes, card, employee, presence, decided: ofCard }));
  }
  return drafts;
}

/** Returns whether a zone reserves a place for a card that will not be inside once its row is written. */
function isPlaceUnused(row: Presence, zones: ReadonlyMap<string, ZoneLedger>): boolean {
  return Array.from(zones).some(([zoneKey, zone]) => {
    const cardId = sameTenant(zoneKey, row.cardKey);
    return cardId !== undefined && zone.holdsUnused(cardId, row);
  });
}

/** Returns the cardId if the card and the zone belong to the same tenant. */
function sameTenant(zoneKey: string, cardKey: string): string | undefined {
  const prefix = zoneKey.slice(0, zoneKey.indexOf('/') + 1);
  return cardKey.startsWith(prefix) ? cardKey.slice(prefix.length) : undefined;
}
