import { type Card, Device, KeyId, OperatorKey, type Tenant, Timestamp } from '@swipegate/contract';
import Type from 'typebox';
import type { EmployeeRow } from '../../stores/employee-row.js';
import type { Presence } from '../../stores/presence.js';
import type { SiteIndex } from '../../stores/site-cache.js';

/** One of a reader's keys. The row of kind `reader-keys` in the site table holds all of them. */
const ReaderKey = Type.Object({
  keyId: KeyId,
  keyHash: Type.String(),
  issuedAt: Type.Optional(Timestamp),
  /** The key is rejected from this instant on. */
  notAfter: Type.Optional(Timestamp),
});
export type ReaderKey = Type.Static<typeof ReaderKey>;
export const ReaderKeys = Type.Object({ keys: Type.Array(ReaderKey) });

/** Row of kind `operator-keys` in the site table. */
export const StoredOperatorKey = Type.Object({ ...OperatorKey.properties, keyHash: Type.String() });
export type StoredOperatorKey = Type.Static<typeof StoredOperatorKey>;

/** Row of kind `devices` in the site table. */
export const StoredDevice = Type.Object({ ...Device.properties, keys: Type.Array(ReaderKey) });
export type StoredDevice = Type.Static<typeof StoredDevice>;

/** Facts that a change depends on, as stored after all earlier changes. Missing ones are undefined or empty. */
export interface ChangeFacts {
  card: Card | undefined;
  /** The employee that the change names, or the card's holder. */
  employee: EmployeeRow | undefined;
  /** Whether an earlier employee with this id was erased, and no one has been created with it since. */
  wasErased: boolean;
  /** The employee's cards, by cardId. */
  employeeCards: ReadonlyMap<string, Card>;
  /** Blocks of the card that had their turn when it was unknown. They still hold it. */
  lateBlocks: readonly LateBlock[];
  /** By cardId, the presence rows of cards that the change may place or take out. */
  presence: ReadonlyMap<string, Presence>;
  /** For `link-card`: the employee who is inside with the card, if it was another's before. */
  formerHolder: EmployeeRow | undefined;
  /** For a visit: the employee who is visited. */
  host: EmployeeRow | undefined;
  /** For a visitor's check-in: the holder of the card. */
  cardHolder: EmployeeRow | undefined;
  site: SiteIndex;
  /** Undefined: the tenant has no row, and so the default settings. */
  storedTenant: Tenant | undefined;
  readerKeys: readonly ReaderKey[];
  /** The operator's key that the change names. */
  operatorKey: StoredOperatorKey | undefined;
  /** All devices of the tenant. */
  devices: readonly StoredDevice[];
  /** Whether any employee has the access level to be removed. */
  accessLevelHeld: boolean;
  /** Number of people inside the zone or the building to be removed. */
  peopleInside: number;
}

export interface LateBlock {
  hold: string;
  action: string;
  requestedAt: string;
}
