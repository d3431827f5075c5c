import type { AntiPassback, Zone } from '@swipegate/contract';
import { proposedId } from '../../../site/proposed-id.js';
import { flattened, siteTree, zonesWithin } from '../../../site/site-tree.js';
import { path } from '../../api/api.js';
import { choiceField } from '../../widgets/choices.js';
import {
  clockField,
  nameAndId,
  numberField,
  offer,
  optionalNumberField,
  selectField,
  show,
} from '../../widgets/fields.js';
import type { SiteData, SiteEditing, Versioned } from './site-data.js';

const OUTDOORS = { value: '', label: 'None: people come in from outdoors' };
const DEFAULT_MINUTES = 15;
const MOST_MINUTES = 525_600;

const PASSBACK: readonly { value: AntiPassback['mode']; label: string; note: string }[] = [
  {
    value: 'none',
    label: 'No rule (none)',
    note: 'A person may enter again and again. Choose this where there is no reader on the way out.',
  },
  {
    value: 'hard',
    label: 'Deny a second entry (hard)',
    note: 'A person who is inside by the records is refused at the door until they swipe out, or a guard marks them as outside. This stops a card that is passed back to a second person.',
  },
  {
    value: 'soft',
    label: 'Let in, and note it (soft)',
    note: 'The door opens, and the swipe is marked as a second entry in the list of swipes.',
  },
  {
    value: 'timed',
    label: 'Deny a second entry for some minutes (timed)',
    note: 'A person who entered a moment ago is refused. After the minutes they are let in, even if they did not swipe out.',
  },
];

/** Asks for a zone. @param from the zone to edit, or where a new one is */
export function askZone(
  { tracker, site, settled }: SiteEditing,
  from: Versioned<Zone> | { buildingId: string; outerZoneId?: string | undefined },
): Promise<void> {
  const zone = 'zoneId' in from ? from : undefined;
  const taken = site.zones.map(({ zoneId }) => zoneId);
  const buildingId = selectField({
    name: 'buildingId',
    label: 'Building',
    options: site.buildings.map((each) => ({ value: each.buildingId, label: each.name })),
    value: from.buildingId,
  });
  const [name, id] = nameAndId(
    { name: 'name', label: 'Name', value: zone?.name ?? '' },
    { name: 'zoneId', label: 'Zone id' },
    (written) => (written === '' ? '' : proposedId(`${buildingId.read()} ${written}`, taken)),
  );
  const outerZoneId = selectField({
    name: 'outerZoneId',
    label: 'Zone around it',
    hint: 'People who leave this zone are in the zone around it from then on.',
    isOptional: true,
    options: outerOptions(site, from.buildingId, zone),
    value: from.outerZoneId ?? '',
  });
  buildingId.control.addEventListener('change', () =>
    offer(outerZoneId.control, outerOptions(site, buildingId.read(), zone)),
  );
  const passback = passbackFields(zone?.antiPassback ?? { mode: 'none' });
  const occupancyLimit = optionalNumberField({
    name: 'occupancyLimit',
    label: 'Most people inside',
    hint: 'When so many are inside, the next person is refused until somebody swipes out. Nobody is ever kept from leaving. Empty: no limit.',
    value: zone?.occupancyLimit,
    min: 1,
    max: 5_000,
  });
  const withinSeconds = optionalNumberField({
    name: 'accompaniment',
    label: 'Two-person rule: seconds between two people',
    hint: 'Two people with access must swipe at the same reader within this time, at most 300 seconds. The door refuses the first person, then lets the second one in. After that the first person swipes again and gets in. Empty: one person may enter alone.',
    value: zone?.accompaniment?.withinSeconds,
    min: 0.1,
    max: 300,
  });
  return tracker.ask({
    title: zone === undefined ? 'Add a zone' : `Edit ${zone.name}`,
    fields: [
      name,
      ...(zone === undefined ? [id] : []),
      buildingId,
      outerZoneId,
      ...passback.fields,
      occupancyLimit,
      withinSeconds,
    ],
    submitLabel: zone === undefined ? 'Add zone' : 'Save',
    request: (why) => {
      const seconds = withinSeconds.read();
      return {
        method: 'PUT',
        path: path('zones', zone?.zoneId ?? id.read() ?? ''),
        body: {
          buildingId: buildingId.read(),
          name: name.read(),
          outerZoneId: outerZoneId.read() || undefined,
          antiPassback: passback.read(),
          occupancyLimit: occupancyLimit.read(),
          accompaniment: seconds === undefined ? undefined : { withinSeconds: seconds },
          why,
        },
        expects: zone?.version ?? 'absent',
      };
    },
    progressTitle: () => `Zone ${name.read() ?? ''}`,
    settled,
  });
}

function passbackFields(value: AntiPassback) {
  const mode = choiceField({
    name: 'antiPassback.mode',
    label: 'Second entry without leaving (anti-passback)',
    options: PASSBACK,
    value: value.mode,
  });
  const minutes = numberField({
    name: 'antiPassback.minutes',
    label: 'Minutes',
    value: value.mode === 'timed' ? value.minutes : DEFAULT_MINUTES,
    min: 0.1,
    max: MOST_MINUTES,
  });
  const forgiveAt = clockField({
    name: 'antiPassback.forgiveAt',
    label: 'Start afresh each day at',
    hint: 'From this time on, earlier entries do not count: people who forgot to swipe out can enter in the morning. Example: 04:00.',
    // The midnight that ends a day is the one that begins the next; the browser writes only 00:00.
    value: value.mode === 'none' ? undefined : value.forgiveAt?.replace('24:00', '00:00'),
  });
  const showMembers = () => {
    show(minutes, mode.read() === 'timed');
    show(forgiveAt, mode.read() !== 'none');
  };
  mode.element.addEventListener('change', showMembers);
  showMembers();
  return {
    fields: [mode, minutes, forgiveAt],
    read: () => ({
      mode: mode.read(),
      minutes: mode.read() === 'timed' ? minutes.read() : undefined,
      forgiveAt: mode.read() === 'none' ? undefined : forgiveAt.read(),
    }),
  };
}

/** Zones that may surround a zone: those of its building that are not inside it. */
function outerOptions(site: SiteData, buildingId: string, zone: Zone | undefined) {
  const within = zone === undefined ? new Set<string>() : zonesWithin(zone.zoneId, site.zones);
  const tree = siteTree(site).buildings.find(({ building }) => building.buildingId === buildingId);
  const around = flattened(tree?.zones ?? []).filter(({ zone: { zoneId } }) => !within.has(zoneId));
  return [OUTDOORS, ...around.map(({ zone: { zoneId, name } }) => ({ value: zoneId, label: name }))];
}
