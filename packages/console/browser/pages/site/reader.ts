import type { ZonePermit } from '@swipegate/contract';
import { path } from '../../api/api.js';
import { ChangeTracker } from '../../widgets/change-tracker.js';
import { badge, button, buttonRow, type Child, element, fill, link, say } from '../../widgets/element.js';
import { type ListPage, PagedList, Table } from '../../widgets/table.js';
import { hashOf, type Page } from '../page.js';
import { nowBadge, rightsOf } from '../person-access.js';
import { askReader } from './reader-form.js';
import { askKeys, ReaderKeys } from './reader-keys.js';
import { askRemoval } from './removal.js';
import { readSite, zoneName } from './site-data.js';

interface Cardholder {
  employeeId: string;
  name: string;
  accessLevelIds: string[];
  permit?: ZonePermit;
  isOpenNow: boolean;
}

const CARDHOLDERS_SHOWN = 20;
const MODE_TONES = { normal: 'none', 'locked-down': 'bad', free: 'warn' } as const;
const WAYS = { in: 'way in', out: 'way out', both: 'both ways' } as const;

const RULES = {
  normal:
    'Active employees whose access levels or permits open this zone. A card can still be blocked, and a rule of the zone can still refuse it.',
  'locked-down': 'The reader is locked down, so no one may enter now. In normal mode, these may:',
  free: 'The reader is free, so everyone may enter now. In normal mode, these may:',
} as const;

/** One reader: where it is, its keys, and who may enter. */
export const readerPage: Page = async (context) => {
  const { api, params, signal, may } = context;
  const readerId = params['readerId'] ?? '';
  const tracker = new ChangeTracker(api, signal);
  const wrong = element('div');
  const details = element('div');
  const rule = element('p', { class: 'note' });
  const keys = new ReaderKeys(context, tracker, readerId, () => redraw());
  const cardholders = new PagedList<Cardholder>({
    context,
    noun: 'cardholders',
    table: new Table<Cardholder>(
      'Who may enter here',
      [
        { title: 'Name', cell: ({ name, employeeId }) => link(name || employeeId, hashOf('employees', employeeId)) },
        { title: 'By', cell: ({ accessLevelIds, permit }) => rightsOf(accessLevelIds, permit) },
        { title: 'Now', cell: ({ isOpenNow }) => nowBadge(isOpenNow) },
      ],
      'No one: no active employee has an access level or a permit for this zone.',
    ),
    load: (cursor, listSignal) =>
      api.get<ListPage<Cardholder>>(path('readers', readerId, 'cardholders'), {
        query: { limit: CARDHOLDERS_SHOWN, cursor },
        signal: listSignal,
      }),
  });
  const rest = element(
    'div',
    {},
    keys.element,
    element('section', {}, element('h2', {}, 'Who may enter here?'), rule, cardholders.element),
  );
  /** @returns whether there is such a reader */
  const draw = async (): Promise<boolean> => {
    const [site] = await Promise.all([readSite(api, signal), keys.draw()]);
    const reader = site.readers.find((each) => each.readerId === readerId);
    if (reader === undefined) {
      fill(details, element('p', {}, 'This reader does not exist.'), link('To the site', hashOf('site')));
      rest.replaceChildren();
      return false;
    }
    const { door, buildingId, zoneId, outerZoneId, direction, mode, cardFormat = 'as-sent', muster, version } = reader;
    say(rule, RULES[mode]);
    const remove = () =>
      askRemoval(context, tracker, wrong, {
        kind: 'readers',
        id: readerId,
        name: `the reader ${readerId}`,
        version,
        settled: redraw,
      });
    fill(
      details,
      element(
        'dl',
        { class: 'facts' },
        fact('Door', door),
        fact('Building', site.buildings.find((each) => each.buildingId === buildingId)?.name ?? buildingId),
        fact('Leads into', zoneName(site, zoneId)),
        fact('From', outerZoneId === undefined ? 'outdoors' : zoneName(site, outerZoneId)),
        fact('Direction', WAYS[direction]),
        fact('Mode', badge(mode, MODE_TONES[mode])),
        fact('Card numbers', cardFormat),
        ...(muster === true ? [fact('Muster reader', 'a swipe ticks the person safe in a roll call')] : []),
      ),
      buttonRow(
        may('keys.write')
          ? button('Issue a new key', () => void askKeys(tracker, [readerId], { isNew: false, settled: redraw }), {
              class: 'primary',
            })
          : undefined,
        may('site.write')
          ? button('Edit', () => void askReader({ tracker, site, settled: redraw }, reader))
          : undefined,
        may('site.write') ? button('Remove', () => void remove(), { class: 'danger' }) : undefined,
      ),
    );
    return true;
  };
  const redraw = () => {
    draw().then(
      (isThere) => {
        if (isThere) void cardholders.reload();
      },
      (error) => context.complain(wrong, error, redraw),
    );
  };
  await Promise.all([draw(), cardholders.begin()]);
  return {
    title: `Reader ${readerId}`,
    content: [element('p', {}, link('Back to the site', hashOf('site'))), wrong, tracker.element, details, rest],
  };
};

function fact(term: string, value: Child): HTMLElement {
  return element('div', {}, element('dt', {}, term), element('dd', {}, value));
}
