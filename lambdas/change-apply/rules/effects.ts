import {
  type Card,
  CardId,
  type CardNumbers,
  type Change,
  cardFormatsOfKey,
  type Device,
  EmployeeId,
  nameKey,
  Place,
  type Reader,
  type RejectionCode,
  type SiteKind,
  type TableName,
  tenantKey,
  visitKey,
} from '@swipegate/contract';
import Type from 'typebox';
import { commandRow, type DeviceOrder } from '../../stores/device-commands.js';
import { type EmployeeRow, erasedKey } from '../../stores/employee-row.js';
import type { ReaderKey, StoredOperatorKey } from './facts.js';

const WRITTEN = ['apiKeys', 'site', 'cards', 'employees', 'deviceCommands'] as const satisfies readonly TableName[];
export type WrittenTable = (typeof WRITTEN)[number];

/** A row to put. Without values it is a tombstone: late writes of earlier events cannot bring the old values back. */
const Put = Type.Object({
  kind: Type.Literal('put'),
  table: Type.Enum([...WRITTEN]),
  key: Type.Record(Type.String(), Type.String()),
  values: Type.Record(Type.String(), Type.Unknown()),
});
export type Put = Type.Static<typeof Put>;

/**
 * New place of a card's holder. Without `inside` the holder is outdoors, for which no row is created. With `of`, only a
 * row that holds the place of this employee changes: the card may have had other holders since.
 */
const Move = Type.Object({
  kind: Type.Literal('move'),
  cardId: CardId,
  employeeId: Type.Optional(EmployeeId),
  inside: Type.Optional(Place),
  movedAt: Type.String(),
  of: Type.Optional(Type.Object({ employeeId: EmployeeId })),
});
export type Move = Type.Static<typeof Move>;

/** Moves an employee's place from the rows of some cards to the row of another. The employee stays where they are. */
const Carry = Type.Object({
  kind: Type.Literal('carry'),
  employeeId: EmployeeId,
  from: Type.Array(CardId),
  to: CardId,
  movedAt: Type.String(),
});
export type Carry = Type.Static<typeof Carry>;

/** Ends a hold, once the change that it is for has had its turn. */
const Release = Type.Object({
  kind: Type.Literal('release'),
  table: Type.Enum(['cards', 'employees']),
  key: Type.Record(Type.String(), Type.String()),
  hold: Type.String(),
});
export type Release = Type.Static<typeof Release>;

/** One write of an applied change. Effects are stored before they are carried out, so a repeat does the same. */
export const Effect = Type.Union([Put, Move, Carry, Release]);
export type Effect = Type.Static<typeof Effect>;

export type ChangeResult =
  | { outcome: 'applied'; effects: Effect[] }
  | { outcome: 'rejected'; code: RejectionCode; reason: string };

export function applied(...effects: Effect[]): ChangeResult {
  return { outcome: 'applied', effects };
}

/** @param reason a sentence for the person who requested the change */
export function rejected(code: RejectionCode, reason: string): ChangeResult {
  return { outcome: 'rejected', code, reason };
}

/** Members of a change that rules need besides its content. */
export type ChangeContext = Pick<Change, 'changeId' | 'tenantId' | 'requestedAt' | 'by' | 'why'>;

type Tenant = Pick<ChangeContext, 'tenantId'>;

export function cardPut(tenant: Tenant, card: Card): Put {
  return { kind: 'put', ...cardRow(tenant, card.cardId), values: { ...card } };
}

export function cardRow({ tenantId }: Tenant, cardId: string) {
  return { table: 'cards', key: { cardKey: tenantKey(tenantId, cardId) } } as const;
}

export function employeePut({ tenantId }: Tenant, employee: EmployeeRow): Put {
  const key = { employeeKey: tenantKey(tenantId, employee.employeeId) };
  return { kind: 'put', table: 'employees', key, values: { ...employee, tenantId, nameKey: sortKeyOf(employee) } };
}

function sortKeyOf({ visit, ...employee }: EmployeeRow): string {
  return visit === undefined ? nameKey(employee) : visitKey({ until: visit.until, employeeId: employee.employeeId });
}

/** Puts the row that stays of an erased employee; without values, its tombstone. */
export function erasedPut(
  { tenantId }: Tenant,
  { employeeId }: Pick<EmployeeRow, 'employeeId'>,
  values: { erasedAt?: string },
): Put {
  return { kind: 'put', table: 'employees', key: { employeeKey: erasedKey(tenantId, employeeId) }, values };
}

/** Puts a row of the site table; without a value, its tombstone. */
export function sitePut({ tenantId }: Tenant, kind: SiteKind, id: string, value: object = {}): Put {
  return { kind: 'put', table: 'site', key: { siteKey: tenantKey(tenantId, kind), id }, values: { ...value } };
}

/** Puts a key under its hash, by which the gateway looks it up. The gateway knows the reader's card format from it. */
export function keyPut(
  { tenantId }: Tenant,
  reader: Pick<Reader, 'readerId' | 'cardFormat'>,
  cardNumbers: CardNumbers,
  { keyId, keyHash, notAfter }: ReaderKey,
): Put {
  const formats = cardFormatsOfKey([reader], cardNumbers);
  const until = notAfter === undefined ? {} : { notAfter };
  const values = { keyId, tenantId, readerIds: [reader.readerId], ...formats, ...until };
  return { kind: 'put', table: 'apiKeys', key: { keyHash }, values };
}

/** Puts a key of a device under its hash: the gateway knows the device's doors from it. */
export function deviceKeyPut(
  { tenantId }: Tenant,
  { serial: _, ...device }: Device,
  { readers, cardNumbers }: { readers: readonly Pick<Reader, 'readerId' | 'cardFormat'>[]; cardNumbers: CardNumbers },
  { keyId, keyHash, notAfter }: Pick<ReaderKey, 'keyId' | 'keyHash' | 'notAfter'>,
): Put {
  const readerIds = readers.map(({ readerId }) => readerId);
  const until = notAfter === undefined ? {} : { notAfter };
  const values = { keyId, tenantId, readerIds, ...cardFormatsOfKey(readers, cardNumbers), device, ...until };
  return { kind: 'put', table: 'apiKeys', key: { keyHash }, values };
}

export function commandPut(change: DeviceOrder): Put {
  const { deviceKey, commandId, ...values } = commandRow(change);
  return { kind: 'put', table: 'deviceCommands', key: { deviceKey, commandId }, values };
}

/** Puts an operator's key under its hash. */
export function operatorKeyPut(
  { tenantId }: Tenant,
  { keyId, keyHash, notAfter }: Pick<StoredOperatorKey, 'keyId' | 'keyHash' | 'notAfter'>,
): Put {
  const values = { keyId, tenantId, role: 'operator', readerIds: [], ...(notAfter === undefined ? {} : { notAfter }) };
  return { kind: 'put', table: 'apiKeys', key: { keyHash }, values };
}

/** Puts a tombstone, with which the gateway rejects the key. */
export function keyTombstone({ keyHash }: Pick<ReaderKey, 'keyHash'>): Put {
  return { kind: 'put', table: 'apiKeys', key: { keyHash }, values: {} };
}
