import { compile, type Decision, keyInstant, SwipeMessage, type SwipeRecord, swipeRecordOf } from '@swipegate/contract';
import { swipeKeyOf } from '@swipegate/lambdas/decide/stores/store';
import type { ObjectStore } from '@swipegate/lambdas/stores/archive/object-store';
import { readArchive } from '@swipegate/lambdas/stores/archive/read-archive';
import type { Placement } from '@swipegate/lambdas/stores/changes/placement';
import { archivedDecisions } from './archived-decisions.js';
import { decidedSwipe } from './decided-swipe.js';
import { PresenceFold } from './presence-fold.js';

/** From `from` (inside) until `until` (not), by when decisions were made, RFC 3339. */
export interface Window {
  from: string;
  until: string;
}

/** What the archive has of a window. */
export interface ReplayWindow {
  /** Where everybody was when it began. */
  before: PresenceFold;
  /** Decisions of the last minutes before it. */
  recent: Decision[];
  /** Decisions of the window, each once. */
  decisions: Decision[];
  /** The swipes that they answer. */
  swipeOf(decision: Decision): SwipeRecord;
  /** Placements that come after a swipe of the window, by the swipe's place in the stream. */
  placements: ReadonlyMap<string, Placement[]>;
  /** Decisions of the window whose swipe is not archived: it is taken from the decision. */
  withoutSwipe: number;
  /** Lines of the archive that are no decisions. */
  unreadable: number;
}

const DAY_MS = 86_400_000;
const isSwipeMessage = compile(SwipeMessage);

/**
 * Reads all decisions of a tenant up to the window's end, and the window's swipes. In memory are those of the window; of what was
 * before it, where each card was.
 *
 * @param recentMs how long before the window is `recent`
 * @throws {RangeError} for what is no instant, `ArchiveFileError`, and what the store throws
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
  // A file is in the folder of its oldest record, and a decision comes a little after it was made.
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

/** Swipes that were answered. The same may have been posted twice, and at another reader: that one has no decision. */
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

/** Placements before the window are folded into what was before; those after it are passed over. */
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
