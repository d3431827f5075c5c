import type { AccessLevel, Building, ChangeStatus } from '@swipegate/contract';
import type { VisitEntry, VisitState } from '@swipegate/contract/back-office/visits';
import { path } from '../../api/api.js';
import { ChangeTracker } from '../../widgets/change-tracker.js';
import { checkGroup } from '../../widgets/choices.js';
import { badge, button, buttonRow, element, link, timeElement } from '../../widgets/element.js';
import { optionalNumberField, selectField, textField, timeField } from '../../widgets/fields.js';
import { type ListPage, PagedList, Table } from '../../widgets/table.js';
import { cardNumberFields, employeeField, readNumbering } from '../card-fields.js';
import { hashOf, type Page, type PageContext } from '../page.js';

const PAGE_ITEMS = 50;
const MAX_ESCORT_SECONDS = 60;
const TONES: Readonly<Record<VisitState, 'good' | 'warn' | 'bad' | 'none'>> = {
  expected: 'none',
  'checked-in': 'good',
  overdue: 'bad',
  missed: 'warn',
  'checked-out': 'none',
};

/** The reception's page: who is expected, who is here, who should have left, with check-in and check-out. */
export const visitsPage: Page = async (context) => {
  const { api, may, signal } = context;
  const tracker = new ChangeTracker(api, signal);
  const table = new Table<VisitEntry>(
    'Visitors',
    [
      { title: 'Visitor', cell: ({ name, employeeId }) => link(name, hashOf('employees', employeeId)) },
      { title: 'Company', cell: ({ company }) => company ?? '' },
      { title: 'Host', cell: ({ hostName, hostId }) => link(hostName ?? hostId, hashOf('employees', hostId)) },
      { title: 'From', cell: ({ from }) => timeElement(from) },
      { title: 'Until', cell: ({ until }) => timeElement(until) },
      {
        title: 'State',
        cell: ({ state, inside }) => [badge(state, TONES[state]), inside ? [' ', badge('inside', 'good')] : ''],
      },
      { title: 'Card', cell: ({ cardId }) => cardId ?? '' },
      { title: 'Desk', cell: (visit) => (may('visits.write') ? deskButtons(visit) : '') },
    ],
    'No visits.',
  );
  const list = new PagedList<VisitEntry>({
    context,
    table,
    noun: 'visits',
    load: (cursor, listSignal) =>
      api.get<ListPage<VisitEntry>>('/v1/visits', { query: { limit: PAGE_ITEMS, cursor }, signal: listSignal }),
  });
  const wrong = element('div');
  const reload = () => void list.reload();
  const attempt = (ask: () => Promise<void>) => {
    const again = () => void ask().catch((error) => context.complain(wrong, error, again));
    again();
  };
  function deskButtons(visit: VisitEntry) {
    if (visit.state === 'checked-out' || visit.state === 'missed') return '';
    return visit.cardId === undefined
      ? button('Check in', () => attempt(() => askCheckIn(context, tracker, visit, reload)))
      : button('Check out', () => attempt(() => askCheckOut(tracker, visit, reload)));
  }
  await list.begin();
  return {
    title: 'Visitors',
    content: [
      may('visits.write')
        ? buttonRow(button('New visit', () => attempt(() => askVisit(context, tracker, reload)), { class: 'primary' }))
        : undefined,
      wrong,
      tracker.element,
      list.element,
    ],
  };
};

async function askVisit(
  { api, signal }: Pick<PageContext, 'api' | 'signal'>,
  tracker: ChangeTracker,
  settled: (change: ChangeStatus) => void,
): Promise<void> {
  const [buildings, levels] = await Promise.all([
    api.get<{ items: Building[] }>('/v1/buildings', { signal }),
    api.get<{ items: AccessLevel[] }>('/v1/access-levels', { signal }),
  ]);
  const name = textField({ name: 'name', label: 'Visitor', maxLength: 128 });
  const company = textField({ name: 'company', label: 'Company', isOptional: true, maxLength: 128 });
  const host = employeeField(api, signal, { name: 'hostId', label: 'Host' });
  const buildingId = selectField({
    name: 'buildingId',
    label: 'Building',
    options: buildings.items.map((building) => ({ value: building.buildingId, label: building.name })),
  });
  const from = timeField({ name: 'from', label: 'From', isOptional: false });
  const until = timeField({ name: 'until', label: 'Until', isOptional: false });
  const escortSeconds = optionalNumberField({
    name: 'escortSeconds',
    label: 'Escort: the host enters first, at most this many seconds before',
    value: undefined,
    min: 1,
    max: MAX_ESCORT_SECONDS,
  });
  const accessLevelIds = checkGroup({
    name: 'accessLevelIds',
    label: 'Access levels',
    hint: 'Zones and hours in which the visitor’s card opens doors.',
    options: levels.items.map(({ accessLevelId }) => ({ value: accessLevelId, label: accessLevelId })),
    value: [],
  });
  await tracker.ask({
    title: 'New visit',
    submitLabel: 'Plan visit',
    fields: [name, company, host, buildingId, from, until, escortSeconds, accessLevelIds],
    request: async (why) => ({
      method: 'POST',
      path: '/v1/visits',
      body: {
        name: name.read() ?? '',
        company: company.read(),
        hostId: (await host.chosen()) ?? '',
        buildingId: buildingId.read(),
        from: from.read(),
        until: until.read(),
        escortSeconds: escortSeconds.read(),
        accessLevelIds: accessLevelIds.read(),
        why,
      },
    }),
    settled,
  });
}

async function askCheckIn(
  { api, signal }: Pick<PageContext, 'api' | 'signal'>,
  tracker: ChangeTracker,
  { employeeId, name }: VisitEntry,
  settled: (change: ChangeStatus) => void,
): Promise<void> {
  const number = cardNumberFields(await readNumbering(api, signal));
  await tracker.ask({
    title: `Check in ${name}`,
    text: 'The card opens doors until the visit ends. The visitor counts as outside until the first swipe.',
    submitLabel: 'Check in',
    fields: number.fields,
    request: (why) => ({
      method: 'POST',
      path: path('visits', employeeId, 'check-in'),
      body: { cardId: number.cardId(), why },
    }),
    settled,
  });
}

function askCheckOut(
  tracker: ChangeTracker,
  { employeeId, name }: VisitEntry,
  settled: (change: ChangeStatus) => void,
): Promise<void> {
  return tracker.ask({
    title: `Check out ${name}`,
    text: 'The visitor has left the building. The card opens nothing from now on, and can go to the next visitor.',
    submitLabel: 'Check out',
    request: (why) => ({ method: 'POST', path: path('visits', employeeId, 'check-out'), body: { why } }),
    settled,
  });
}
