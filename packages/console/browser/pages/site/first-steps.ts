import type { EmployeeSummary } from '@swipegate/contract';
import { button, type Child, element, link } from '../../widgets/element.js';
import { hashOf, type PageContext } from '../page.js';
import { askAccessLevel } from './access-level-form.js';
import { askBuilding } from './building-form.js';
import { askDoor } from './door-form.js';
import { readKeys } from './reader-keys.js';
import { askSchedule } from './schedule-form.js';
import type { SiteEditing } from './site-data.js';
import { askZone } from './zone-form.js';

interface Step {
  title: string;
  text: string;
  isDone: boolean;
  /** What the user may do now. */
  action?: Child;
}

const EMPLOYEES_READ = 20;
const READERS_READ = 4;
const SWIPE_OUT =
  'The person counts as inside when the card is linked: with anti-passback that denies, swipe the way out first.';

/** Says what to do first, from a building to the first card, with what is done; undefined once a person has a card. */
export async function firstSteps(context: PageContext, editing: SiteEditing): Promise<HTMLElement | undefined> {
  const { api, signal } = context;
  const { buildings, zones, levels, schedules, readers } = editing.site;
  const people = await api.get<{ items: EmployeeSummary[] }>('/v1/employees', {
    query: { limit: EMPLOYEES_READ },
    signal,
  });
  const isBeyond = people.items.length === EMPLOYEES_READ || people.items.some(({ cards }) => cards.length > 0);
  if (isBeyond) return undefined;
  const keys = await Promise.all(readers.slice(0, READERS_READ).map(({ readerId }) => readKeys(context, readerId)));
  const [building] = buildings;
  const [zone] = zones;
  const person = people.items.find(({ accessLevelIds }) => accessLevelIds.length > 0) ?? people.items[0];
  const isRefused = zones.some(({ antiPassback: { mode } }) => mode === 'hard' || mode === 'timed');
  const offer = (label: string, isPossible: boolean, run: () => void): Child =>
    context.may('site.write') && isPossible ? button(label, run) : undefined;
  const steps: Step[] = [
    {
      title: 'A building',
      text: 'Its time zone is the clock of all schedules in it.',
      isDone: buildings.length > 0,
      action: offer('Add the building', true, () => void askBuilding(editing)),
    },
    {
      title: 'A zone',
      text: 'A part of the building behind doors, such as the offices.',
      isDone: zones.length > 0,
      action: offer('Add the zone', building !== undefined, () => {
        void askZone(editing, { buildingId: building?.buildingId ?? '' });
      }),
    },
    {
      title: 'A schedule',
      text: 'The hours of the week in which doors open.',
      isDone: schedules.length > 0,
      action: offer('Add the schedule', true, () => void askSchedule(editing)),
    },
    {
      title: 'An access level',
      text: 'Zones with a schedule. Employees get access levels.',
      isDone: levels.length > 0,
      action: offer('Add the access level', zone !== undefined && schedules.length > 0, () => {
        void askAccessLevel(editing);
      }),
    },
    {
      title: 'A door with a key',
      text: 'The readers at the door of the zone, each with a key that you enter in the device.',
      isDone: keys.some((each) => each.length > 0),
      action:
        readers[0] === undefined
          ? offer('Add the door', zone !== undefined, () => {
              void askDoor(editing, zone?.zoneId ?? '', context.may('keys.write'));
            })
          : link('Issue a key', hashOf('site', 'readers', readers[0].readerId), { class: 'button' }),
    },
    {
      title: 'A person',
      text: 'An employee with the access level.',
      isDone: people.items.some(({ accessLevelIds }) => accessLevelIds.length > 0),
      action: context.may('employees.write')
        ? link('To the employees', hashOf('employees'), { class: 'button' })
        : undefined,
    },
    {
      title: 'A card',
      text: `Link the number of a card to the person. Then swipe it at the door.${isRefused ? ` ${SWIPE_OUT}` : ''}`,
      isDone: false,
      action:
        context.may('cards.link') && person !== undefined
          ? link(`Link a card to ${person.name}`, hashOf('employees', person.employeeId), { class: 'button' })
          : undefined,
    },
  ];
  const next = steps.find(({ isDone }) => !isDone);
  return element(
    'section',
    { class: 'card first-steps', 'aria-label': 'First steps' },
    element('h2', {}, 'First steps'),
    element('p', {}, 'From here to the first door that opens:'),
    element(
      'ol',
      {},
      steps.map((step) => {
        const note = element('span', { class: 'unseen' }, step.isDone ? ' (done)' : ' (to do)');
        return element(
          'li',
          { class: step.isDone ? 'done' : undefined, 'aria-current': step === next ? 'step' : undefined },
          element('strong', {}, step.title, note),
          element('span', { class: 'soft' }, ` ${step.text}`),
          step === next ? step.action : undefined,
        );
      }),
    ),
  );
}
