import type { AccessLevel, Building, Reader, Schedule, Zone } from '@swipegate/contract';
import { path } from './api.js';
import { askWhy } from './ask-why.js';
import { ChangeTracker } from './change-tracker.js';
import { badge, button, type Child, element, fill, link } from './element.js';
import type { Page, PageContext } from './page-context.js';
import { hashOf } from './router.js';
import { askSiteRow, NEW_ROWS, type SiteRowKind } from './site-editor.js';
import { type Column, Table } from './table.js';

const DAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];
const MODES = { normal: 'none', 'locked-down': 'bad', free: 'warn' } as const;

/** Readers, access levels, schedules, zones and buildings. Users who may change the site can edit the first three. */
export const sitePage: Page = async (context) => {
  const { api, signal } = context;
  const tracker = new ChangeTracker(api, signal);
  const wrong = element('div');
  const rows = element('div');
  const draw = async () => {
    const read = <Row>(kind: string) => api.get<{ items: Row[] }>(path(kind), { signal });
    const [buildings, zones, levels, schedules, readers] = await Promise.all([
      read<Building>('buildings'),
      read<Zone>('zones'),
      read<AccessLevel>('access-levels'),
      read<Schedule>('schedules'),
      read<Reader>('readers'),
    ]);
    fill(
      rows,
      section(context, editors, {
        title: 'Readers',
        kind: 'readers',
        rows: readers.items,
        columns: READERS,
        idOf: ({ readerId }) => readerId,
      }),
      section(context, editors, {
        title: 'Access levels',
        kind: 'access-levels',
        rows: levels.items,
        columns: LEVELS,
        idOf: ({ accessLevelId }) => accessLevelId,
      }),
      section(context, editors, {
        title: 'Schedules',
        kind: 'schedules',
        rows: schedules.items,
        columns: SCHEDULES,
        idOf: ({ scheduleId }) => scheduleId,
      }),
      section(context, undefined, {
        title: 'Zones',
        kind: undefined,
        rows: zones.items,
        columns: ZONES,
        idOf: ({ zoneId }) => zoneId,
      }),
      section(context, undefined, {
        title: 'Buildings',
        kind: undefined,
        rows: buildings.items,
        columns: BUILDINGS,
        idOf: ({ buildingId }) => buildingId,
      }),
    );
  };
  const settled = () => void draw().catch((error) => context.complain(wrong, error, settled));
  const editors: Editors = {
    edit: (kind, id, row) => void askSiteRow(context, tracker, { kind, id, row, settled }),
    remove: (kind, id) =>
      void askWhy(context, tracker, {
        title: `Remove ${id}`,
        text: 'The change is rejected if other entries depend on it.',
        submitLabel: 'Remove',
        isDanger: true,
        request: (why) => ({ method: 'DELETE', path: path(kind, id), query: { why } }),
        settled,
      }),
  };
  await draw();
  return { title: 'Site', content: [wrong, tracker.element, rows] };
};

interface Editors {
  /** @param id undefined for a new row */
  edit(kind: SiteRowKind, id: string | undefined, row: object): void;
  remove(kind: SiteRowKind, id: string): void;
}

interface SectionOptions<Row extends object> {
  title: string;
  /** Undefined if the rows cannot be changed. */
  kind: SiteRowKind | undefined;
  rows: readonly Row[];
  columns: readonly Column<Row>[];
  idOf(row: Row): string;
}

function section<Row extends object>(
  { may }: PageContext,
  editors: Editors | undefined,
  { title, kind, rows, columns, idOf }: SectionOptions<Row>,
): HTMLElement {
  const shown = [...columns];
  let add: Child;
  if (kind !== undefined && editors !== undefined && may('site.write')) {
    const edit = (row: Row) =>
      button('Edit', () => editors.edit(kind, idOf(row), row), { class: 'quiet', 'aria-label': `Edit ${idOf(row)}` });
    const remove = (row: Row) =>
      button('Remove', () => editors.remove(kind, idOf(row)), { class: 'quiet', 'aria-label': `Remove ${idOf(row)}` });
    shown.push({ title: 'Actions', cell: (row) => element('span', { class: 'row-actions' }, edit(row), remove(row)) });
    add = button('New', () => editors.edit(kind, undefined, NEW_ROWS[kind]), {
      'aria-label': `New: ${title.toLowerCase()}`,
    });
  }
  const table = new Table<Row>(title, shown, 'No entries.');
  table.show(rows);
  return element('section', {}, element('div', { class: 'bar' }, element('h2', {}, title), add), table.element);
}

const READERS: Column<Reader>[] = [
  { title: 'Reader', cell: ({ readerId }) => link(readerId, hashOf('site', 'readers', readerId)) },
  { title: 'Door', cell: ({ door }) => door },
  { title: 'Leads into', cell: ({ zoneId }) => zoneId },
  { title: 'From', cell: ({ outerZoneId = 'outdoors' }) => outerZoneId },
  { title: 'Direction', cell: ({ direction }) => direction },
  { title: 'Mode', cell: ({ mode }) => badge(mode, MODES[mode]) },
];
const LEVELS: Column<AccessLevel>[] = [
  { title: 'Access level', cell: ({ accessLevelId }) => accessLevelId },
  { title: 'Zones', cell: ({ zoneIds }) => element('span', { class: 'wrap' }, zoneIds.join(', ')) },
  { title: 'Schedule', cell: ({ scheduleId }) => scheduleId },
];
const SCHEDULES: Column<Schedule>[] = [
  { title: 'Schedule', cell: ({ scheduleId }) => scheduleId },
  {
    title: 'Open',
    cell: ({ intervals }) => element('span', { class: 'wrap' }, intervals.map(intervalText).join('; ')),
  },
  { title: 'Holidays', cell: ({ holidays }) => String(holidays.length) },
];
const ZONES: Column<Zone>[] = [
  { title: 'Zone', cell: ({ zoneId }) => zoneId },
  { title: 'Name', cell: ({ name }) => name },
  { title: 'Building', cell: ({ buildingId }) => buildingId },
  { title: 'Anti-passback', cell: ({ antiPassback }) => antiPassback.mode },
  { title: 'Max. people', cell: ({ occupancyLimit }) => (occupancyLimit === undefined ? '' : String(occupancyLimit)) },
];
const BUILDINGS: Column<Building>[] = [
  { title: 'Building', cell: ({ buildingId }) => buildingId },
  { title: 'Name', cell: ({ name }) => name },
  { title: 'Time zone', cell: ({ timeZone }) => timeZone },
];

function intervalText({ days, from, until }: Schedule['intervals'][number]): string {
  const which = days.length === 7 ? 'every day' : days.map((day) => DAYS[day - 1] ?? String(day)).join(' ');
  return `${which} ${from}–${until}`;
}
