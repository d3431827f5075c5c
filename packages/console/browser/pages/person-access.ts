import type { Building, Schedule, Zone } from '@swipegate/contract';
import { scheduleWords } from '../../site/schedule-words.js';
import { path } from '../api/api.js';
import { badge, element, fill, link, wrapped } from '../widgets/element.js';
import { Table } from '../widgets/table.js';
import { hashOf, type PageContext } from './page.js';

/** Zone that a person's access levels open, of GET /v1/employees/ID/access. */
interface OpenZone {
  zoneId: string;
  buildingId: string;
  accessLevelIds: string[];
  scheduleIds: string[];
  readerIds: string[];
  isOpenNow: boolean;
}

interface Names {
  buildings: readonly Building[];
  zones: readonly Zone[];
  schedules: readonly Schedule[];
}

/** The zones in which a person's access levels let them, when and by which readers. */
export class PersonAccess {
  readonly element: HTMLElement;
  readonly #context: PageContext;
  readonly #employeeId: string;
  readonly #wrong = element('div');
  readonly #table: Table<OpenZone>;
  readonly #note = element('p', { class: 'note' });

  constructor(context: PageContext, employeeId: string, { buildings, zones, schedules }: Names) {
    this.#context = context;
    this.#employeeId = employeeId;
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
        { title: 'Hours', cell: ({ scheduleIds }) => hours(scheduleIds) },
        { title: 'Now', cell: ({ isOpenNow }) => nowBadge(isOpenNow) },
        { title: 'By access level', cell: ({ accessLevelIds }) => wrapped(accessLevelIds.join(', ')) },
        {
          title: 'Readers',
          cell: ({ readerIds }) => readerIds.map((id) => element('div', {}, link(id, hashOf('site', 'readers', id)))),
        },
      ],
      'Nowhere: no access level opens a zone.',
    );
    this.element = element(
      'section',
      { 'aria-label': 'Access' },
      element('h2', {}, 'Where may this person go?'),
      this.#note,
      this.#wrong,
      this.#table.element,
    );
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

/** Whether a schedule is open at the moment. */
export function nowBadge(isOpen: boolean): HTMLElement {
  return isOpen ? badge('open', 'good') : badge('outside the hours', 'none');
}
