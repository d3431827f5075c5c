import { TenantId } from '../values/identifiers.js';
import { compile } from '../values/validation.js';
import { AdminRole } from './people.js';

export interface TenantRole {
  tenantId: string;
  role: AdminRole;
}

const isTenantId = compile(TenantId);
const isAdminRole = compile(AdminRole);

/** Returns the name of the group of the users who have a role in a tenant. */
export function groupOf({ tenantId, role }: TenantRole): string {
  return `${tenantId}:${role}`;
}

/**
 * Reads the name of a group, `TENANT:ROLE`; a tenant id may contain colons. Returns undefined for other groups, such as
 * Cognito's own (https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-user-groups.html).
 */
export function roleOfGroup(group: string): TenantRole | undefined {
  const colon = Math.max(0, group.lastIndexOf(':'));
  const [tenantId, role] = [group.slice(0, colon), group.slice(colon + 1)];
  return isTenantId(tenantId) && isAdminRole(role) ? { tenantId, role } : undefined;
}
