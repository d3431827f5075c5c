import type { AccessLevel, Building, ChangeStatus, EmployeeDetail, Schedule, Zone } from '@swipegate/contract';
import { ApiError, path } from '../api/api.js';
import { ChangeTracker } from '../widgets/change-tracker.js';
import { badge, button, buttonRow, type Child, element, fill, link, say } from '../widgets/element.js';
import { PagedList } from '../widgets/table.js';
import { cardPanel } from './card-panel.js';
import { changesTable } from './changes.js';
import { askEmployee } from './employee-forms.js';
import { askLinkCard } from './link-card.js';
import { hashOf, type Page, type PageContext } from './page.js';
import { PersonAccess } from './person-access.js';

/** Parts of the site offered in forms. */
interface Choices {
  levels: AccessLevel[];
  buildings: Building[];
  zones: Zone[];
  schedules: Schedule[];
}

const CHANGES_SHOWN = 20;

/** One employee: access rights, cards, actions, changes in progress and history. */
export const employeePage: Page = async (context) => {
  const { api, signal, params } = context;
  const employeeId = params['employeeId'] ?? '';
  const tracker = new ChangeTracker(api, signal);
  const [employee, choices] = await Promise.all([readEmployee(context, employeeId), readChoices(context)]);
  const history = new PagedList<ChangeStatus>({
    context,
    table: changesTable('History of this employee and their cards', { withLinks: false }),
    noun: 'changes',
    load: (cursor, listSignal) =>
      api.get('/v1/changes', { query: { employeeId, limit: CHANGES_SHOWN, cursor }, signal: listSignal }),
  });
  const access = new PersonAccess(context, employeeId, { ...choices, tracker, settled: () => redraw() });
  const details = element('div');
  const wrong = element('div');
  const redraw = () => {
    readEmployee(context, employeeId).then(
      (now) => {
        draw(now);
        void access.draw(now.active);
        void history.reload();
      },
      (error) => {
        if (!(error instanceof ApiError) || error.status !== 404) return context.complain(wrong, error, redraw);
        fill(details, element('p', {}, 'This employee no longer exists.'));
      },
    );
  };
  draw(employee);
  await Promise.all([history.reload(), access.draw(employee.active)]);
  return {
    title: employee.name || employeeId,
    content: [
      wrong,
      tracker.element,
      details,
      access.element,
      element('section', { 'aria-label': 'History' }, element('h2', {}, 'History'), history.element),
    ],
  };

  function draw(now: EmployeeDetail): void {
    wrong.replaceChildren();
    const title = document.querySelector('h1');
    if (title !== null && details.isConnected) say(title, now.name || employeeId);
    fill(
      details,
      summary(now),
      actions(context, tracker, now, choices, redraw),
      element(
        'section',
        { 'aria-label': 'Cards' },
        element('h2', {}, 'Cards'),
        now.cards.length === 0
          ? element('p', { class: 'soft' }, 'No card is linked.')
          : element(
              'div',
              { class: 'cards' },
              now.cards.map((card) => cardPanel(context, tracker, card, choices.zones, redraw)),
            ),
      ),
    );
  }
};

function readEmployee({ api, signal }: PageContext, employeeId: string): Promise<EmployeeDetail> {
  return api.get<EmployeeDetail>(path('employees', employeeId), { signal });
}

async function readChoices({ api, signal }: PageContext): Promise<Choices> {
  const [levels, buildings, zones, schedules] = await Promise.all([
    api.get<{ items: AccessLevel[] }>('/v1/access-levels', { signal }),
    api.get<{ items: Building[] }>('/v1/buildings', { signal }),
    api.get<{ items: Zone[] }>('/v1/zones', { signal }),
    api.get<{ items: Schedule[] }>('/v1/schedules', { signal }),
  ]);
  return { levels: levels.items, buildings: buildings.items, zones: zones.items, schedules: schedules.items };
}

function summary({ employeeId, active, accessLevelIds }: EmployeeDetail): HTMLElement {
  return element(
    'dl',
    { class: 'facts' },
    fact('Employee id', employeeId),
    fact('State', active ? badge('active', 'good') : badge('not active', 'bad')),
    fact('Access levels', accessLevelIds.length === 0 ? 'none' : accessLevelIds.join(', ')),
  );
}

function fact(term: string, value: Child): HTMLElement {
  return element('div', {}, element('dt', {}, term), element('dd', {}, value));
}

function actions(
  context: PageContext,
  tracker: ChangeTracker,
  employee: EmployeeDetail,
  { levels, buildings, zones, schedules }: Choices,
  settled: () => void,
): HTMLElement {
  const { may } = context;
  const { employeeId, name, active, accessLevelIds, version } = employee;
  const toggle = () =>
    tracker.ask({
      title: `${active ? 'Deactivate' : 'Activate'} ${name}`,
      text: active ? 'Their cards stop opening doors, but stay linked.' : 'Their cards open doors again.',
      submitLabel: active ? 'Deactivate' : 'Activate',
      isDanger: active,
      request: (why) => ({
        method: 'PUT',
        path: path('employees', employeeId),
        body: { name, active: !active, accessLevelIds, why },
        expects: version,
      }),
      settled,
    });
  const erase = () =>
    tracker.ask({
      title: `Erase ${name}`,
      text: 'Removes name, rights and cards for good. A separate command erases earlier records: see the runbook.',
      submitLabel: 'Erase',
      isDanger: true,
      request: (why) => ({
        method: 'POST',
        path: path('employees', employeeId, 'erase'),
        body: { why },
        expects: version,
      }),
      settled,
    });
  const canWrite = may('employees.write');
  return buttonRow(
    may('cards.link') && active
      ? button('Link a card', () => void askLinkCard(context, tracker, { employee, buildings, zones, settled }), {
          class: 'primary',
        })
      : undefined,
    canWrite
      ? button('Edit', () => void askEmployee(tracker, { levels, zones, schedules }, employee, settled))
      : undefined,
    canWrite ? button(active ? 'Deactivate' : 'Activate', () => void toggle()) : undefined,
    may('swipes.read') ? link('Swipes', hashOf('employees', employeeId, 'swipes'), { class: 'button' }) : undefined,
    may('attendance.read')
      ? link('Attendance', `${hashOf('attendance')}?employee=${encodeURIComponent(employeeId)}`, { class: 'button' })
      : undefined,
    may('erasure.write') ? button('Erase', () => void erase(), { class: 'danger' }) : undefined,
  );
}
