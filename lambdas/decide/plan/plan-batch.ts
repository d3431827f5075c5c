import { type Card, type Decision, type Employee, type Reader, tenantKey } from '@swipegate/contract';
import { historyOf } from '../../stores/presence/history.js';
import { isMove, type Presence, placeAfter, ruledAt } from '../../stores/presence.js';
import type { SiteIndex } from '../../stores/site/site-index.js';
import { type ByCard, byCard } from '../records/by-card.js';
import type { StreamSwipe } from '../records/records.js';
import { decide, type Verdict } from '../rules/rules.js';
import { cardKeyOf, employeeKeyOf, swipeKeyOf } from '../stores/store.js';
import type { ZoneState } from '../stores/zone-state.js';
import { CardDraft, type CardPlan } from './card-draft.js';
import { ZoneLedger } from './zone-ledger.js';

/** All rows read for a batch, by tenant/card, tenant/employee, {@link swipeKeyOf}, tenant (sites) or tenant/zone. */
export interface BatchFacts {
  cards: ReadonlyMap<string, Card>;
  employees: ReadonlyMap<string, Employee>;
  presence: ReadonlyMap<string, Presence>;
  decisions: ReadonlyMap<string, Decision>;
  sites: ReadonlyMap<string, SiteIndex>;
  /** Zones that the batch may touch and whose rules depend on who else is inside. */
  zones: ReadonlyMap<string, ZoneState>;
}

export interface PlanOptions {
  nowMs: number;
  maxClockSkewMs: number;
  /** A swipe that takes longer than this from the gateway to the stream is history, ms. */
  lateAfterMs: number;
}

interface Moment extends PlanOptions {
  /** `nowMs` as RFC 3339. */
  decidedAt: string;
}

export interface BatchPlan {
  cards: CardPlan[];
  /** Zone rows to write before the cards that name them. */
  zones: ZoneState[];
}

/**
 * Decides swipes in stream order across cards: a later swipe may find the zone full, or company at the door. Pure. A
 * swipe that already has a decision (in the table, in the card's outbox or earlier in the batch) keeps it. Only a new
 * decision moves the holder, and only forward in the stream.
 *
 * @param swipes at most `OUTBOX_MAX` of each card
 */
export function planBatch(
  swipes: readonly StreamSwipe[],
  facts: BatchFacts,
  options: PlanOptions,
  cards: ByCard = byCard(swipes),
): BatchPlan {
  const zones = new Map(Array.from(facts.zones, ([zoneKey, state]) => [zoneKey, new ZoneLedger(state, options.nowMs)]));
  const drafts = draftsOf(cards, facts);
  for (const [zoneKey, zone] of zones) {
    for (const draft of drafts.values()) {
      const cardId = sameTenant(zoneKey, draft.facts.cardKey);
      if (cardId !== undefined && zone.settle(cardId, draft.facts.presence)) draft.waitsFor(zoneKey);
    }
  }
  const moment: Moment = { ...options, decidedAt: new Date(options.nowMs).toISOString() };
  for (const swipe of swipes) {
    const draft = drafts.get(swipe.cardKey);
    const site = facts.sites.get(swipe.swipe.tenantId);
    if (draft === undefined || site === undefined) continue;
    if (!draft.keeps(swipe)) decideOne(swipe, draft, site, zones, moment);
  }
  const plans = Array.from(drafts.values(), (draft): CardPlan => {
    const plan = draft.plan(options.nowMs);
    plan.isHeldInVain = isHeldInVain(plan, zones);
    return plan;
  });
  return { cards: plans, zones: Array.from(zones.values()).flatMap((zone) => zone.next() ?? []) };
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

function decideOne(
  { swipe, sequence, arrivedAtMs }: StreamSwipe,
  draft: CardDraft,
  site: SiteIndex,
  zones: ReadonlyMap<string, ZoneLedger>,
  options: Moment,
): void {
  const { card, employee, presence } = draft.facts;
  const { inside, last } = draft;
  const { tenantId, swipeId, cardId } = swipe;
  const reader = site.readers.get(swipe.readerId);
  const history = historyOf(swipe, arrivedAtMs, options.lateAfterMs);
  const behind = touched(zones, draft, tenantId, reader?.zoneId);
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
    if (place?.zoneId !== inside?.zoneId) touched(zones, draft, tenantId, inside?.zoneId)?.leave(cardId);
    touched(zones, draft, tenantId, place?.zoneId)?.enter(cardId);
    draft.moveTo(place, ruledAt(swipe, verdict));
  }
  draft.add(decisionOf({ swipe, sequence, verdict, decidedAt: options.decidedAt }, card, reader));
}

function decisionOf(
  {
    swipe,
    sequence,
    verdict,
    decidedAt,
  }: Pick<StreamSwipe, 'swipe' | 'sequence'> & { verdict: Verdict; decidedAt: string },
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
  return decision;
}

/** Returns the zone's ledger if the zone has a row, and makes the card's row wait for it. */
function touched(
  zones: ReadonlyMap<string, ZoneLedger>,
  draft: CardDraft,
  tenantId: string,
  zoneId: string | undefined,
): ZoneLedger | undefined {
  if (zones.size === 0 || zoneId === undefined) return undefined;
  const zoneKey = tenantKey(tenantId, zoneId);
  const zone = zones.get(zoneKey);
  if (zone !== undefined) draft.waitsFor(zoneKey);
  return zone;
}

function isHeldInVain({ cardKey, presence }: Pick<CardPlan, 'cardKey' | 'presence'>, zones: Map<string, ZoneLedger>) {
  if (presence === undefined || zones.size === 0) return false;
  return Array.from(zones).some(([zoneKey, zone]) => {
    const cardId = sameTenant(zoneKey, cardKey);
    return cardId !== undefined && zone.holdsInVain(cardId, presence);
  });
}

/** Returns the cardId if the card and the zone belong to the same tenant. */
function sameTenant(zoneKey: string, cardKey: string): string | undefined {
  const prefix = zoneKey.slice(0, zoneKey.indexOf('/') + 1);
  return cardKey.startsWith(prefix) ? cardKey.slice(prefix.length) : undefined;
}
