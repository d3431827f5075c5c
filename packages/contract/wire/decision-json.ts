import type { Decision } from './decision.js';

/**
 * Serializes a decision to the same bytes as JSON.stringify, in half the time: no member needs escaping, since their
 * patterns allow neither quotes nor backslashes. The member order is that of the decision function.
 */
export function decisionJson(decision: Decision): string {
  const { swipeId, tenantId, readerId, cardId, employeeId, decidedAt } = decision;
  const named = `"swipeId":"${swipeId}","tenantId":"${tenantId}","readerId":"${readerId}","cardId":"${cardId}"`;
  const holder = employeeId === undefined ? '' : `,"employeeId":"${employeeId}"`;
  return `{${named},${membersOf(decision, `,"decidedAt":"${decidedAt}"`, holder)}}`;
}

/** The same without the members that its row holds elsewhere: tenant, swipe, reader, card, employee, `decidedAt`. */
export function restOfDecisionJson(decision: Decision): string {
  return `{${membersOf(decision, '', '')}}`;
}

/** @param decidedAt and @param holder JSON members to insert, each with a leading comma; or empty */
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
