import { tenantKey } from '../values/identifiers.js';
import { compile } from '../values/validation.js';
import { Decision } from '../wire/decision.js';
import { restOfDecisionJson } from '../wire/decision-json.js';
import { decidedKey, eventKey, instantOfKey } from './row-keys.js';

/**
 * A decision as its table has it: the keys of the table and of its indexes (by card and by cardholder in the order of what
 * happened, by reader in the order in which it was decided), and as JSON what they do not say. Every byte is paid for by the
 * month, once for the table and once for each index; and the cardholder stands in no place but a key, so that forgetting whose
 * card it was is to remove one attribute.
 */
export interface DecisionRow {
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
/** As decide writes them: what only some decisions have comes last. */
const MEMBERS = [...Decision.required, ...Object.keys(Decision.properties).filter(isOptional)];

function isOptional(name: string): boolean {
  return !Decision.required.some((required) => required === name);
}

/** The same decision is always the same row. @param expiresAt epoch second after which the table may let it go */
export function decisionRow(decision: Decision, expiresAt: number): DecisionRow & Record<string, unknown> {
  const { tenantId, swipeId, cardId, readerId, employeeId } = decision;
  const row: DecisionRow & Record<string, unknown> = {
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

/** The decision in a row of its table, to the byte as it was published. Undefined where the row is no decision. */
export function decisionOfRow(row: Readonly<Record<string, unknown>>): Decision | undefined {
  const [tenantId, swipeId] = partsOf(row['swipeKey']);
  const [, readerId] = partsOf(row['readerKey']);
  const [, employeeId] = partsOf(row['employeeKey']);
  const decidedAt = instantOfKey(String(row['decidedKey']));
  const found = {
    ...objectOf(row['decision']),
    swipeId,
    tenantId,
    readerId,
    cardId: row['cardId'],
    employeeId,
    decidedAt,
  };
  const decision: Record<string, unknown> = {};
  for (const name of MEMBERS) {
    const value: unknown = Reflect.get(found, name);
    if (value !== undefined) decision[name] = value;
  }
  return isDecision(decision) ? decision : undefined;
}

/** Tenant and id of a key. */
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
