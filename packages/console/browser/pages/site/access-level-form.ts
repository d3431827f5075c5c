import type { AccessLevel } from '@swipegate/contract';
import { scheduleWords } from '../../../site/schedule-words.js';
import { path } from '../../api/api.js';
import { checkTree } from '../../widgets/choices.js';
import { selectField, textField } from '../../widgets/fields.js';
import { type SiteEditing, type Versioned, zoneGroups } from './site-data.js';

/** Asks for an access level. @param level undefined for a new one */
export function askAccessLevel({ tracker, site, settled }: SiteEditing, level?: Versioned<AccessLevel>): Promise<void> {
  const id = textField({
    name: 'accessLevelId',
    label: 'Access level id',
    hint: 'Its name in all lists, such as staff or cleaners. Cannot be changed later. Letters, digits and . _ : -',
    maxLength: 64,
  });
  const zoneIds = checkTree({
    name: 'zoneIds',
    label: 'Zones that it opens',
    hint: 'A zone inside another one is not included by itself: check both.',
    groups: zoneGroups(site).map(({ label, options }) => ({ title: label, options })),
    value: level?.zoneIds ?? [],
  });
  const scheduleId = selectField({
    name: 'scheduleId',
    label: 'Hours',
    hint: 'The schedule of the hours, by the clock of each building.',
    options: site.schedules.map((schedule) => ({
      value: schedule.scheduleId,
      label: `${schedule.scheduleId}: ${scheduleWords(schedule)}`,
    })),
    value: level?.scheduleId,
  });
  return tracker.ask({
    title: level === undefined ? 'Add an access level' : `Edit ${level.accessLevelId}`,
    text: 'An access level is a set of zones and the hours in which they open. Give it to employees on their pages.',
    fields: [...(level === undefined ? [id] : []), zoneIds, scheduleId],
    submitLabel: level === undefined ? 'Add access level' : 'Save',
    request: (why) => ({
      method: 'PUT',
      path: path('access-levels', level?.accessLevelId ?? id.read() ?? ''),
      body: { zoneIds: zoneIds.read(), scheduleId: scheduleId.read(), why },
      expects: level?.version ?? 'absent',
    }),
    progressTitle: () => `Access level ${level?.accessLevelId ?? id.read() ?? ''}`,
    settled,
  });
}
