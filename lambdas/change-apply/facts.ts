import { Card, EmployeeId, KeyId, Timestamp } from '@swipegate/contract';
import Type from 'typebox';
import type { SiteIndex } from '../stores/site/site-index.js';

/** A row of the employees table, with what the contract's Employee does not have. */
export const EmployeeRow = Type.Object({
  employeeId: EmployeeId,
  name: Type.String(),
  active: Type.Boolean(),
  accessLevelIds: Type.Array(Type.String()),
  /** Cards that are linked to them, whatever their state. */
  cardIds: Type.Optional(Type.Array(Card.properties.cardId)),
});
export type EmployeeRow = Type.Static<typeof EmployeeRow>;

/** One of a reader's keys: the row of the site table, kind `reader-keys`, has them all. */
export const ReaderKey = Type.Object({
  keyId: KeyId,
  keyHash: Type.String(),
  issuedAt: Type.Optional(Timestamp),
  /** From when on it is not honoured any more. */
  notAfter: Type.Optional(Timestamp),
});
export type ReaderKey = Type.Static<typeof ReaderKey>;
export const ReaderKeys = Type.Object({ keys: Type.Array(ReaderKey) });

/** What a change hangs on, as the tables have it after all changes before it. What is not there is undefined, or empty. */
export interface ChangeFacts {
  card: Card | undefined;
  /** The employee that the change names, or whose card it is. */
  employee: EmployeeRow | undefined;
  /** The employee's cards, by cardId. */
  employeeCards: ReadonlyMap<string, Card>;
  site: SiteIndex;
  readerKeys: readonly ReaderKey[];
  /** Whether any employee has the access level that is to go. */
  accessLevelHeld: boolean;
}
