import { Card, EmployeeId, KeyId, Timestamp } from '@swipegate/contract';
import Type from 'typebox';
import type { SiteIndex } from '../stores/site/site-index.js';

/** A row of the employees table, with the members that the contract's Employee lacks. */
export const EmployeeRow = Type.Object({
  employeeId: EmployeeId,
  name: Type.String(),
  active: Type.Boolean(),
  accessLevelIds: Type.Array(Type.String()),
  /** Linked cards, in any state. */
  cardIds: Type.Optional(Type.Array(Card.properties.cardId)),
});
export type EmployeeRow = Type.Static<typeof EmployeeRow>;

/** One of a reader's keys. The row of kind `reader-keys` in the site table holds all of them. */
export const ReaderKey = Type.Object({
  keyId: KeyId,
  keyHash: Type.String(),
  issuedAt: Type.Optional(Timestamp),
  /** The key is rejected from this instant on. */
  notAfter: Type.Optional(Timestamp),
});
export type ReaderKey = Type.Static<typeof ReaderKey>;
export const ReaderKeys = Type.Object({ keys: Type.Array(ReaderKey) });

/** Facts that a change depends on, as stored after all earlier changes. Missing ones are undefined or empty. */
export interface ChangeFacts {
  card: Card | undefined;
  /** The employee that the change names, or the card's holder. */
  employee: EmployeeRow | undefined;
  /** The employee's cards, by cardId. */
  employeeCards: ReadonlyMap<string, Card>;
  site: SiteIndex;
  readerKeys: readonly ReaderKey[];
  /** Whether any employee has the access level to be removed. */
  accessLevelHeld: boolean;
}
