import { proposedId } from '../../../site/proposed-id.js';
import { usualFormat } from '../../../site/usual-format.js';
import { ApiError, path } from '../../api/api.js';
import { choiceField } from '../../widgets/choices.js';
import { type Field, show, textField, write } from '../../widgets/fields.js';
import { FieldError } from '../../widgets/form.js';
import { buildingOf, doorZones, formatField } from './reader-fields.js';
import { askKeys } from './reader-keys.js';
import type { SiteEditing } from './site-data.js';

const SETS = [
  {
    value: 'in out',
    label: 'Two readers: one on each side',
    note: 'People swipe in and out. Anti-passback, the count of people inside and the evacuation list need the way out.',
  },
  { value: 'in', label: 'One reader: the way in', note: 'People leave without a swipe, by a handle or a button.' },
  {
    value: 'both',
    label: 'One reader for both ways',
    note: 'The reader says with each swipe whether it is a way in or out.',
  },
  { value: 'out', label: 'One reader: the way out', note: 'For an exit. Going out is always granted, and recorded.' },
] as const;

type Direction = 'in' | 'out' | 'both';
const ID_LABELS = { in: 'Id of the reader outside', out: 'Id of the reader inside', both: 'Id of the reader' } as const;

/** Asks for a door of a zone, makes its readers, then offers to issue their keys. */
export function askDoor({ tracker, site, settled }: SiteEditing, zoneId: string, canIssueKeys: boolean): Promise<void> {
  const taken = site.readers.map(({ readerId }) => readerId);
  const zone = site.zones.find((each) => each.zoneId === zoneId);
  const doors = site.readers.filter((reader) => reader.zoneId === zoneId).map((reader) => reader.door);
  const door = textField({
    name: 'door',
    label: 'Name of the door',
    hint: 'Example: North gate. The name of an existing door adds readers to it.',
    maxLength: 128,
    proposals: Array.from(new Set(doors)),
  });
  const set = choiceField({ name: 'direction', label: 'Readers', options: SETS, value: 'in out' });
  const ids = new Map(
    (['in', 'out', 'both'] as const).map((direction) => [
      direction,
      textField({ name: `readerId ${direction}`, label: ID_LABELS[direction], maxLength: 64 }),
    ]),
  );
  const chosen = (): Direction[] => directionsOf(set.read());
  const idOf = (direction: Direction): string => ids.get(direction)?.read() ?? '';
  const zones = doorZones(site, zoneId, zone?.outerZoneId);
  const propose = () => {
    const name = door.read() ?? '';
    for (const [direction, field] of ids) {
      show(field, chosen().includes(direction));
      if (field.control.hasAttribute('data-own')) continue;
      const parts = `${buildingOf(site, zones.read().zoneId)} ${name} ${direction === 'both' ? '' : direction}`;
      write(field, name === '' ? '' : proposedId(parts, taken));
    }
  };
  for (const { control } of ids.values()) control.addEventListener('input', () => control.setAttribute('data-own', ''));
  for (const { element } of [door, set, ...zones.fields]) {
    element.addEventListener('input', propose);
    element.addEventListener('change', propose);
  }
  propose();
  const usual = usualFormat(site.readers, buildingOf(site, zoneId));
  const cardFormat = formatField(usual, usual !== undefined);
  const fields: Field<unknown>[] = [door, ...zones.fields, set, ...ids.values(), cardFormat];
  return tracker.askAll({
    title: `Add a door${zone === undefined ? '' : ` to ${zone.name}`}`,
    fields,
    submitLabel: 'Add door',
    requests: (why) =>
      chosen().map((direction) => ({
        method: 'PUT',
        path: path('readers', idOf(direction)),
        body: {
          door: door.read(),
          ...zones.read(),
          direction,
          mode: 'normal',
          cardFormat: cardFormat.read() === 'as-sent' ? undefined : cardFormat.read(),
          why,
        },
        expects: 'absent',
      })),
    errorOf: (error, i) =>
      error instanceof ApiError && error.field === 'readerId'
        ? new FieldError(`readerId ${chosen()[i]}`, error.message)
        : error,
    progressTitle: (i) => `Reader ${idOf(chosen()[i] ?? 'in')}`,
    settled: (changes) => {
      settled();
      const made = changes.flatMap(({ state, content }) =>
        state === 'applied' && content.type === 'set-reader' ? [content.reader.readerId] : [],
      );
      if (made.length > 0 && canIssueKeys) void askKeys(tracker, made.sort(), { isNew: true, settled });
    },
  });
}

function directionsOf(set: string): Direction[] {
  return set === 'in out' ? ['in', 'out'] : set === 'out' ? ['out'] : set === 'both' ? ['both'] : ['in'];
}
