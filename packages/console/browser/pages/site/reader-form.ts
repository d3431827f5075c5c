import type { Reader } from '@swipegate/contract';
import { path } from '../../api/api.js';
import { choiceField } from '../../widgets/choices.js';
import { textField } from '../../widgets/fields.js';
import { DIRECTIONS, doorZones, formatField, modeField } from './reader-fields.js';
import type { SiteEditing, Versioned } from './site-data.js';

/** Asks for the members of an existing reader. */
export function askReader({ tracker, site, settled }: SiteEditing, reader: Versioned<Reader>): Promise<void> {
  const { readerId, version } = reader;
  const door = textField({
    name: 'door',
    label: 'Door',
    hint: 'Readers of one door have the same name here.',
    value: reader.door,
    maxLength: 128,
  });
  const zones = doorZones(site, reader.zoneId, reader.outerZoneId);
  const direction = choiceField({
    name: 'direction',
    label: 'Direction',
    options: DIRECTIONS,
    value: reader.direction,
  });
  const mode = modeField(reader.mode);
  const cardFormat = formatField(reader.cardFormat);
  return tracker.ask({
    title: `Edit ${readerId}`,
    fields: [door, ...zones.fields, direction, mode, cardFormat],
    submitLabel: 'Save',
    request: (why) => ({
      method: 'PUT',
      path: path('readers', readerId),
      body: {
        door: door.read(),
        ...zones.read(),
        direction: direction.read(),
        mode: mode.read(),
        // Readers without the member keep the text as well.
        cardFormat: reader.cardFormat === undefined && cardFormat.read() === 'as-sent' ? undefined : cardFormat.read(),
        why,
      },
      expects: version,
    }),
    settled,
  });
}
