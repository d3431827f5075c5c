import * as crypto from 'node:crypto';
import { Cardholder, CardId, EmployeeId, rowParser, Timestamp, tenantKey } from '@swipegate/contract';
import Type from 'typebox';

/** A row of the employees table, with the members that the contract's Employee lacks. */
export const EmployeeRow = Type.Object({
  employeeId: EmployeeId,
  name: Type.String(),
  active: Type.Boolean(),
  accessLevelIds: Type.Array(Type.String()),
  zonePermits: Cardholder.properties.zonePermits,
  /** Linked cards, in any state. */
  cardIds: Type.Optional(Type.Array(CardId)),
  /** Cards taken from them since the last link. Their presence rows may still hold the employee's place. */
  formerCardIds: Type.Optional(Type.Array(CardId)),
  /** Request of the change that set them inactive. */
  inactiveSince: Type.Optional(Timestamp),
  /** The cardholder is a visitor. */
  visit: Cardholder.properties.visit,
});
export type EmployeeRow = Type.Static<typeof EmployeeRow>;

/** Returns the employee in a table row; undefined if the row is not one of an employee. */
export const employeeOf = rowParser(EmployeeRow);

/** Returns the cards whose presence rows may hold the employee's place. At most one of these rows is inside. */
export function cardsOf({ cardIds = [], formerCardIds = [] }: EmployeeRow): readonly string[] {
  return formerCardIds.length === 0 ? cardIds : [...cardIds, ...formerCardIds.filter((id) => !cardIds.includes(id))];
}

/** Replaces the name of an erased employee. */
export const ERASED_NAME = '(erased)';

/** Returns whether an employee was erased. `npm run erase` deletes the row. */
export function isErased({ name, active }: Pick<EmployeeRow, 'name' | 'active'>): boolean {
  return name === ERASED_NAME && !active;
}

/**
 * Key of the row that stays of an erased employee: a hash of the id, so that an old file does not bring them back. Ids
 * have no `#`.
 */
export function erasedKey(tenantId: string, employeeId: string): string {
  const hash = crypto.createHash('sha256').update(tenantKey(tenantId, employeeId)).digest('base64url');
  return tenantKey(tenantId, `#${hash}`);
}

/** Returns why an erased employee cannot be written, as a sentence. */
export function whyErased(employeeId: string): string {
  return `The employee ${employeeId} was erased. Until npm run erase has removed the earlier records, no one can have the id: choose another one.`;
}
