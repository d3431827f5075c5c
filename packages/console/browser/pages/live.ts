import type { Building, Decision, Reader, Zone } from '@swipegate/contract';
import { ACCESS_EVENTS } from '@swipegate/contract/wire/access-event-names';
import { isAborted, path } from '../api/api.js';
import { follow, type ServerEvent } from '../api/follow.js';
import { badge, button, element, fill, link, say, timeElement } from '../widgets/element.js';
import { checkField, type Option, selectField } from '../widgets/fields.js';
import { hashOf, type Page, rememberQuery } from './page.js';

/** A swipe as the gateway tells it. */
type LiveSwipe = Decision & { name?: string };

const MOST_ROWS = 300;
/** Swipes kept while the list stands still; older ones are in the histories. */
const MOST_HELD = 1_000;
const ANY: Option = { value: '', label: 'any' };
const TONES = { granted: 'good', denied: 'bad', recorded: 'none' } as const;

/** Swipes as they are decided, newest first. The filter is in the address, so it survives a reload. */
export const livePage: Page = async (context) => {
  const { api, gateway, signal, query } = context;
  if (gateway === undefined) {
    const why = 'This console knows no gateway. Add gatewayUrl to its config.json.';
    return { title: 'Live', content: [element('p', {}, why)] };
  }
  const [buildings, zones, readers] = await Promise.all([
    api.get<{ items: Building[] }>('/v1/buildings', { signal }),
    api.get<{ items: Zone[] }>('/v1/zones', { signal }),
    api.get<{ items: Reader[] }>('/v1/readers', { signal }),
  ]);
  const places: Places = {
    doors: new Map(readers.items.map(({ readerId, door }) => [readerId, door])),
    zones: new Map(zones.items.map(({ zoneId, name }) => [zoneId, name])),
  };
  const building = selectField({
    name: 'building',
    label: 'Building',
    options: [ANY, ...buildings.items.map(({ buildingId, name }) => ({ value: buildingId, label: name }))],
    value: query.get('building') ?? '',
  });
  const zone = selectField({
    name: 'zone',
    label: 'Zone',
    options: [ANY, ...zones.items.map(({ zoneId, name }) => ({ value: zoneId, label: name }))],
    value: query.get('zone') ?? '',
  });
  const denied = checkField({ name: 'denied', label: 'Denied only', value: query.get('outcome') === 'denied' });
  const state = element('p', { class: 'note', role: 'status' }, 'Connecting…');
  const wrong = element('div');
  const list = new LiveList(places);
  const pause = button('Pause', () => say(pause, list.togglePause() ? 'Continue' : 'Pause'));

  let connection = new AbortController();
  const connect = (): void => {
    connection.abort();
    connection = new AbortController();
    list.clear();
    fill(wrong);
    const filter = {
      building: building.read() || undefined,
      zone: zone.read() || undefined,
      outcome: denied.read() ? 'denied' : undefined,
    };
    rememberQuery(filter);
    const until = AbortSignal.any([signal, connection.signal]);
    follow(gateway, path('decisions', 'live'), {
      query: filter,
      signal: until,
      onEvent: (event) => show(list, event),
      onState: (isOpen) => say(state, isOpen ? 'Live.' : 'Connecting again…'),
    }).catch((error: unknown) => {
      if (isAborted(error) || until.aborted) return;
      say(state, 'Not live.');
      context.complain(wrong, error, connect);
    });
  };
  for (const { control } of [building, zone, denied]) control.addEventListener('change', connect);
  connect();
  return {
    title: 'Live',
    content: [
      element('div', { class: 'bar' }, building.element, zone.element, denied.element, pause),
      wrong,
      state,
      list.element,
    ],
  };
};

function show(list: LiveList, { event, data }: ServerEvent): void {
  if (event === 'missed') list.note('Some swipes are missing here. They are in the history of each card.');
  if (event === 'decisions' && Array.isArray(data)) list.add(data);
}

interface Places {
  /** Names of doors by readerId. */
  doors: ReadonlyMap<string, string>;
  /** Names by zoneId. */
  zones: ReadonlyMap<string, string>;
}

/**
 * Rows that come in at the top. It draws once per frame and keeps the rows that are there, so that a busy site stays
 * fluid and a screen reader keeps its place.
 */
class LiveList {
  readonly element: HTMLElement;
  readonly #places: Places;
  readonly #body = element('tbody');
  readonly #empty = element('p', { class: 'note' }, 'No swipe yet since you opened this page.');
  #held: Node[] = [];
  #isPaused = false;
  #isDue = false;

  constructor(places: Places) {
    this.#places = places;
    const titles = ['Decided', 'Outcome', 'Who', 'Door', 'Zone', 'Why'];
    const head = element(
      'thead',
      {},
      element(
        'tr',
        {},
        titles.map((title) => element('th', { scope: 'col' }, title)),
      ),
    );
    const caption = element('caption', { class: 'unseen' }, 'Swipes, newest first');
    const table = element('table', { class: 'live' }, caption, head, this.#body);
    this.element = element('div', {}, element('div', { class: 'scroll', tabindex: '0' }, table), this.#empty);
  }

  add(swipes: readonly LiveSwipe[]): void {
    for (const swipe of swipes) this.#held.push(this.#row(swipe));
    this.#draw();
  }

  note(text: string): void {
    this.#held.push(element('tr', { class: 'note' }, element('td', { colspan: '6' }, text)));
    this.#draw();
  }

  clear(): void {
    this.#held = [];
    fill(this.#body);
    this.#empty.hidden = false;
  }

  /** Rows wait while the list stands still. @returns whether it does now */
  togglePause(): boolean {
    this.#isPaused = !this.#isPaused;
    this.#draw();
    return this.#isPaused;
  }

  #draw(): void {
    this.#held.splice(0, this.#held.length - MOST_HELD);
    if (this.#isPaused || this.#isDue || this.#held.length === 0) return;
    this.#isDue = true;
    requestAnimationFrame(() => {
      this.#isDue = false;
      this.#body.prepend(...this.#held.slice(-MOST_ROWS).reverse());
      this.#held = [];
      while (this.#body.childElementCount > MOST_ROWS) this.#body.lastElementChild?.remove();
      this.#empty.hidden = true;
    });
  }

  #row(swipe: LiveSwipe): HTMLElement {
    const { decidedAt, outcome, reason, readerId, zoneId = '', direction, cardId, employeeId, name } = swipe;
    const who =
      employeeId === undefined
        ? link(cardId, hashOf('cards', cardId, 'swipes'))
        : link(name ?? employeeId, hashOf('employees', employeeId));
    const why = reason === 'granted' ? '' : ACCESS_EVENTS[reason];
    const duress = swipe.duress === true && reason !== 'duress' ? ' The cardholder gave the duress sign.' : '';
    return element(
      'tr',
      { class: outcome === 'denied' || swipe.duress === true ? 'stands-out' : undefined },
      element('td', {}, timeElement(decidedAt)),
      element('td', {}, badge(outcome, TONES[outcome])),
      element('td', {}, who),
      element('td', {}, `${this.#places.doors.get(readerId) ?? readerId} (${direction})`),
      element('td', {}, this.#places.zones.get(zoneId) ?? zoneId),
      element('td', {}, `${why}${duress}`),
    );
  }
}
