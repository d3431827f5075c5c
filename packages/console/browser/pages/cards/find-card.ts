import type { CardWithPresence, UnknownCard } from '@swipegate/contract';
import { cardFinder } from '@swipegate/contract/cards/card-number-readings';
import { isAborted } from '../../api/api.js';
import { button, element, fill, link } from '../../widgets/element.js';
import { searchInput } from '../../widgets/fields.js';
import { cardBadge } from '../card-panel.js';
import { hashOf, type PageContext, rememberQuery } from '../page.js';

const TYPING_MS = 200;

interface Reading {
  cardId: string;
  how: string;
  card?: CardWithPresence;
}

interface CardSearch {
  element: HTMLElement;
  /** Takes the cards that readers have just refused as unknown. Those with the number are found too. */
  refused(cards: readonly UnknownCard[]): void;
}

/**
 * A box that finds a card by its number in any form, and says how it read the number.
 * @param lineOf draws an unknown card, with a button that links it
 */
export function findCard(
  context: PageContext,
  linkCard: (number: string) => void,
  lineOf: (card: UnknownCard) => HTMLElement,
): CardSearch {
  const { api, query, signal, may } = context;
  const search = searchInput(query.get('number'));
  search.setAttribute('maxlength', '128');
  const found = element('div', { role: 'status' });
  const refused = element('ul', { class: 'plain' });
  let unknown: readonly UnknownCard[] = [];
  let shown = '';
  const drawRefused = (): void => {
    // A UID has the 24 bits that are printed on its card, whichever form the tenant keeps.
    const isOfNumber = cardFinder(search.value, 'full') ?? (() => false);
    const cards = unknown.filter(({ cardId }) => isOfNumber(cardId));
    const content = JSON.stringify(cards);
    // Redraws only changes: a redraw takes the focus from a button.
    if (content !== shown) fill(refused, cards.map(lineOf));
    shown = content;
  };
  let inFlight = new AbortController();
  let typing: ReturnType<typeof setTimeout> | undefined;
  const find = async (): Promise<void> => {
    inFlight.abort();
    inFlight = new AbortController();
    const number = search.value.trim();
    rememberQuery({ number });
    if (number === '') return fill(found);
    try {
      const ended = AbortSignal.any([signal, inFlight.signal]);
      const { items } = await api.get<{ items: Reading[] }>('/v1/cards', { query: { number }, signal: ended });
      draw(number, items);
    } catch (error) {
      if (!isAborted(error)) context.complain(found, error, () => void find());
    }
  };
  const draw = (number: string, readings: readonly Reading[]): void => {
    const known = readings.filter(({ card }) => card !== undefined);
    const others = readings.filter(({ card }) => card === undefined);
    if (readings.length === 0) {
      const examples = 'Examples: 04A1B2C3, 77705923, 161,45763, card-00042.';
      fill(found, element('p', {}, `This is no number of a card. ${examples}`));
      return;
    }
    fill(
      found,
      known.length === 0 ? element('p', {}, element('strong', {}, 'No card has this number.')) : lines(known),
      known.length === 0 && may('cards.link') ? button('Link this card', () => linkCard(number)) : undefined,
      element(
        'details',
        { open: known.length === 0 },
        element('summary', {}, known.length === 0 ? 'How the number was read' : 'Other ways to read the number'),
        lines(others),
      ),
    );
  };
  search.addEventListener('input', () => {
    drawRefused();
    clearTimeout(typing);
    typing = setTimeout(() => {
      if (!signal.aborted) void find();
    }, TYPING_MS);
  });
  if (search.value !== '') void find();
  const box = element(
    'section',
    { 'aria-label': 'Find a card' },
    element('search', {}, element('label', { for: search.id }, 'Find a card by any form of its number'), search),
    refused,
    found,
  );
  return {
    element: box,
    refused: (cards) => {
      unknown = cards;
      drawRefused();
    },
  };
}

function lines(readings: readonly Reading[]): HTMLElement {
  return element(
    'ul',
    { class: 'plain' },
    readings.map(({ cardId, how, card }) =>
      element(
        'li',
        { 'data-reading': cardId },
        element('strong', {}, cardId),
        card === undefined ? undefined : [' ', cardBadge(card), ' ', holder(card)],
        element('span', { class: 'note' }, ` read ${how}`),
      ),
    ),
  );
}

function holder({ employeeId }: CardWithPresence): HTMLElement {
  return employeeId === undefined
    ? element('span', { class: 'soft' }, 'not linked')
    : link(`of ${employeeId}`, hashOf('employees', employeeId));
}
