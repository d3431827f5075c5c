import { tenantKey } from '../values/identifiers.js';
import { compile } from '../values/validation.js';
import { Decision, restOfDecisionJson } from '../wire/decision.js';
import { decidedKey, eventKey, instantOfKey } from './row-keys.js';

/**
 * Row of the decisions table: the keys, and the other members as JSON. The indexes by card and cardholder are sorted by
 * event time, that by reader by decision time. Nothing is stored twice: each byte is billed again for every index.
 * The cardholder appears only in `employeeKey`: removing that attribute anonymizes the row.
 */
interface DecisionRow extends Record<string, unknown> {
  swipeKey: string;
  cardId: string;
  cardKey: string;
  readerKey: string;
  eventKey: string;
  decidedKey: string;
  /** Epoch seconds. */
  expiresAt: number;
  /** JSON object. */
  decision: string;
  employeeKey?: string;
}

const isDecision = compile(Decision);
/** In the order of the decision function: optional members come last. */
const MEMBERS = new Set([...Decision.required, ...Object.keys(Decision.properties)]);

/** @param expiresAt epoch second after which DynamoDB may delete the row (TTL) */
export function decisionRow(decision: Decision, expiresAt: number): DecisionRow {
  const { tenantId, swipeId, cardId, readerId, employeeId } = decision;
  const row: DecisionRow = {
    swipeKey: tenantKey(tenantId, swipeId),
    cardId,
    cardKey: tenantKey(tenantId, cardId),
    readerKey: tenantKey(tenantId, readerId),
    eventKey: eventKey(decision),
    decidedKey: decidedKey(decision),
    expiresAt,
    decision: restOfDecisionJson(decision),
  };
  if (employeeId !== undefined) row.employeeKey = tenantKey(tenantId, employeeId);
  return row;
}

/** Restores the decision from its row, byte for byte as published. Undefined if the row is not a valid decision. */
export function decisionOfRow(row: Readonly<Record<string, unknown>>): Decision | undefined {
  const [tenantId, swipeId] = partsOf(row['swipeKey']);
  const [, readerId] = partsOf(row['readerKey']);
  const [, employeeId] = partsOf(row['employeeKey']);
  const { cardId, decidedKey: key, decision: rest } = row;
  const decidedAt = instantOfKey(String(key));
  const found = { ...objectOf(rest), swipeId, tenantId, readerId, cardId, employeeId, decidedAt };
  const decision: Record<string, unknown> = {};
  for (const name of MEMBERS) {
    const value: unknown = Reflect.get(found, name);
    if (value !== undefined) decision[name] = value;
  }
  return isDecision(decision) ? decision : undefined;
}

/** Splits a key into tenant and id. */
function partsOf(key: unknown): [tenantId: string, id: string] | [] {
  if (typeof key !== 'string') return [];
  const at = key.indexOf('/');
  return [key.slice(0, at), key.slice(at + 1)];
}

function objectOf(json: unknown): object {
  try {
    const value: unknown = JSON.parse(String(json));
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}
