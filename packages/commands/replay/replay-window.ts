import {
  compile,
  type Decision,
  keyInstant,
  type Site,
  SwipeMessage,
  type SwipeRecord,
  swipeRecordOf,
  tenantKey,
} from '@swipegate/contract';
import { swipeKeyOf } from '@swipegate/lambdas/decide/records/keys';
import { looksAtOthers, type ZoneAnswer } from '@swipegate/lambdas/decide/rules/zone-rules';
import type { ObjectStore } from '@swipegate/lambdas/stores/archive/object-store';
import { readArchive } from '@swipegate/lambdas/stores/archive/read-archive';
import type { Placement } from '@swipegate/lambdas/stores/changes/event-store';
import type { Presence } from '@swipegate/lambdas/stores/presence';
import { type NotedPresentation, occupantOf, type ZoneState } from '@swipegate/lambdas/stores/zone-state';
import { archivedDecisions, decidedSwipe, inDecidingOrder, ruledAtMs } from './archived-decisions.js';
import { PresenceFold } from './presence-fold.js';

/** From `from` (inclusive) to `until` (exclusive), by the time of the decision, RFC 3339. */
export interface Window {
  from: string;
  until: string;
}

export interface ReplayWindow {
  /** Positions of all cardholders at its start. */
  before: PresenceFold;
  /** Decisions of the last minutes before it. */
  recent: Decision[];
  /** Decisions of the window, without duplicates. */
  decisions: Decision[];
  swipeOf(decision: Decision): SwipeRecord;
  /** Placements that follow a swipe of the window, by the sequence of that swipe. */
  placements: ReadonlyMap<string, Placement[]>;
  /** Decisions of the window whose swipe is not archived and is restored from the decision. */
  withoutSwipe: number;
  /** Lines of the archive that are not decisions. */
  unreadable: number;
}

const DAY_MS = 86_400_000;
const isSwipeMessage = compile(SwipeMessage);

/**
 * Reads the decisions of a tenant up to the end of the window. Keeps in memory the decisions and swipes of the window,
 * the position of each card before it, and the decisions of the last `recentMs` before it.
 * @throws {RangeError} for an invalid time; also `ArchiveFileError`, and what the store throws
 */
export async function readWindow(
  store: ObjectStore,
  {
    tenantId,
    window,
    recentMs,
    placements,
  }: { tenantId: string; window: Window; recentMs: number; placements: Iterable<Placement> },
): Promise<ReplayWindow> {
  const from = keyInstant(window.from);
  const until = keyInstant(window.until);
  const recentFrom = keyInstant(Date.parse(from) - recentMs);
  const before = new PresenceFold();
  const recent = new Map<string, Decision>();
  const decisions = new Map<string, Decision>();
  let unreadable = 0;
  // One day more, because a file is in the folder of its oldest record, and a decision arrives after it was made.
  const untilDay = dayOf(Date.parse(until) + DAY_MS);
  for await (const decision of archivedDecisions(store, { until: untilDay }, () => unreadable++)) {
    const { decidedAt } = decision;
    if (decision.tenantId !== tenantId || decidedAt >= until) continue;
    if (decidedAt >= from) decisions.set(swipeKeyOf(decision), decision);
    else {
      before.add(decision);
      if (decidedAt >= recentFrom) recent.set(swipeKeyOf(decision), decision);
    }
  }
  const swipes = await swipesOf(store, decisions, { from: dayOf(Date.parse(from) - 2 * DAY_MS), until: untilDay });
  return {
    before,
    recent: Array.from(recent.values()),
    decisions: Array.from(decisions.values()),
    swipeOf: (decision) => swipes.get(swipeKeyOf(decision)) ?? decidedSwipe(decision).swipe,
    placements: placementsIn(decisions, placements, { tenantId, before }),
    withoutSwipe: decisions.size - swipes.size,
    unreadable,
  };
}

/** Reads the swipes of these decisions. A swipeId posted again, or at another reader, has no decision. */
async function swipesOf(
  store: ObjectStore,
  decisions: ReadonlyMap<string, Decision>,
  days: { from: string; until: string },
): Promise<Map<string, SwipeRecord>> {
  const swipes = new Map<string, SwipeRecord>();
  if (decisions.size === 0) return swipes;
  for await (const value of readArchive(store, 'swipes', days)) {
    if (!isSwipeMessage(value)) continue;
    const swipe = swipeRecordOf(value);
    const decision = decisions.get(swipeKeyOf(swipe));
    if (decision?.readerId === swipe.readerId && decision.receivedAt === swipe.receivedAt) {
      swipes.set(swipeKeyOf(swipe), swipe);
    }
  }
  return swipes;
}

/** Selects the placements of the window. Earlier ones are added to `before`; later ones are ignored. */
function placementsIn(
  decisions: ReadonlyMap<string, Decision>,
  placements: Iterable<Placement>,
  { tenantId, before }: { tenantId: string; before: PresenceFold },
): Map<string, Placement[]> {
  const sequences = new Set(Array.from(decisions.values(), ({ sequence }) => sequence));
  const within = new Map<string, Placement[]>();
  for (const placement of placements) {
    if (placement.tenantId !== tenantId) continue;
    const { afterSequence } = placement;
    if (sequences.has(afterSequence)) within.set(afterSequence, [...(within.get(afterSequence) ?? []), placement]);
    else if (afterSequence <= before.lastOf(placement)) before.place(placement);
  }
  return within;
}

function dayOf(ms: number): string {
  return keyInstant(ms).slice(0, 10);
}

/** By tenant/zone: the state, at the start of a window, of zones with an occupancy limit or a two-person rule. */
export function zonesAtStart(
  { tenantId, zones, readers, employees }: Site,
  presence: Iterable<Presence>,
  recent: readonly Decision[],
): Map<string, ZoneState> {
  const states = new Map<string, ZoneState>();
  for (const zone of zones) {
    if (!looksAtOthers(zone)) continue;
    const zoneKey = tenantKey(tenantId, zone.zoneId);
    states.set(zoneKey, { zoneKey, version: 0, occupants: [], presentations: [] });
  }
  for (const { cardKey, inside } of presence) {
    const cardId = cardKey.slice(tenantKey(tenantId, '').length);
    states.get(tenantKey(tenantId, inside?.zoneId ?? ''))?.occupants.push(occupantOf(cardId));
  }
  const zoneIds = new Map(readers.map(({ readerId, zoneId }) => [readerId, zoneId]));
  const holders = new Set(employees.map(({ employeeId }) => employeeId));
  for (const { decision } of inDecidingOrder(recent)) {
    const presentation = presentationOf(decision);
    const zoneId = zoneIds.get(decision.readerId);
    if (presentation === undefined || zoneId === undefined || !holders.has(presentation.employeeId)) continue;
    states.get(tenantKey(tenantId, zoneId))?.presentations.push(presentation);
  }
  return states;
}

/** The presentation of a card that passed all rules before those of the zone; undefined for any other decision. */
function presentationOf(decision: Decision): NotedPresentation | undefined {
  const { swipeId, cardId, sequence, employeeId, readerId, direction, decidedAt, outcome } = decision;
  const answer = answerOf(decision);
  if (answer === undefined || employeeId === undefined || direction === 'out') return undefined;
  const isHistory = outcome === 'recorded';
  const atMs = ruledAtMs(decision);
  return { swipeId, cardId, sequence, employeeId, readerId, atMs, answer, isHistory, notedAtMs: Date.parse(decidedAt) };
}

function answerOf({ reason }: Decision): ZoneAnswer | undefined {
  switch (reason) {
    case 'granted':
    case 'passback-detected':
    case 'duress':
      return 'admitted';
    case 'denied-upper-occupancy-limit':
    case 'denied-no-accompaniment':
      return reason;
    default:
      return undefined;
  }
}
