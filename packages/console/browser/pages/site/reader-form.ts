import type { Reader } from '@swipegate/contract';
import { path } from '../../api/api.js';
import { choiceField } from '../../widgets/choices.js';
import { selectField, textField } from '../../widgets/fields.js';
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
  const muster = selectField({
    name: 'muster',
    label: 'Muster reader',
    hint: 'At an assembly point: a swipe here during a roll call ticks the person safe. Its direction is “Way out”.',
    options: [
      { value: 'no', label: 'No' },
      { value: 'yes', label: 'Yes' },
    ],
    value: reader.muster === true ? 'yes' : 'no',
  });
  return tracker.ask({
    title: `Edit ${readerId}`,
    fields: [door, ...zones.fields, direction, mode, cardFormat, muster],
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
        muster: muster.read() === 'yes' ? true : undefined,
        why,
      },
      expects: version,
    }),
    settled,
  });
}
