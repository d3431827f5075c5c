import type { Building, Reader, Zone } from '@swipegate/contract';
import { type Door, siteTree, type ZoneBranch } from '../../../site/site-tree.js';
import { badge, button, type Child, element, link } from '../../widgets/element.js';
import { hashOf, type PageContext } from '../page.js';
import { askBuilding } from './building-form.js';
import { askDoor } from './door-form.js';
import type { Removal } from './removal.js';
import type { SiteEditing, Versioned } from './site-data.js';
import { askZone } from './zone-form.js';

type Branch = ZoneBranch<Versioned<Zone>, Versioned<Reader>>;
type Remove = (removal: Omit<Removal, 'settled'>) => void;

const MODE_TONES = { normal: 'none', 'locked-down': 'bad', free: 'warn' } as const;
const WAYS = { in: 'in', out: 'out', both: 'in and out' } as const;

/** Draws buildings with their zones and doors, and the buttons that add to them. */
export function drawTree(context: PageContext, editing: SiteEditing, remove: Remove): HTMLElement {
  const { buildings, lost } = siteTree(editing.site);
  if (buildings.length === 0) {
    return element('p', { class: 'card soft' }, 'No building yet. Zones and doors belong to a building.');
  }
  const canWrite = context.may('site.write');
  const actions = (...buttons: HTMLElement[]): Child =>
    canWrite ? element('span', { class: 'row-actions' }, buttons) : undefined;
  const act = (label: string, of: string, run: () => void) =>
    button(label, run, { class: 'quiet', 'aria-label': `${label} ${of}` });

  const building = (row: Versioned<Building>, zones: readonly Branch[]) =>
    element(
      'article',
      { class: 'card building', 'aria-label': row.name },
      element(
        'div',
        { class: 'line' },
        element('h3', {}, row.name),
        element('span', { class: 'soft' }, `${row.buildingId}, ${row.timeZone}`),
        actions(
          act('Add zone', `to ${row.name}`, () => void askZone(editing, { buildingId: row.buildingId })),
          act('Edit', row.name, () => void askBuilding(editing, row)),
          act('Remove', row.name, () =>
            remove({ kind: 'buildings', id: row.buildingId, name: `the building ${row.name}`, version: row.version }),
          ),
        ),
      ),
      zones.length === 0
        ? element(
            'p',
            { class: 'soft' },
            'No zone yet. A zone is a part of the building behind doors, such as its offices.',
          )
        : element('ul', { class: 'tree' }, zones.map(zone)),
    );

  const zone = ({ zone: row, doors, zones }: Branch): HTMLElement =>
    element(
      'li',
      {},
      element(
        'div',
        { class: 'line' },
        element('strong', {}, row.name),
        element('span', { class: 'soft' }, row.zoneId),
        rulesOf(row),
        actions(
          act('Add door', `to ${row.name}`, () => void askDoor(editing, row.zoneId, context.may('keys.write'))),
          act('Add zone', `inside ${row.name}`, () => {
            void askZone(editing, { buildingId: row.buildingId, outerZoneId: row.zoneId });
          }),
          act('Edit', row.name, () => void askZone(editing, row)),
          act('Remove', row.name, () =>
            remove({ kind: 'zones', id: row.zoneId, name: `the zone ${row.name}`, version: row.version }),
          ),
        ),
      ),
      element('ul', { class: 'tree' }, doors.map(doorLine), zones.map(zone)),
    );

  return element(
    'div',
    { class: 'column' },
    buildings.map(({ building: row, zones }) => building(row, zones)),
    lost.readers.length + lost.zones.length === 0
      ? undefined
      : element(
          'p',
          { class: 'alert' },
          'These name a building or zone that does not exist, and open nothing: ',
          [...lost.zones.map(({ zoneId }) => zoneId), ...lost.readers.map(({ readerId }) => readerId)].join(', '),
        ),
  );
}

function doorLine({ name, readers }: Door<Versioned<Reader>>): HTMLElement {
  const shown = readers.map(({ readerId, direction, mode }) =>
    element(
      'span',
      { class: 'reader' },
      link(readerId, hashOf('site', 'readers', readerId)),
      ' ',
      element('span', { class: 'soft' }, WAYS[direction]),
      mode === 'normal' ? undefined : [' ', badge(mode, MODE_TONES[mode])],
    ),
  );
  return element('li', { class: 'door' }, element('span', { class: 'name' }, name), shown);
}

function rulesOf({ antiPassback, occupancyLimit, accompaniment }: Zone): Child {
  return [
    antiPassback.mode === 'none' ? undefined : badge(passbackWords(antiPassback), 'none'),
    occupancyLimit === undefined ? undefined : badge(`at most ${occupancyLimit}`, 'none'),
    accompaniment === undefined ? undefined : badge('two persons', 'none'),
  ];
}

/** The mode as documents and files call it. */
function passbackWords(antiPassback: Zone['antiPassback']): string {
  const words = `${antiPassback.mode} anti-passback`;
  return antiPassback.mode === 'timed' ? `${words}, ${antiPassback.minutes} min` : words;
}
