import { type ContentOf, MAX_ZONE_PERMITS, type ZonePermit } from '@swipegate/contract';
import type { EmployeeRow } from '../../stores/employee-row.js';
import { thereAre } from '../../stores/listed-ids.js';
import { erasedDenial } from './cardholder-rules.js';
import { applied, type ChangeContext, type ChangeResult, employeePut, rejected } from './effects.js';
import type { ChangeFacts } from './facts.js';

/** Lets a person into a zone from a time until another. A permit that they have for the zone is replaced. */
export function permitZone(
  { employeeId, zoneId, from, until }: ContentOf<'permit-zone'>,
  facts: ChangeFacts,
  context: ChangeContext,
): ChangeResult {
  const { requestedAt, by, why } = context;
  const { employee, site } = facts;
  const denial = erasedDenial(employeeId, facts);
  if (denial !== undefined) return denial;
  if (employee === undefined) return rejected('employee-unknown', `There is no employee ${employeeId}. Check the id.`);
  if (!site.zones.has(zoneId)) {
    return rejected('zone-unknown', `There is no zone ${zoneId}. ${thereAre(site.zones.keys())}`);
  }
  if (Date.parse(until) <= Date.parse(requestedAt)) {
    return rejected('permit-expired', `The permit would end at ${until}, which is in the past. Give a later time.`);
  }
  const others = permitsToKeep(employee, zoneId, context);
  if (others.length >= MAX_ZONE_PERMITS) {
    const reason = `The employee ${employeeId} has ${MAX_ZONE_PERMITS} permits. Withdraw one, or use an access level.`;
    return rejected('too-many-permits', reason);
  }
  const permit: ZonePermit = { zoneId, from: from ?? requestedAt, until, by: by.userName, why };
  return applied(employeePut(context, { ...employee, zonePermits: [...others, permit] }));
}

/** Ends a permit before its time. */
export function withdrawPermit(
  { employeeId, zoneId }: ContentOf<'withdraw-permit'>,
  { employee }: ChangeFacts,
  context: ChangeContext,
): ChangeResult {
  if (employee === undefined) return rejected('employee-unknown', `There is no employee ${employeeId}. Check the id.`);
  if (employee.zonePermits?.some((permit) => permit.zoneId === zoneId) !== true) {
    const reason = `The employee ${employeeId} has no permit for the zone ${zoneId}.`;
    return rejected('permit-unknown', reason);
  }
  const { zonePermits: _, ...rest } = employee;
  const kept = permitsToKeep(employee, zoneId, context);
  return applied(employeePut(context, kept.length === 0 ? rest : { ...rest, zonePermits: kept }));
}

/** The person's permits for other zones, without those that are over. */
function permitsToKeep(
  { zonePermits = [] }: EmployeeRow,
  zoneId: string,
  { requestedAt }: ChangeContext,
): ZonePermit[] {
  const nowMs = Date.parse(requestedAt);
  return zonePermits.filter((permit) => permit.zoneId !== zoneId && Date.parse(permit.until) > nowMs);
}
