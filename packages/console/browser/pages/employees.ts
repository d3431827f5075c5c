import type { AccessLevel, EmployeeSummary, Schedule, Zone } from '@swipegate/contract';
import { path } from '../api/api.js';
import { ChangeTracker } from '../widgets/change-tracker.js';
import { badge, button, element, link, wrapped } from '../widgets/element.js';
import { type Field, searchInput, selectField } from '../widgets/fields.js';
import { type ListPage, PagedList, Table } from '../widgets/table.js';
import { cardBadge } from './card-panel.js';
import { askEmployee } from './employee-forms.js';
import { hashOf, type Page, rememberQuery } from './page.js';

const TYPING_MS = 200;
/** Rows at first, and with each `Load more`. */
const ROWS = { first: 50, more: 200, most: 1_000 };

/** List of employees, with a search by parts of the name, the id or a card number. */
export const employeesPage: Page = async (context) => {
  const { api, query, may, signal } = context;
  const search = searchInput(query.get('search'));
  const state = chooser('state', 'State', query, [
    ['active', 'active'],
    ['inactive', 'not active'],
  ]);
  const cards = chooser('cards', 'Cards', query, [
    ['with', 'with a card'],
    ['without', 'without a card'],
  ]);
  const chosen = () => ({
    search: search.value.trim() || undefined,
    state: state.read() || undefined,
    cards: cards.read() || undefined,
  });
  const table = new Table<EmployeeSummary>(
    'Employees',
    [
      { title: 'Name', cell: ({ name, employeeId }) => link(name || employeeId, hashOf('employees', employeeId)) },
      { title: 'Employee id', cell: ({ employeeId }) => employeeId },
      { title: 'State', cell: ({ active }) => (active ? badge('active', 'good') : badge('not active', 'bad')) },
      {
        title: 'Cards',
        cell: ({ cards }) => (cards.length === 0 ? element('span', { class: 'soft' }, 'none') : cards.map(cardLine)),
      },
      { title: 'Access levels', cell: ({ accessLevelIds }) => wrapped(accessLevelIds.join(', ')) },
    ],
    'No employees found.',
  );
  const list = new PagedList<EmployeeSummary>({
    context,
    table,
    noun: 'employees',
    load: (cursor, listSignal, rows) =>
      api.get<ListPage<EmployeeSummary>>('/v1/employees', {
        query: {
          ...chosen(),
          limit: cursor === undefined ? Math.min(Math.max(rows, ROWS.first), ROWS.most) : ROWS.more,
          cursor,
        },
        signal: listSignal,
      }),
  });
  let typing: ReturnType<typeof setTimeout> | undefined;
  const reload = () => {
    if (signal.aborted) return;
    rememberQuery(chosen());
    void list.reload();
  };
  search.addEventListener('input', () => {
    clearTimeout(typing);
    typing = setTimeout(reload, TYPING_MS);
  });
  for (const { control } of [state, cards]) control.addEventListener('change', reload);
  const tracker = new ChangeTracker(api, signal);
  const add = async () => {
    const read = async <Row>(kind: string) => (await api.get<{ items: Row[] }>(path(kind), { signal })).items;
    const [levels, zones, schedules] = await Promise.all([
      read<AccessLevel>('access-levels'),
      read<Zone>('zones'),
      read<Schedule>('schedules'),
    ]);
    await askEmployee(tracker, { levels, zones, schedules }, undefined, ({ state, content }) => {
      if (state === 'applied' && content.type === 'set-employee')
        location.hash = hashOf('employees', content.employee.employeeId);
    });
  };
  const wrong = element('div');
  const tryAdd = () => void add().catch((error) => context.complain(wrong, error, tryAdd));
  await list.begin();
  return {
    title: 'Employees',
    content: [
      element(
        'div',
        { class: 'bar' },
        element('search', {}, element('label', { for: search.id }, 'Search by name, id or card number'), search),
        state.element,
        cards.element,
        may('employees.write') ? button('New employee', tryAdd, { class: 'primary' }) : undefined,
        may('imports.write') ? link('Import a file', hashOf('imports'), { class: 'button' }) : undefined,
      ),
      wrong,
      tracker.element,
      list.element,
    ],
  };
};

/** A filter that the page's address keeps under its name. */
function chooser(name: string, label: string, query: URLSearchParams, options: [string, string][]): Field<string> {
  const all = [{ value: '', label: 'all' }, ...options.map(([value, label]) => ({ value, label }))];
  const asked = query.get(name) ?? '';
  const value = all.some((option) => option.value === asked) ? asked : '';
  return selectField({ name, label, options: all, value });
}

function cardLine(card: EmployeeSummary['cards'][number]): HTMLElement {
  return element('span', { class: 'card-line' }, card.cardId, ' ', cardBadge(card));
}
