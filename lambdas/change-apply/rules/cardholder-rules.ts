import type { ContentOf, Employee } from '@swipegate/contract';
import { cardsOf, type EmployeeRow, ERASED_NAME, isErased, whyErased } from '../../stores/employee-row.js';
import { thereAre } from '../../stores/listed-ids.js';
import {
  applied,
  type ChangeContext,
  type ChangeResult,
  cardPut,
  employeePut,
  erasedPut,
  type Move,
  rejected,
} from './effects.js';
import type { ChangeFacts } from './facts.js';

/** Returns why a change may not write an employee who was erased; undefined if it may. */
export function erasedDenial(employeeId: string, { employee, wasErased }: ChangeFacts): ChangeResult | undefined {
  if (employee !== undefined && isErased(employee)) {
    return rejected('employee-erased', whyErased(employeeId));
  }
  if (employee !== undefined || !wasErased) return undefined;
  const reason = `The employee ${employeeId} was erased, and a file does not bring them back. If the id is another person's now, create them first.`;
  return rejected('employee-erased', reason);
}

/** Creates an employee, or sets name, rights and active state. Cards are linked by separate changes. */
export function setEmployee(
  { employee }: ContentOf<'set-employee'>,
  facts: ChangeFacts,
  context: ChangeContext,
): ChangeResult {
  const missing = missingLevel(employee, facts);
  if (missing !== undefined) return missing;
  const { cardIds = [], formerCardIds, zonePermits, visit } = facts.employee ?? {};
  return applied(
    employeePut(
      context,
      inactiveFrom(
        context,
        {
          ...employee,
          cardIds,
          ...(formerCardIds && { formerCardIds }),
          ...(zonePermits && { zonePermits }),
          ...(visit && { visit }),
        },
        facts,
      ),
    ),
    ...(facts.wasErased ? [erasedPut(context, employee, {})] : []),
  );
}

/** Returns the rejection of rights that name an access level that does not exist. */
export function missingLevel(
  { accessLevelIds }: Pick<Employee, 'accessLevelIds'>,
  { site }: ChangeFacts,
): ChangeResult | undefined {
  const missing = accessLevelIds.find((id) => !site.accessLevels.has(id));
  if (missing === undefined) return undefined;
  const reason = `There is no access level ${missing}. ${thereAre(site.accessLevels.keys())}`;
  return rejected('access-level-unknown', reason);
}

/** Notes the last request that set an inactive employee inactive. */
function inactiveFrom(
  { requestedAt }: ChangeContext,
  employee: EmployeeRow,
  { employee: before }: ChangeFacts,
): EmployeeRow {
  if (employee.active) return employee;
  const known = before?.active === false ? before.inactiveSince : undefined;
  const isLater = known !== undefined && Date.parse(known) > Date.parse(requestedAt);
  return { ...employee, inactiveSince: isLater ? known : requestedAt };
}

/** Creates an employee, or sets the given members. The others stay as they are. */
export function patchEmployee(
  { type: _, ...given }: ContentOf<'patch-employee'>,
  facts: ChangeFacts,
  context: ChangeContext,
): ChangeResult {
  const { employeeId, name } = given;
  const { employee: before } = facts;
  const denial = erasedDenial(employeeId, facts);
  if (denial !== undefined) return denial;
  const isLater = Date.parse(before?.inactiveSince ?? '') > Date.parse(context.requestedAt);
  if (given.active === true && before?.active === false && isLater) {
    const reason = `The employee ${employeeId} was set inactive after the file was uploaded. Import the line again.`;
    return rejected('changed-meanwhile', reason);
  }
  const { active = before?.active ?? true, accessLevelIds = before?.accessLevelIds ?? [] } = given;
  const employee = { employeeId, name, active, accessLevelIds };
  if (given.accessLevelIds !== undefined) {
    const missing = missingLevel(employee, facts);
    if (missing !== undefined) return missing;
  }
  const patched: EmployeeRow = { ...before, ...employee, cardIds: before?.cardIds ?? [] };
  if (given.active === undefined) return applied(employeePut(context, patched));
  const { inactiveSince: _since, ...rest } = patched;
  return applied(employeePut(context, inactiveFrom(context, rest, facts)));
}

/** Removes name, rights and cards. `npm run erase` erases the swipes. */
export function eraseEmployee(
  { employeeId }: ContentOf<'erase-employee'>,
  { employee, employeeCards }: ChangeFacts,
  context: ChangeContext,
): ChangeResult {
  if (employee === undefined) return rejected('employee-unknown', `There is no employee ${employeeId}. Check the id.`);
  const movedAt = new Date(context.requestedAt).toISOString();
  return applied(
    employeePut(context, {
      employeeId,
      name: ERASED_NAME,
      active: false,
      accessLevelIds: [],
      cardIds: [],
      inactiveSince: context.requestedAt,
    }),
    erasedPut(context, employee, { erasedAt: context.requestedAt }),
    ...Array.from(employeeCards.values(), ({ cardId }) => cardPut(context, { cardId, status: 'revoked' })),
    ...cardsOf(employee).map((cardId): Move => ({ kind: 'move', cardId, movedAt, of: { employeeId } })),
  );
}

/** Places outdoors the person who is inside with the card, or the employee with any card. */
export function markOutside(
  { cardId, employeeId }: ContentOf<'mark-outside'>,
  { employee, presence }: ChangeFacts,
  context: ChangeContext,
): ChangeResult {
  const isInside = cardId === undefined || presence.get(cardId)?.inside !== undefined;
  const listed = Array.from(presence).filter(
    ([id, row]) => isInside && row.inside !== undefined && (id === cardId || row.employeeId === employee?.employeeId),
  );
  if (employeeId !== undefined && employee === undefined) {
    return rejected('employee-unknown', `There is no employee ${employeeId}.`);
  }
  if (listed.length === 0) {
    const who =
      employeeId === undefined
        ? `Nobody is inside with the card ${cardId}`
        : `The employee ${employeeId} is not inside`;
    return rejected('not-inside', `${who}. Look at the muster list.`);
  }
  const movedAt = new Date(context.requestedAt).toISOString();
  return applied(
    ...listed.map(([id, row]): Move => {
      const { employeeId: their } = row;
      const theirs = their === undefined ? {} : { employeeId: their, of: { employeeId: their } };
      return { kind: 'move', cardId: id, movedAt, ...theirs };
    }),
  );
}
