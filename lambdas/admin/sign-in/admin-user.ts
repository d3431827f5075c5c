import { ADMIN_ROLES, type AdminRole, compile, TenantId } from '@swipegate/contract';

/** The user behind a request to the admin API, from a verified access token. */
export interface AdminUser {
  /** `sub` claim: unchanged when the user is renamed. */
  userId: string;
  userName: string;
  tenantId: string;
  roles: ReadonlySet<AdminRole>;
}

const isTenantId = compile(TenantId);

/**
 * Reads tenants and their roles from user pool groups named `TENANT:ROLE`. The last colon separates the two, because a
 * tenant id may contain colons. Other groups are ignored, such as `POOL_PROVIDER`, which Cognito creates itself
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
