import { type AccessEvent, type Decision, type Outcome, type Site, tenantKey } from '@swipegate/contract';
import { OUTBOX_MAX } from '@swipegate/lambdas/decide/plan/card-draft';
import type { BatchFacts } from '@swipegate/lambdas/decide/plan/facts';
import { planBatch } from '@swipegate/lambdas/decide/plan/plan-batch';
import { PRESENTATIONS_MS } from '@swipegate/lambdas/decide/plan/zone-ledger';
import { cardKeyOf, swipeKeyOf } from '@swipegate/lambdas/decide/records/keys';
import type { StreamSwipe } from '@swipegate/lambdas/decide/records/records';
import type { ClockLimits } from '@swipegate/lambdas/decide/rules/clock';
import { repeatingOf } from '@swipegate/lambdas/decide/rules/repeats';
import type { ObjectStore } from '@swipegate/lambdas/stores/archive/object-store';
import type { Placement } from '@swipegate/lambdas/stores/changes/event-store';
import type { Presence } from '@swipegate/lambdas/stores/presence';
import { inDecidingOrder, ruledAtMs } from './archived-decisions.js';
import { siteIndexOf } from './input-documents.js';
import { readersOf, type SiteOf } from './presence-fold.js';
import { type ReplayWindow, readWindow, type Window, zonesAtStart } from './replay-window.js';

export interface WhatIfParts {
  store: ObjectStore;
  /** Returns the current site, for the outer zones of readers before the window. */
  siteOf: SiteOf;
}

export interface WhatIfOptions {
  /** The changed site. The swipes of its tenant are replayed, with its cards and people. */
  site: Site;
  window: Window;
  /** As in decide. */
  clock: ClockLimits;
  lateAfterMs: number;
  repeatWindowMs: number;
  /** Time up to which an operator has forgiven a card's entries, RFC 3339, by tenant/card. It is not archived. */
  forgivenAt?: ReadonlyMap<string, string>;
  /** Placements by the back office, in stream order per card. */
  placements?: Iterable<Placement>;
}

export interface Judgement {
  outcome: Outcome;
  reason: AccessEvent;
}

export interface Difference {
  swipeId: string;
  cardId: string;
  employeeId: string | undefined;
  readerId: string;
  /** The time that the rules used, RFC 3339. */
  at: string;
  was: Judgement;
  would: Judgement;
}

export interface WhatIf {
  /** Swipes that were decided again. */
  swipes: number;
  /** In the order in which they were decided. */
  differences: Difference[];
  /** Number of differences by old and new result, most frequent first. */
  totals: { was: Judgement; would: Judgement; swipes: number }[];
  /** Swipes that are not archived and were restored from their decisions. */
  withoutSwipe: number;
  /** Lines of the archive that are not decisions. */
  unreadable: number;
}

/**
 * Decides the swipes of a window again by the rules of a changed site, with its cards and people, and returns the
 * differences. Writes nothing. Assumes that people show the same cards at the same doors.
 * @throws {RangeError} for an invalid time; also `ArchiveFileError`, and what store and `siteOf` throw
 */
export async function whatIf({ store, siteOf }: WhatIfParts, options: WhatIfOptions): Promise<WhatIf> {
  const { site, window, placements = [] } = options;
  const { tenantId } = site;
  const archived = await readWindow(store, { tenantId, window, recentMs: PRESENTATIONS_MS, placements });
  const { readerOf } = await readersOf(archived.before.decisions(), siteOf);
  const presence = new Map<string, Presence>();
  const outboxes = outboxesAtStart(archived.recent);
  for (const card of archived.before.cards(readerOf)) {
    presence.set(card.cardKey, { ...card, version: 1, ...(outboxes.get(card.cardKey) ?? { outbox: [] }) });
  }
  const would = replay(archived, presence, options);
  const differences = inDecidingOrder(archived.decisions).flatMap(({ decision }): Difference[] => {
    const other = would.get(swipeKeyOf(decision));
    return other === undefined || isSame(decision, other) ? [] : [differenceOf(decision, other)];
  });
  const { withoutSwipe, unreadable } = archived;
  return { swipes: would.size, differences, totals: totalsOf(differences), withoutSwipe, unreadable };
}

/** @returns the new decisions, by {@link swipeKeyOf} */
function replay(
  archived: ReplayWindow,
  presence: Map<string, Presence>,
  { site, clock, lateAfterMs, repeatWindowMs, forgivenAt }: WhatIfOptions,
): Map<string, Decision> {
  const { tenantId } = site;
  const zones = zonesAtStart(site, presence.values(), archived.recent);
  const facts: BatchFacts = {
    cards: new Map(site.cards.map((card) => [tenantKey(tenantId, card.cardId), card])),
    // Without their lists of cards: each card is judged by itself.
    employees: new Map(site.employees.map((employee) => [tenantKey(tenantId, employee.employeeId), employee])),
    presence,
    otherPresence: new Map(),
    decisions: new Map(),
    hostCards: hostCardsOf(site),
    sites: new Map([[tenantId, siteIndexOf(site)]]),
    zones,
  };
  const would = new Map<string, Decision>();
  const visitors = new Set(site.employees.flatMap(({ employeeId, visit }) => (visit === undefined ? [] : employeeId)));
  const isVisitor = ({ employeeId = '' }: Decision) => visitors.has(employeeId);
  for (const { nowMs, decisions } of batchesOf(archived, isVisitor)) {
    const swipes = decisions.map((decision) => streamed(archived.swipeOf(decision), decision, lateAfterMs));
    for (const { cardKey } of swipes) forgive(presence, cardKey, { nowMs, forgivenAt });
    const plan = planBatch(swipes, facts, { nowMs, clock, lateAfterMs, repeatWindowMs });
    for (const zone of plan.zones) zones.set(zone.zoneKey, zone);
    for (const card of plan.cards) {
      if (card.presence !== undefined) presence.set(card.cardKey, card.presence);
      for (const decision of card.decisions) would.set(swipeKeyOf(decision), decision);
    }
    for (const { sequence } of decisions) {
      for (const placement of archived.placements.get(sequence) ?? []) put(presence, placement);
    }
  }
  return would;
}

/** By tenant/card: the last decision before the window, which a swipe in it may repeat. */
function outboxesAtStart(recent: readonly Decision[]): Map<string, Pick<Presence, 'outbox' | 'repeating'>> {
  const outboxes = new Map<string, Pick<Presence, 'outbox' | 'repeating'>>();
  const answers = new Map(recent.map((decision) => [swipeKeyOf(decision), decision]));
  for (const { decision } of inDecidingOrder(recent)) {
    const { repeatOf } = decision;
    const answer = repeatOf === undefined ? undefined : answers.get(swipeKeyOf({ ...decision, swipeId: repeatOf }));
    outboxes.set(cardKeyOf(decision), {
      outbox: [decision],
      ...(answer === undefined ? {} : { repeating: repeatingOf(answer) }),
    });
  }
  return outboxes;
}

/** Keys of the cards of each visitor's host, by tenant/employee. */
function hostCardsOf({ tenantId, employees, cards }: Site): BatchFacts['hostCards'] {
  const hosts = new Map<string, string[]>();
  for (const { visit } of employees) if (visit !== undefined) hosts.set(tenantKey(tenantId, visit.hostId), []);
  for (const { cardId, employeeId = '' } of cards) {
    hosts.get(tenantKey(tenantId, employeeId))?.push(tenantKey(tenantId, cardId));
  }
  return hosts;
}

/**
 * Groups decisions made at the same time. A batch ends when a presence row is full, when a placement takes effect, or
 * before a visitor, who may need the host's decision.
 */
function batchesOf(
  { decisions, placements }: ReplayWindow,
  isVisitor: (decision: Decision) => boolean,
): { nowMs: number; decisions: Decision[] }[] {
  const batches: { nowMs: number; decisions: Decision[] }[] = [];
  let isCut = true;
  for (const { decision, turnMs } of inDecidingOrder(decisions)) {
    const batch = batches.at(-1);
    if (isCut || isVisitor(decision) || batch?.nowMs !== turnMs || batch.decisions.length === OUTBOX_MAX) {
      batches.push({ nowMs: turnMs, decisions: [decision] });
    } else batch.decisions.push(decision);
    isCut = placements.has(decision.sequence);
  }
  return batches;
}

/** Restores the arrival on the stream. The outcome shows whether it was too late; the archive has no more about it. */
function streamed(swipe: StreamSwipe['swipe'], { sequence, outcome }: Decision, lateAfterMs: number): StreamSwipe {
  const receivedAtMs = Date.parse(swipe.receivedAt);
  const arrivedAtMs = outcome === 'recorded' ? receivedAtMs + lateAfterMs + 1 : receivedAtMs;
  return { swipe, cardKey: cardKeyOf(swipe), sequence, kinesisSequence: sequence, arrivedAtMs };
}

/** Applies forgiveness only from the time it was given, as decide saw it. */
function forgive(
  presence: Map<string, Presence>,
  cardKey: string,
  { nowMs, forgivenAt }: { nowMs: number; forgivenAt: ReadonlyMap<string, string> | undefined },
): void {
  const row = presence.get(cardKey);
  const until = forgivenAt?.get(cardKey);
  if (row !== undefined && until !== undefined && Date.parse(until) <= nowMs) {
    presence.set(cardKey, { ...row, forgivenAt: until });
  }
}

function put(presence: Map<string, Presence>, { place, movedAt, ...placement }: Placement): void {
  const row = presence.get(cardKeyOf(placement));
  if (row === undefined) return;
  const { inside: _, ...rest } = row;
  presence.set(row.cardKey, { ...rest, movedAt, ...(place === undefined ? {} : { inside: place }) });
}

function isSame(a: Judgement, b: Judgement): boolean {
  return a.outcome === b.outcome && a.reason === b.reason;
}

function differenceOf(was: Decision, would: Decision): Difference {
  const { swipeId, cardId, employeeId, readerId } = was;
  const at = new Date(ruledAtMs(was)).toISOString();
  return { swipeId, cardId, employeeId, readerId, at, was: judgementOf(was), would: judgementOf(would) };
}

function judgementOf({ outcome, reason }: Judgement): Judgement {
  return { outcome, reason };
}

function totalsOf(differences: readonly Difference[]): WhatIf['totals'] {
  const totals = new Map<string, WhatIf['totals'][number]>();
  for (const { was, would } of differences) {
    const key = JSON.stringify([was, would]);
    const known = totals.get(key);
    if (known === undefined) totals.set(key, { was, would, swipes: 1 });
    else known.swipes += 1;
  }
  return Array.from(totals.values()).sort((a, b) => b.swipes - a.swipes);
}
