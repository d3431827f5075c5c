import { type Decision, decisionJson } from '@swipegate/contract';

/** Serializes a decision as JSON. */
export type DecisionJson = (decision: Decision) => string;

/** Serializes each decision once: the card's outbox and, milliseconds later, the stream need the same JSON. */
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
