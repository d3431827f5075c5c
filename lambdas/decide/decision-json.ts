import type { Decision } from '../../gateway/contract/index.js';

/** A decision as JSON. */
export type DecisionJson = (decision: Decision) => string;

/** Makes each decision's JSON once: it stands in the card's outbox, then on the stream, within milliseconds. */
export function jsonOnce(): DecisionJson {
  const made = new Map<Decision, string>();
  return (decision) => {
    const known = made.get(decision);
    if (known !== undefined) return known;
    const json = decisionJson(decision);
    made.set(decision, json);
    return json;
  };
}

/**
 * What JSON.stringify makes of a decision that decide or its row has made, in half the time: it would look for what must be
 * escaped, and the patterns of these members allow none of it.
 */
export function decisionJson(decision: Decision): string {
  const { swipeId, tenantId, readerId, cardId, outcome, reason, direction, timeBasis, sequence } = decision;
  const { employeeId, buildingId, zoneId, duress, offlineOutcome } = decision;
  const who = `{"swipeId":"${swipeId}","tenantId":"${tenantId}","readerId":"${readerId}","cardId":"${cardId}"`;
  const what = `,"outcome":"${outcome}","reason":"${reason}","direction":"${direction}"`;
  const when = `,"readAt":"${decision.readAt}","receivedAt":"${decision.receivedAt}","decidedAt":"${decision.decidedAt}"`;
  let json = `${who}${what}${when},"timeBasis":"${timeBasis}","sequence":"${sequence}"`;
  if (employeeId !== undefined) json += `,"employeeId":"${employeeId}"`;
  if (buildingId !== undefined) json += `,"buildingId":"${buildingId}"`;
  if (zoneId !== undefined) json += `,"zoneId":"${zoneId}"`;
  if (duress !== undefined) json += `,"duress":${duress}`;
  if (offlineOutcome !== undefined) json += `,"offlineOutcome":"${offlineOutcome}"`;
  return `${json}}`;
}
