import type { Decision } from './decision.js';

/**
 * What JSON.stringify makes of a decision as decide has made it, in half the time: it would look for what must be escaped,
 * and the patterns of a decision's members allow none of it.
 */
export function decisionJson(decision: Decision): string {
  const { swipeId, tenantId, readerId, cardId, employeeId, decidedAt } = decision;
  const named = `"swipeId":"${swipeId}","tenantId":"${tenantId}","readerId":"${readerId}","cardId":"${cardId}"`;
  const holder = employeeId === undefined ? '' : `,"employeeId":"${employeeId}"`;
  return `{${named},${membersOf(decision, `,"decidedAt":"${decidedAt}"`, holder)}}`;
}

/** The same without what the keys of its row say: who, at which reader, and when it was decided. */
export function restOfDecisionJson(decision: Decision): string {
  return `{${membersOf(decision, '', '')}}`;
}

/** @param decidedAt and @param holder: members that come among these, each after a comma, or nothing */
function membersOf(decision: Decision, decidedAt: string, holder: string): string {
  const { outcome, reason, direction, readAt, receivedAt, timeBasis, sequence } = decision;
  const { buildingId, zoneId, duress, offlineOutcome } = decision;
  const what = `"outcome":"${outcome}","reason":"${reason}","direction":"${direction}"`;
  const when = `,"readAt":"${readAt}","receivedAt":"${receivedAt}"${decidedAt},"timeBasis":"${timeBasis}"`;
  let json = `${what}${when},"sequence":"${sequence}"${holder}`;
  if (buildingId !== undefined) json += `,"buildingId":"${buildingId}"`;
  if (zoneId !== undefined) json += `,"zoneId":"${zoneId}"`;
  if (duress !== undefined) json += `,"duress":${duress}`;
  if (offlineOutcome !== undefined) json += `,"offlineOutcome":"${offlineOutcome}"`;
  return json;
}
