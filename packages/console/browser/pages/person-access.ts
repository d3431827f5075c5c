import type { Building, Schedule, Zone, ZonePermit } from '@swipegate/contract';
import { scheduleWords } from '../../site/schedule-words.js';
import { path } from '../api/api.js';
import type { ChangeTracker } from '../widgets/change-tracker.js';
import { badge, button, buttonRow, type Child, element, fill, link, timeElement, wrapped } from '../widgets/element.js';
import { selectField, timeField } from '../widgets/fields.js';
import { Table } from '../widgets/table.js';
import { hashOf, type PageContext } from './page.js';

/** Zone that a person's access levels open, of GET /v1/employees/ID/access. */
interface OpenZone {
  zoneId: string;
  buildingId: string;
  accessLevelIds: string[];
  scheduleIds: string[];
  readerIds: string[];
  permit?: ZonePermit;
  isOpenNow: boolean;
}

interface PersonAccessOptions extends Names {
  tracker: ChangeTracker;
  /** Called when a permit was given or withdrawn. */
  settled(): void;
}

interface Names {
  buildings: readonly Building[];
  zones: readonly Zone[];
  schedules: readonly Schedule[];
}

/** The zones in which a person's access levels and permits let them, when and by which readers. */
export class PersonAccess {
  readonly element: HTMLElement;
  readonly #context: PageContext;
  readonly #employeeId: string;
  readonly #wrong = element('div');
  readonly #table: Table<OpenZone>;
  readonly #options: PersonAccessOptions;
  readonly #note = element('p', { class: 'note' });

  constructor(context: PageContext, employeeId: string, options: PersonAccessOptions) {
    this.#context = context;
    this.#employeeId = employeeId;
    this.#options = options;
    const { buildings, zones, schedules } = options;
    const canPermit = context.may('permits.write');
    const zoneName = (id: string) => zones.find(({ zoneId }) => zoneId === id)?.name ?? id;
    const buildingName = (id: string) => buildings.find(({ buildingId }) => buildingId === id)?.name ?? id;
    const hours = (ids: readonly string[]) =>
      schedules
        .filter(({ scheduleId }) => ids.includes(scheduleId))
        .map((each) => element('div', {}, wrapped(scheduleWords(each))));
    this.#table = new Table<OpenZone>(
      'Where may this person go?',
      [
        { title: 'Zone', cell: ({ zoneId }) => zoneName(zoneId) },
        { title: 'Building', cell: ({ buildingId }) => buildingName(buildingId) },
        {
          title: 'Hours',
          cell: ({ scheduleIds, permit }) => [permit && element('div', {}, 'at any hour'), hours(scheduleIds)],
        },
        { title: 'Now', cell: ({ isOpenNow }) => nowBadge(isOpenNow) },
        { title: 'By', cell: ({ accessLevelIds, permit }) => rightsOf(accessLevelIds, permit) },
        {
          title: 'Readers',
          cell: ({ readerIds }) => readerIds.map((id) => element('div', {}, link(id, hashOf('site', 'readers', id)))),
        },
        ...(canPermit
          ? [
              {
                title: 'Permit',
                cell: ({ zoneId, permit }: OpenZone) =>
                  permit && button('Withdraw', () => void this.#askWithdrawal(zoneId, zoneName(zoneId))),
              },
            ]
          : []),
      ],
      'Nowhere: no access level or permit opens a zone.',
    );
    this.element = element(
      'section',
      { 'aria-label': 'Access' },
      element('h2', {}, 'Where may this person go?'),
      this.#note,
      canPermit ? buttonRow(button('Let into a zone until a date', () => void this.#askPermit())) : undefined,
      this.#wrong,
      this.#table.element,
    );
  }

  #askPermit(): Promise<void> {
    const { tracker, settled, zones, buildings } = this.#options;
    const zone = selectField({
      name: 'zoneId',
      label: 'Zone',
      options: buildings.map(({ buildingId, name }) => ({
        label: name,
        options: zones
          .filter((each) => each.buildingId === buildingId)
          .map((each) => ({ value: each.zoneId, label: each.name })),
      })),
    });
    const from = timeField({ name: 'from', label: 'From', hint: 'Empty: from now on.' });
    const until = timeField({ name: 'until', label: 'Until', isOptional: false });
    return tracker.ask({
      title: 'Let into a zone until a date',
      text: 'At any hour, beside the access levels. It ends by itself, and replaces an earlier permit for the same zone.',
      submitLabel: 'Let in',
      fields: [zone, from, until],
      request: (why) => ({
        method: 'PUT',
        path: path('employees', this.#employeeId, 'permits', zone.read()),
        body: { from: from.read(), until: until.read(), why },
      }),
      settled,
    });
  }

  #askWithdrawal(zoneId: string, name: string): Promise<void> {
    const { tracker, settled } = this.#options;
    return tracker.ask({
      title: `Withdraw the permit for ${name}`,
      text: 'The access levels of the person stay.',
      submitLabel: 'Withdraw',
      isDanger: true,
      request: (why) => ({
        method: 'DELETE',
        path: path('employees', this.#employeeId, 'permits', zoneId),
        query: { why },
      }),
      settled,
    });
  }

  /** Reads and shows the zones. @param isActive whether the person is: nobody else may enter a zone */
  async draw(isActive: boolean): Promise<void> {
    const { api, signal, complain } = this.#context;
    try {
      const { items } = await api.get<{ items: OpenZone[] }>(path('employees', this.#employeeId, 'access'), { signal });
      this.#table.show(items);
      const text = isActive
        ? 'A card can still be blocked, and a rule of the zone can still refuse it. Leaving is always possible.'
        : 'The person is not active: their cards open none of these until they are.';
      fill(this.#note, text);
      this.#wrong.replaceChildren();
    } catch (error) {
      if (!signal.aborted) complain(this.#wrong, error, () => void this.draw(isActive));
    }
  }
}

/** The access levels and the permit that let a person into a zone. */
export function rightsOf(accessLevelIds: readonly string[], permit: ZonePermit | undefined): Child {
  const levels = wrapped(accessLevelIds.join(', '));
  if (permit === undefined) return levels;
  const { from, until, by, why } = permit;
  const start = Date.parse(from) > Date.now() ? [' from ', timeElement(from)] : '';
  const given = element('div', {}, 'permit', start, ' until ', timeElement(until), wrapped(`, by ${by}: ${why}`));
  return [levels, given];
}

/** Whether a schedule is open at the moment. */
export function nowBadge(isOpen: boolean): HTMLElement {
  return isOpen ? badge('open', 'good') : badge('outside the hours', 'none');
}
