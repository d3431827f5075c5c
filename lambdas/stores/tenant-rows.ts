import type { Row } from '@swipegate/aws/attributes';
import { type ApiKey, hashApiKey, type Tenant, tenantKey } from '@swipegate/contract';

/** Row of a tenant's settings, as a change writes it. */
export function tenantRow(tenant: Tenant): Row {
  return { siteKey: tenantKey(tenant.tenantId, 'tenant'), id: tenant.tenantId, ...tenant };
}

export interface NewOperatorKey {
  tenantId: string;
  keyId: string;
  /** In clear text. Never store it in a table. */
  key: string;
  name: string;
  /** RFC 3339. */
  issuedAt: string;
}

/** Rows of an operator's key: `listed` in the site table, and `accepted`, by which gateways know the key. */
export function operatorKeyRows({ tenantId, keyId, key, name, issuedAt }: NewOperatorKey): {
  listed: Row;
  accepted: ApiKey;
} {
  const keyHash = hashApiKey(key);
  return {
    listed: { siteKey: tenantKey(tenantId, 'operator-keys'), id: keyId, keyId, keyHash, name, issuedAt },
    accepted: { keyHash, keyId, tenantId, role: 'operator', readerIds: [] },
  };
}
