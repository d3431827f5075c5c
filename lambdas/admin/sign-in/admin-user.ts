import { ADMIN_ROLES, type AdminRole, compile, TenantId } from '@swipegate/contract';

/** Who makes a request of the admin API, as a verified access token says. */
export interface AdminUser {
  /** `sub`: stays the same when the user is renamed. */
  userId: string;
  userName: string;
  tenantId: string;
  roles: ReadonlySet<AdminRole>;
}

const isTenantId = compile(TenantId);

/**
 * The tenants that groups of a user pool name, each with its roles. A group counts if it is `TENANT:ROLE`, split at the
 * last colon, for a tenant's id may have some; others are somebody else's, as the `POOL_PROVIDER` that Cognito makes itself
 * (https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-user-groups.html).
 */
export function rolesByTenant(groups: readonly string[]): Map<string, Set<AdminRole>> {
  const tenants = new Map<string, Set<AdminRole>>();
  for (const group of groups) {
    const colon = group.lastIndexOf(':');
    const [tenantId, role] = [group.slice(0, Math.max(colon, 0)), group.slice(colon + 1)];
    if (!isTenantId(tenantId) || !isAdminRole(role)) continue;
    const roles = tenants.get(tenantId);
    if (roles === undefined) tenants.set(tenantId, new Set([role]));
    else roles.add(role);
  }
  return tenants;
}

function isAdminRole(name: string): name is AdminRole {
  return ADMIN_ROLES.some((role) => role === name);
}
