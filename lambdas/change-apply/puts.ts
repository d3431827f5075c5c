import { type Card, nameKey, type SiteKind, tenantKey } from '@swipegate/contract';
import type { Put } from './effects.js';
import type { EmployeeRow, ReaderKey } from './facts.js';
import type { Asked } from './settlement.js';

type Tenant = Pick<Asked, 'tenantId'>;

export function cardPut({ tenantId }: Tenant, card: Card): Put {
  return { kind: 'put', table: 'cards', key: { cardKey: tenantKey(tenantId, card.cardId) }, values: { ...card } };
}

export function employeePut({ tenantId }: Tenant, employee: EmployeeRow): Put {
  return {
    kind: 'put',
    table: 'employees',
    key: { employeeKey: tenantKey(tenantId, employee.employeeId) },
    values: { ...employee, tenantId, nameKey: nameKey(employee) },
  };
}

/** Puts a row of the site table; without a value, its tombstone. */
export function sitePut({ tenantId }: Tenant, kind: SiteKind, id: string, value: object = {}): Put {
  return { kind: 'put', table: 'site', key: { siteKey: tenantKey(tenantId, kind), id }, values: { ...value } };
}

/** Puts a key under its hash, by which the gateway looks it up. */
export function keyPut({ tenantId }: Tenant, readerId: string, { keyId, keyHash, notAfter }: ReaderKey): Put {
  const ends = notAfter === undefined ? {} : { notAfter };
  return {
    kind: 'put',
    table: 'apiKeys',
    key: { keyHash },
    values: { keyId, tenantId, readerIds: [readerId], ...ends },
  };
}

/** Puts a tombstone, with which the gateway rejects the key. */
export function keyTombstone({ keyHash }: Pick<ReaderKey, 'keyHash'>): Put {
  return { kind: 'put', table: 'apiKeys', key: { keyHash }, values: {} };
}
