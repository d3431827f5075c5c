import type { AccessLevel, EmployeeSummary, Schedule, Zone } from '@swipegate/contract';
import { path } from '../api/api.js';
import { ChangeTracker } from '../widgets/change-tracker.js';
import { badge, button, element, link, wrapped } from '../widgets/element.js';
import { searchInput } from '../widgets/fields.js';
import { type ListPage, PagedList, Table } from '../widgets/table.js';
import { cardBadge } from './card-panel.js';
import { askEmployee } from './employee-forms.js';
import { hashOf, type Page, rememberQuery } from './page.js';

const TYPING_MS = 200;
const PAGE_ITEMS = 50;

/** List of employees, with a search by parts of the name, the id or a card number. */
export const employeesPage: Page = async (context) => {
  const { api, query, may, signal } = context;
  const search = searchInput(query.get('search'));
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
    load: (cursor, listSignal) =>
      api.get<ListPage<EmployeeSummary>>('/v1/employees', {
        query: { search: search.value.trim() || undefined, limit: PAGE_ITEMS, cursor },
        signal: listSignal,
      }),
  });
  let typing: ReturnType<typeof setTimeout> | undefined;
  search.addEventListener('input', () => {
    clearTimeout(typing);
    typing = setTimeout(() => {
      if (signal.aborted) return;
      rememberQuery({ search: search.value.trim() });
      void list.reload();
    }, TYPING_MS);
  });
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
        may('employees.write') ? button('New employee', tryAdd, { class: 'primary' }) : undefined,
        may('imports.write') ? link('Import a file', hashOf('imports'), { class: 'button' }) : undefined,
      ),
      wrong,
      tracker.element,
      list.element,
    ],
  };
};

function cardLine(card: EmployeeSummary['cards'][number]): HTMLElement {
  return element('span', { class: 'card-line' }, card.cardId, ' ', cardBadge(card));
}
