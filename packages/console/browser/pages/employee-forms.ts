import type { AccessLevel, ChangeStatus, EmployeeDetail, Schedule, Zone } from '@swipegate/contract';
import { scheduleWords } from '../../site/schedule-words.js';
import { path } from '../api/api.js';
import type { ChangeTracker } from '../widgets/change-tracker.js';
import { checkGroup } from '../widgets/choices.js';
import { checkField, textField } from '../widgets/fields.js';

interface LevelChoices {
  levels: readonly AccessLevel[];
  zones: readonly Zone[];
  schedules: readonly Schedule[];
}

/** Asks for the data of an employee, sends the change and shows its progress. @param employee undefined for a new one */
export function askEmployee(
  tracker: ChangeTracker,
  { levels, zones, schedules }: LevelChoices,
  employee: EmployeeDetail | undefined,
  settled: (change: ChangeStatus) => void,
): Promise<void> {
  const id = textField({
    name: 'employeeId',
    label: 'Employee id',
    hint: 'Cannot be changed later. Example: emp-00042.',
    maxLength: 64,
  });
  const name = textField({ name: 'name', label: 'Name', value: employee?.name ?? '', maxLength: 128 });
  const label = 'Active: the employee’s cards open doors';
  const active = checkField({ name: 'active', label, value: employee?.active ?? true });
  const held = employee?.accessLevelIds ?? [];
  // Includes held levels that no longer exist, so that the user can remove them.
  const offered = new Set([...levels.map(({ accessLevelId }) => accessLevelId), ...held]);
  const accessLevelIds = checkGroup({
    name: 'accessLevelIds',
    label: 'Access levels',
    hint:
      levels.length === 0
        ? 'None yet: the page Site has them. Without one, no door opens.'
        : 'Zones and hours in which the employee’s cards open doors.',
    options: Array.from(offered, (value) => ({ value, label: value, note: levelWords(value) })),
    value: held,
  });
  function levelWords(id: string): string {
    const level = levels.find(({ accessLevelId }) => accessLevelId === id);
    if (level === undefined) return 'This access level no longer exists.';
    const names = zones.filter(({ zoneId }) => level.zoneIds.includes(zoneId)).map((zone) => zone.name);
    const schedule = schedules.find(({ scheduleId }) => scheduleId === level.scheduleId);
    const where = Array.from(new Set(names)).join(', ');
    return `${where}: ${schedule === undefined ? level.scheduleId : scheduleWords(schedule)}`;
  }
  return tracker.ask({
    title: employee === undefined ? 'New employee' : `Edit ${employee.name || employee.employeeId}`,
    fields: [...(employee === undefined ? [id] : []), name, active, accessLevelIds],
    submitLabel: employee === undefined ? 'Add employee' : 'Save',
    request: (why) => ({
      method: 'PUT',
      path: path('employees', employee?.employeeId ?? id.read() ?? ''),
      body: { name: name.read() ?? '', active: active.read(), accessLevelIds: accessLevelIds.read(), why },
      expects: employee?.version ?? 'absent',
    }),
    progressTitle: () => `${employee === undefined ? 'New employee' : 'Changes to'} ${name.read() ?? ''}`,
    settled,
  });
}
