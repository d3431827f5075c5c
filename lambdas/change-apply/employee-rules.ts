import type { ContentOf } from '@swipegate/contract';
import type { Move } from './effects.js';
import type { ChangeFacts } from './facts.js';
import { cardPut, employeePut } from './puts.js';
import { type Asked, applied, rejected, type Settlement } from './settlement.js';

/** Replaces the name of an erased employee. */
export const ERASED_NAME = '(erased)';

/** Creates an employee, or sets name, rights and active state. Cards are linked by separate changes. */
export function setEmployee({ employee }: ContentOf<'set-employee'>, facts: ChangeFacts, asked: Asked): Settlement {
  const missing = employee.accessLevelIds.find((id) => !facts.site.accessLevels.has(id));
  if (missing !== undefined) return rejected('access-level-unknown', `There is no access level ${missing}.`);
  return applied(employeePut(asked, { ...employee, cardIds: facts.employee?.cardIds ?? [] }));
}

/** Removes name, rights and cards. `npm run erase` erases the swipes. */
export function eraseEmployee(
  { employeeId }: ContentOf<'erase-employee'>,
  { employee, employeeCards }: ChangeFacts,
  asked: Asked,
): Settlement {
  if (employee === undefined) return rejected('employee-unknown', `There is no employee ${employeeId}.`);
  const movedAt = new Date(asked.requestedAt).toISOString();
  return applied(
    employeePut(asked, { employeeId, name: ERASED_NAME, active: false, accessLevelIds: [], cardIds: [] }),
    ...Array.from(employeeCards.values(), ({ cardId }) => cardPut(asked, { cardId, status: 'revoked' })),
    ...Array.from(employeeCards.keys(), (cardId): Move => ({ kind: 'move', cardId, movedAt })),
  );
}
