import type { Building } from '@swipegate/contract';
import { proposedId } from '../../../site/proposed-id.js';
import { path } from '../../api/api.js';
import { nameAndId } from '../../widgets/fields.js';
import { timeZoneField } from '../../widgets/time-zone-field.js';
import type { SiteEditing, Versioned } from './site-data.js';

/** Asks for a building. @param building undefined for a new one */
export function askBuilding({ tracker, site, settled }: SiteEditing, building?: Versioned<Building>): Promise<void> {
  const taken = site.buildings.map(({ buildingId }) => buildingId);
  const [name, id] = nameAndId(
    { name: 'name', label: 'Name', value: building?.name ?? '' },
    { name: 'buildingId', label: 'Building id' },
    (written) => proposedId(written, taken),
  );
  const timeZone = timeZoneField({
    label: 'Time zone',
    hint: 'Schedules follow the clock of the building. A zone such as Europe/Berlin, or its city, such as Berlin.',
    value: building?.timeZone,
  });
  return tracker.ask({
    title: building === undefined ? 'Add a building' : `Edit ${building.name}`,
    fields: [name, ...(building === undefined ? [id] : []), timeZone],
    submitLabel: building === undefined ? 'Add building' : 'Save',
    request: (why) => ({
      method: 'PUT',
      path: path('buildings', building?.buildingId ?? id.read() ?? ''),
      body: { name: name.read(), timeZone: timeZone.read(), why },
      expects: building?.version ?? 'absent',
    }),
    progressTitle: () => `Building ${name.read() ?? ''}`,
    settled,
  });
}
