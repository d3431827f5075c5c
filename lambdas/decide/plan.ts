import { type Card, type Decision, type Employee, type Reader, tenantKey } from '../../gateway/contract/index.js';
import { CardDraft, type CardPlan } from './card-plan.js';
import { type History, historyOf } from './history.js';
import { isMove, type Presence, placeAfter } from './presence.js';
import type { StreamSwipe } from './records.js';
import { decide, type Verdict } from './rules.js';
import type { SiteIndex } from './site-index.js';
import { cardKeyOf, swipeKeyOf } from './store.js';
import { ZoneLedger } from './zone-ledger.js';
import type { ZoneState } from './zone-state.js';

/** All that was read for a batch. Keys are tenant/card, tenant/employee, {@link swipeKeyOf}, tenant, and tenant/zone. */
export interface BatchFacts {
  cards: ReadonlyMap<string, Card>;
  employees: ReadonlyMap<string, Employee>;
  presence: ReadonlyMap<string, Presence>;
  decisions: ReadonlyMap<string, Decision>;
  sites: ReadonlyMap<string, SiteIndex>;
  /** Of the zones that the batch may touch, those whose rules look at who else is there. */
  zones: ReadonlyMap<string, ZoneState>;
}

export interface PlanOptions {
  /** Whether a decision is known to be in the decisions table. */
  isWritten(decision: Decision): boolean;
  nowMs: number;
  maxClockSkewMs: number;
  /** A swipe that reaches the stream this long after the gateway took it is history. */
  lateAfterMs: number;
}

interface Moment extends PlanOptions {
  /** `nowMs`, RFC 3339. */
  decidedAt: string;
}

export interface BatchPlan {
  cards: CardPlan[];
  /** Rows of zones, to be written before the cards that name them. */
  zones: ZoneState[];
}

/**
 * Decides swipes in stream order, across cards: who comes later may find the zone full, or company at the door. Pure. A
 * swipe that has its decision keeps it: in the table, in the card's outbox, or earlier in the same batch. Only a new
 * decision moves the holder, and only forward in the stream.
 *
 * @param swipes of a card at most `OUTBOX_MAX`
 */
export function planBatch(swipes: readonly StreamSwipe[], facts: BatchFacts, options: PlanOptions): BatchPlan {
  const zones = new Map(Array.from(facts.zones, ([zoneKey, state]) => [zoneKey, new ZoneLedger(state)]));
  const drafts = draftsOf(swipes, facts);
  for (const [zoneKey, zone] of zones) {
    for (const draft of drafts.values()) {
      const cardId = sameTenant(zoneKey, draft.facts.cardKey);
      if (cardId !== undefined && zone.settle(cardId, draft.facts.presence)) draft.waitsFor(zoneKey);
    }
  }
  const moment: Moment = { ...options, decidedAt: new Date(options.nowMs).toISOString() };
  for (const swipe of swipes) {
    const draft = drafts.get(cardKeyOf(swipe.swipe));
    const site = facts.sites.get(swipe.swipe.tenantId);
    if (draft === undefined || site === undefined) continue;
    draft.swipes.push(swipe);
    if (!draft.keeps(swipe)) decideOne(swipe, draft, site, zones, moment);
  }
  const cards = Array.from(drafts.values(), (draft): CardPlan => {
    const plan = draft.plan(options);
    plan.isHeldInVain = isHeldInVain(plan, zones);
    return plan;
  });
  return { cards, zones: Array.from(zones.values()).flatMap((zone) => zone.next(options.nowMs) ?? []) };
}

/** Hardly a swipe comes twice. */
const NONE: ReadonlyMap<string, Decision> = new Map();

function draftsOf(swipes: readonly StreamSwipe[], facts: BatchFacts): Map<string, CardDraft> {
  const decided = new Map<string, Map<string, Decision>>();
  for (const decision of facts.decisions.values()) {
    const cardKey = cardKeyOf(decision);
    const ofCard = decided.get(cardKey) ?? new Map<string, Decision>();
    decided.set(cardKey, ofCard);
    ofCard.set(decision.swipeId, decision);
  }
  const drafts = new Map<string, CardDraft>();
  for (const { swipe } of swipes) {
    const cardKey = cardKeyOf(swipe);
    if (drafts.has(cardKey)) continue;
    const card = facts.cards.get(cardKey);
    const employee =
      card?.employeeId === undefined ? undefined : facts.employees.get(tenantKey(swipe.tenantId, card.employeeId));
    const presence = facts.presence.get(cardKey);
    drafts.set(cardKey, new CardDraft({ cardKey, card, employee, presence, decided: decided.get(cardKey) ?? NONE }));
  }
  return drafts;
}

function decideOne(
  { swipe, sequence, arrivedAtMs }: StreamSwipe,
  draft: CardDraft,
  site: SiteIndex,
  zones: ReadonlyMap<string, ZoneLedger>,
  options: Moment,
): void {
  const { card, employee, presence } = draft.facts;
  const { inside, last } = draft;
  const { swipeId, cardId } = swipe;
  const reader = site.readers.get(swipe.readerId);
  const history = historyOf(swipe, arrivedAtMs, options.lateAfterMs);
  const touched = (zoneId: string | undefined): ZoneLedger | undefined => {
    if (zones.size === 0) return undefined;
    const zoneKey = tenantKey(swipe.tenantId, zoneId ?? '');
    const zone = zones.get(zoneKey);
    if (zone !== undefined) draft.waitsFor(zoneKey);
    return zone;
  };
  const behind = touched(reader?.zoneId);
  const verdict = decide({
    swipe,
    history,
    site,
    card,
    employee,
    inside,
    forgivenAt: presence?.forgivenAt,
    zone: behind?.factsFor({ swipeId, cardId, sequence }, last),
    maxClockSkewMs: options.maxClockSkewMs,
  });
  const { atMs, zoneAnswer } = verdict;
  if (behind !== undefined && zoneAnswer !== undefined && employee !== undefined) {
    const { employeeId } = employee;
    const isHistory = history !== undefined;
    const { readerId } = swipe;
    const noted = { swipeId, cardId, sequence, employeeId, readerId, atMs, answer: zoneAnswer, isHistory };
    behind.note({ ...noted, notedAtMs: options.nowMs });
  }
  if (reader !== undefined && sequence > last && isMove(verdict, swipe, { history, reader, movedAt: draft.movedAt })) {
    const place = placeAfter(swipe, reader, verdict);
    if (place?.zoneId !== inside?.zoneId) touched(inside?.zoneId)?.leave(cardId);
    touched(place?.zoneId)?.enter(cardId);
    draft.moveTo(place, atMs);
  }
  draft.add(decisionOf({ swipe, sequence }, { card, reader, history, verdict }, options.decidedAt));
}

function decisionOf(
  { swipe, sequence }: Pick<StreamSwipe, 'swipe' | 'sequence'>,
  of: { card: Card | undefined; reader: Reader | undefined; history: History | undefined; verdict: Verdict },
  decidedAt: string,
): Decision {
  const { card, reader, verdict } = of;
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
  return decision;
}

function isHeldInVain({ cardKey, presence }: Pick<CardPlan, 'cardKey' | 'presence'>, zones: Map<string, ZoneLedger>) {
  if (presence === undefined || zones.size === 0) return false;
  return Array.from(zones).some(([zoneKey, zone]) => {
    const cardId = sameTenant(zoneKey, cardKey);
    return cardId !== undefined && zone.holdsInVain(cardId, presence);
  });
}

/** The card's id, if it is of the zone's tenant. */
function sameTenant(zoneKey: string, cardKey: string): string | undefined {
  const prefix = zoneKey.slice(0, zoneKey.indexOf('/') + 1);
  return cardKey.startsWith(prefix) ? cardKey.slice(prefix.length) : undefined;
}
