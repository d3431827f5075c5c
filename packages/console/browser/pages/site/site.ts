import type { AccessLevel, Schedule } from '@swipegate/contract';
import { scheduleWords } from '../../../site/schedule-words.js';
import { ChangeTracker } from '../../widgets/change-tracker.js';
import { button, type Child, element, fill, wrapped } from '../../widgets/element.js';
import { type Column, Table } from '../../widgets/table.js';
import type { Page, PageContext } from '../page.js';
import { askAccessLevel } from './access-level-form.js';
import { askBuilding } from './building-form.js';
import { firstSteps } from './first-steps.js';
import { askRemoval, type Removal } from './removal.js';
import { askSchedule } from './schedule-form.js';
import { readSite, type SiteData, type Versioned, zonesByBuilding } from './site-data.js';
import { drawTree } from './tree.js';

/** Buildings, zones and doors as a tree, access levels and schedules. Users who may change the site edit them in place. */
export const sitePage: Page = async (context) => {
  const { api, signal, may } = context;
  const tracker = new ChangeTracker(api, signal, { isSeries: true });
  const wrong = element('div');
  const steps = element('div');
  const rows = element('div');
  const settled = () => void draw().catch((error) => context.complain(wrong, error, settled));
  let latest = 0;
  const draw = async () => {
    latest += 1;
    const turn = latest;
    const site = await readSite(api, signal);
    const editing = { tracker, site, settled };
    const remove = (removal: Omit<Removal, 'settled'>) =>
      void askRemoval(context, tracker, wrong, { ...removal, settled });
    const canWrite = may('site.write');
    const addBuilding = canWrite
      ? button('Add a building', () => void askBuilding(editing), { class: 'primary' })
      : undefined;
    const first = await firstSteps(context, editing);
    // A later change has been applied meanwhile: what was read here is older.
    if (turn !== latest) return;
    fill(wrong);
    fill(steps, first);
    fill(
      rows,
      section('Buildings, zones and doors', addBuilding, drawTree(context, editing, remove)),
      section(
        'Access levels',
        canWrite && site.schedules.length > 0 && site.zones.length > 0
          ? button('Add an access level', () => void askAccessLevel(editing))
          : undefined,
        levelsTable(context, site, {
          edit: (level) => void askAccessLevel(editing, level),
          remove: ({ accessLevelId: id, version }) =>
            remove({ kind: 'access-levels', id, name: `the access level ${id}`, version }),
        }),
      ),
      section(
        'Schedules',
        canWrite ? button('Add a schedule', () => void askSchedule(editing)) : undefined,
        schedulesTable(context, site, {
          edit: (schedule) => void askSchedule(editing, schedule),
          remove: ({ scheduleId: id, version }) =>
            remove({ kind: 'schedules', id, name: `the schedule ${id}`, version }),
        }),
      ),
    );
  };
  await draw();
  return { title: 'Site', content: [wrong, tracker.element, steps, rows] };
};

interface Actions<Row> {
  edit(row: Row): void;
  remove(row: Row): void;
}

function section(title: string, add: Child, content: Child): HTMLElement {
  return element('section', {}, element('div', { class: 'bar' }, element('h2', {}, title), add), content);
}

function levelsTable(context: PageContext, site: SiteData, actions: Actions<Versioned<AccessLevel>>): HTMLElement {
  const hours = (scheduleId: string): Child => {
    const schedule = site.schedules.find((each) => each.scheduleId === scheduleId);
    const words = schedule === undefined ? 'There is no such schedule' : scheduleWords(schedule);
    return [scheduleId, element('div', { class: 'note' }, wrapped(words))];
  };
  const zones = (zoneIds: readonly string[]): Child =>
    zonesByBuilding(site, zoneIds).map(([building, names]) =>
      element('div', {}, wrapped(site.buildings.length > 1 ? `${building}: ${names}` : names)),
    );
  const columns: Column<Versioned<AccessLevel>>[] = [
    { title: 'Access level', cell: ({ accessLevelId }) => accessLevelId },
    { title: 'Zones', cell: ({ zoneIds }) => zones(zoneIds) },
    { title: 'Hours', cell: ({ scheduleId }) => hours(scheduleId) },
    ...actionsColumn(context, actions, ({ accessLevelId }) => accessLevelId),
  ];
  const table = new Table('Access levels', columns, 'None yet. An access level says which zones open, and when.');
  table.show(site.levels);
  return table.element;
}

function schedulesTable(context: PageContext, site: SiteData, actions: Actions<Versioned<Schedule>>): HTMLElement {
  const columns: Column<Versioned<Schedule>>[] = [
    { title: 'Schedule', cell: ({ scheduleId }) => scheduleId },
    { title: 'Open', cell: (schedule) => wrapped(scheduleWords(schedule)) },
    ...actionsColumn(context, actions, ({ scheduleId }) => scheduleId),
  ];
  const table = new Table('Schedules', columns, 'None yet. A schedule says at which hours of the week doors open.');
  table.show(site.schedules);
  return table.element;
}

function actionsColumn<Row>(
  { may }: PageContext,
  { edit, remove }: Actions<Row>,
  idOf: (row: Row) => string,
): Column<Row>[] {
  if (!may('site.write')) return [];
  return [
    {
      title: 'Actions',
      cell: (row) =>
        element(
          'span',
          { class: 'row-actions' },
          button('Edit', () => edit(row), { class: 'quiet', 'aria-label': `Edit ${idOf(row)}` }),
          button('Remove', () => remove(row), { class: 'quiet', 'aria-label': `Remove ${idOf(row)}` }),
        ),
    },
  ];
}
