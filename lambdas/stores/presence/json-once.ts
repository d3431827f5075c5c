import { type Decision, decisionJson } from '@swipegate/contract';

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
