import type { ContentOf } from '@swipegate/contract';
import {
  applied,
  type ChangeContext,
  type ChangeResult,
  cardPut,
  employeePut,
  type Move,
  rejected,
} from './effects.js';
import type { ChangeFacts } from './facts.js';

/** Replaces the name of an erased employee. */
export const ERASED_NAME = '(erased)';

/** Creates an employee, or sets name, rights and active state. Cards are linked by separate changes. */
export function setEmployee(
  { employee }: ContentOf<'set-employee'>,
  facts: ChangeFacts,
  context: ChangeContext,
): ChangeResult {
  const missing = employee.accessLevelIds.find((id) => !facts.site.accessLevels.has(id));
  if (missing !== undefined) return rejected('access-level-unknown', `There is no access level ${missing}.`);
  return applied(employeePut(context, { ...employee, cardIds: facts.employee?.cardIds ?? [] }));
}

/** Removes name, rights and cards. `npm run erase` erases the swipes. */
export function eraseEmployee(
  { employeeId }: ContentOf<'erase-employee'>,
  { employee, employeeCards }: ChangeFacts,
  context: ChangeContext,
): ChangeResult {
  if (employee === undefined) return rejected('employee-unknown', `There is no employee ${employeeId}.`);
  const movedAt = new Date(context.requestedAt).toISOString();
  return applied(
    employeePut(context, { employeeId, name: ERASED_NAME, active: false, accessLevelIds: [], cardIds: [] }),
    ...Array.from(employeeCards.values(), ({ cardId }) => cardPut(context, { cardId, status: 'revoked' })),
    ...Array.from(employeeCards.keys(), (cardId): Move => ({ kind: 'move', cardId, movedAt })),
  );
}
