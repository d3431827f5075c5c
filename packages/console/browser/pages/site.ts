import type { AccessLevel, Building, Reader, Schedule, Zone } from '@swipegate/contract';
import { ApiError, messageOf, path } from '../api/api.js';
import { ChangeTracker } from '../widgets/change-tracker.js';
import { badge, button, type Child, element, fill, link, wrapped } from '../widgets/element.js';
import { areaField, textField } from '../widgets/fields.js';
import { FieldError } from '../widgets/form.js';
import { type Column, Table } from '../widgets/table.js';
import { hashOf, type Page, type PageContext } from './page.js';

type SiteRowKind = 'access-levels' | 'schedules' | 'readers';
/** A row that users can change. */
type Versioned<Row> = Row & { version: string };

/** The id member of a row: it is part of the path and cannot be changed. */
const IDS = { 'access-levels': 'accessLevelId', schedules: 'scheduleId', readers: 'readerId' } as const;
const NAMES = { 'access-levels': 'access level', schedules: 'schedule', readers: 'reader' } as const;
const HINTS = {
  'access-levels': 'zoneIds: the zones that it opens. scheduleId: the schedule of the hours.',
  schedules:
    'days: 1 (Monday) to 7, on which the interval begins. An until before from is a time of the next day. holidays: dates on which no interval begins, such as 2027-01-01.',
  readers:
    'direction: in, out or both. mode: normal, locked-down or free. Without outerZoneId the other side is outdoors.',
} as const;

/** Initial content of a new row. */
const NEW_ROWS: Readonly<Record<SiteRowKind, object>> = {
  'access-levels': { zoneIds: [], scheduleId: 'always' },
  schedules: { intervals: [{ days: [1, 2, 3, 4, 5], from: '08:00', until: '18:00' }], holidays: [] },
  readers: { door: '', buildingId: '', zoneId: '', direction: 'in', mode: 'normal' },
};

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
      read<Versioned<AccessLevel>>('access-levels'),
      read<Versioned<Schedule>>('schedules'),
      read<Versioned<Reader>>('readers'),
    ]);
    fill(
      rows,
      section(context, editors, 'Readers', READERS, readers.items, 'readers'),
      section(context, editors, 'Access levels', LEVELS, levels.items, 'access-levels'),
      section(context, editors, 'Schedules', SCHEDULES, schedules.items, 'schedules'),
      section(context, editors, 'Zones', ZONES, zones.items),
      section(context, editors, 'Buildings', BUILDINGS, buildings.items),
    );
  };
  const settled = () => void draw().catch((error) => context.complain(wrong, error, settled));
  const editors: Editors = {
    edit: (kind, id, row) => void askSiteRow(tracker, kind, id, row, settled),
    remove: (kind, id, version) =>
      void tracker.ask({
        title: `Remove ${id}`,
        text: 'The change is rejected if other entries depend on it.',
        submitLabel: 'Remove',
        isDanger: true,
        request: (why) => ({ method: 'DELETE', path: path(kind, id), query: { why }, expects: version }),
        settled,
      }),
  };
  await draw();
  return { title: 'Site', content: [wrong, tracker.element, rows] };
};

interface Editors {
  /** @param id undefined for a new row */
  edit(kind: SiteRowKind, id: string | undefined, row: object): void;
  remove(kind: SiteRowKind, id: string, version: string): void;
}

/** @param kind undefined if the rows cannot be changed */
function section<Row extends object>(
  { may }: PageContext,
  editors: Editors,
  title: string,
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  kind?: SiteRowKind,
): HTMLElement {
  const shown = [...columns];
  let add: Child;
  if (kind !== undefined && may('site.write')) {
    const idOf = (row: Row) => String(Reflect.get(row, IDS[kind]));
    const versionOf = (row: Row) => String(Reflect.get(row, 'version'));
    const edit = (row: Row) =>
      button('Edit', () => editors.edit(kind, idOf(row), row), { class: 'quiet', 'aria-label': `Edit ${idOf(row)}` });
    const remove = (row: Row) =>
      button('Remove', () => editors.remove(kind, idOf(row), versionOf(row)), {
        class: 'quiet',
        'aria-label': `Remove ${idOf(row)}`,
      });
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
  { title: 'Zones', cell: ({ zoneIds }) => wrapped(zoneIds.join(', ')) },
  { title: 'Schedule', cell: ({ scheduleId }) => scheduleId },
];
const SCHEDULES: Column<Schedule>[] = [
  { title: 'Schedule', cell: ({ scheduleId }) => scheduleId },
  { title: 'Open', cell: ({ intervals }) => wrapped(intervals.map(intervalText).join('; ')) },
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
  return `${which} ${from}–${until}${until < from ? ' (next day)' : ''}`;
}

/** Shows a form with the whole row as JSON. The API validates it and names the invalid member. */
function askSiteRow(
  tracker: ChangeTracker,
  kind: SiteRowKind,
  id: string | undefined,
  row: object,
  settled: () => void,
): Promise<void> {
  const idField = textField({ name: IDS[kind], label: 'Id', hint: 'Cannot be changed later.', maxLength: 64 });
  const members = Object.fromEntries(Object.entries(row).filter(([name]) => name !== IDS[kind] && name !== 'version'));
  const json = areaField({
    name: 'json',
    label: 'Content (JSON)',
    hint: HINTS[kind],
    rows: 12,
    isCode: true,
    value: JSON.stringify(members, null, 2),
  });
  const title = id === undefined ? `New ${NAMES[kind]}` : `Edit ${id}`;
  return tracker.ask({
    title,
    fields: [...(id === undefined ? [idField] : []), json],
    submitLabel: 'Save',
    request: (why) => ({
      method: 'PUT',
      path: path(kind, id ?? idField.read() ?? ''),
      body: { ...parsed(json.read()), why },
      expects: id === undefined ? 'absent' : String(Reflect.get(row, 'version')),
    }),
    errorOf: (error) => atJson(error, ['why', idField.name]),
    progressTitle: () => (id === undefined ? `${title} ${idField.read() ?? ''}` : title),
    settled,
  });
}

function parsed(text: string): object {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new FieldError('json', `This is not JSON: ${messageOf(error)}.`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new FieldError('json', 'This is not a JSON object. It must start with { and end with }.');
  }
  return value;
}

/** Shows a problem with a member at the JSON field, unless the member has its own field. */
function atJson(error: unknown, ownFields: readonly string[]): unknown {
  if (!(error instanceof ApiError) || error.field === '' || ownFields.includes(error.field)) return error;
  return new FieldError('json', `${error.field} ${error.reason}.`);
}
