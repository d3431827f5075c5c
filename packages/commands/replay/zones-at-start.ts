import { type Decision, type Site, tenantKey } from '@swipegate/contract';
import { looksAtOthers, type ZoneAnswer } from '@swipegate/lambdas/decide/rules/zone-rules';
import type { NotedPresentation, ZoneState } from '@swipegate/lambdas/decide/stores/zone-state';
import type { Presence } from '@swipegate/lambdas/stores/presence/presence';
import { ruledAtMs } from './decided-swipe.js';
import { inDecidingOrder } from './deciding-order.js';

/**
 * The state at the start of a window of the zones with an occupancy limit or a two-person rule: their occupants, and
 * the recent presentations of cards, taken from the decisions of the last minutes. Keys are tenant/zone.
 */
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
    states
      .get(tenantKey(tenantId, inside?.zoneId ?? ''))
      ?.occupants.push(cardKey.slice(tenantKey(tenantId, '').length));
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
