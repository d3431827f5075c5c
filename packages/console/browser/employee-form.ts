import type { AccessLevel, ChangeStatus, Employee } from '@swipegate/contract';
import { path } from './api.js';
import type { ChangeTracker } from './change-tracker.js';
import { askForm } from './dialog.js';
import { checkField, checkGroup, textField, whyField } from './fields.js';
import { IdempotencyKey } from './idempotency-key.js';
import type { PageContext } from './page-context.js';

/**
 * Shows the form of a new or existing employee, sends the change and shows its progress.
 * @param employee undefined for a new employee
 */
export async function askEmployee(
  { api }: PageContext,
  tracker: ChangeTracker,
  levels: readonly AccessLevel[],
  employee: Employee | undefined,
  settled: (change: ChangeStatus) => void,
): Promise<void> {
  const id = textField({
    name: 'employeeId',
    label: 'Employee id',
    hint: 'Cannot be changed later. Example: emp-00042.',
    maxLength: 64,
  });
  const name = textField({ name: 'name', label: 'Name', value: employee?.name ?? '', maxLength: 128 });
  const active = checkField({
    name: 'active',
    label: 'Active: the employee’s cards open doors',
    value: employee?.active ?? true,
  });
  const held = employee?.accessLevelIds ?? [];
  // Includes held levels that no longer exist, so that the user can remove them.
  const offered = new Set([...levels.map(({ accessLevelId }) => accessLevelId), ...held]);
  const accessLevelIds = checkGroup({
    name: 'accessLevelIds',
    label: 'Access levels',
    options: Array.from(offered, (value) => ({ value, label: value })),
    value: held,
  });
  const why = whyField();
  const key = new IdempotencyKey();
  const sent = await askForm({
    title: employee === undefined ? 'New employee' : `Edit ${employee.name || employee.employeeId}`,
    fields: [...(employee === undefined ? [id] : []), name, active, accessLevelIds, why],
    submitLabel: employee === undefined ? 'Add employee' : 'Save',
    async submit() {
      const employeeId = employee?.employeeId ?? id.read() ?? '';
      const members = { name: name.read() ?? '', active: active.read(), accessLevelIds: accessLevelIds.read() };
      const body = { ...members, why: why.read() };
      const idempotencyKey = key.for({ employeeId, ...body });
      const change = await api.change({ method: 'PUT', path: path('employees', employeeId), body, idempotencyKey });
      return { change, title: `${employee === undefined ? 'New employee' : 'Changes to'} ${body.name}` };
    },
  });
  if (sent !== undefined) void tracker.follow(sent.change, sent.title, settled);
}
