import { Decision } from './decision.js';
import { compile } from './validation.js';

const isDecision = compile(Decision);

/**
 * The decision in a row of its table, as it was published: keys of table and indexes, and the time to live, are the table's
 * business. Undefined where the row is no decision.
 */
export function decisionOfRow(row: Readonly<Record<string, unknown>>): Decision | undefined {
  const decision: unknown = Object.fromEntries(Object.entries(row).filter(([name]) => name in Decision.properties));
  return isDecision(decision) ? decision : undefined;
}
