import type { UnknownCard, UnknownCardList } from '@swipegate/contract';
import { isUnreadCardId } from '@swipegate/contract/cards/card-number';
import { cardNumberReadings } from '@swipegate/contract/cards/card-number-readings';
import { isAborted } from '../../api/api.js';
import { ago } from '../../widgets/device-contact.js';
import { button, element, fill, link, say } from '../../widgets/element.js';
import { hashOf, type PageContext, repeat } from '../page.js';

const EVERY_MS = 1_000;

/** The cards that readers have just refused as unknown, read every second while the page is visible. */
export class UnknownCards {
  readonly element: HTMLElement;
  readonly #context: PageContext;
  readonly #link: (card: UnknownCard, said: string) => void;
  readonly #changed: (cards: readonly UnknownCard[]) => void;
  readonly #list = element('ul', { class: 'plain' });
  readonly #none = element(
    'p',
    { class: 'soft' },
    'None in the last 24 hours. Show a card at a reader to see it here.',
  );
  readonly #wrong = element('div');
  #shown = '';
  #newest: string | undefined;
  #times: { at: string; text: HTMLElement }[] = [];
  #isBroken = false;

  /**
   * @param link opens the form that links a card; `said` tells how its number is known
   * @param changed called with the cards when they are others than before
   */
  constructor(
    context: PageContext,
    link: (card: UnknownCard, said: string) => void,
    changed: (cards: readonly UnknownCard[]) => void,
  ) {
    this.#context = context;
    this.#link = link;
    this.#changed = changed;
    this.element = element(
      'section',
      { 'aria-label': 'Unknown cards' },
      element('h2', {}, 'Unknown cards'),
      element('p', { class: 'note' }, 'The last card of each reader that no one has, as it happens.'),
      this.#wrong,
      this.#none,
      this.#list,
    );
  }

  /** Reads the cards now, and every second until the user leaves the page. */
  async begin(): Promise<void> {
    await this.read();
    void repeat(() => this.read(), { everyMs: EVERY_MS, signal: this.#context.signal });
  }

  async read(): Promise<void> {
    try {
      const { api, signal } = this.#context;
      this.#draw((await api.get<UnknownCardList>('/v1/unknown-cards', { signal })).items);
      if (this.#isBroken) fill(this.#wrong);
      this.#isBroken = false;
    } catch (error) {
      if (isAborted(error)) return;
      if (!this.#isBroken) this.#context.complain(this.#wrong, error, () => void this.read());
      this.#isBroken = true;
    }
  }

  #draw(cards: readonly UnknownCard[]): void {
    const content = JSON.stringify(cards);
    // Redraws only changes: a redraw takes the focus from a button.
    if (content !== this.#shown) {
      this.#times = [];
      this.#none.hidden = cards.length > 0;
      fill(
        this.#list,
        cards.map((card) => {
          const text = element('time', { datetime: card.at, title: card.at });
          this.#times.push({ at: card.at, text });
          return unknownCardLine(this.#context, card, this.#link, text);
        }),
      );
      this.#changed(cards);
    }
    this.#shown = content;
    for (const { at, text } of this.#times) say(text, ago(at));
    const [first] = cards;
    if (first !== undefined && this.#newest !== undefined && first.swipeId !== this.#newest) {
      this.#context.announce(sentence(first));
    }
    this.#newest = first?.swipeId ?? '';
  }
}

/** Draws an unknown card, with a button that links it. @param when since when, if it is kept up to date */
export function unknownCardLine(
  context: PageContext,
  card: UnknownCard,
  linkCard: (card: UnknownCard, said: string) => void,
  when?: HTMLElement,
): HTMLElement {
  const { cardId, readerId } = card;
  const said = howRead(card);
  return element(
    'li',
    { class: 'card', 'data-unknown-card': cardId },
    element('p', {}, element('strong', {}, sentence(card)), when === undefined ? undefined : [', ', when]),
    element('p', { class: 'note' }, said),
    isUnreadCardId(cardId)
      ? element('p', {}, link('Change the reader’s card format', hashOf('site', 'readers', readerId)))
      : context.may('cards.link')
        ? button('Link this card', () => linkCard(card, said))
        : undefined,
  );
}

function sentence({ cardNumber, cardId, door, readerId }: UnknownCard): string {
  return `Unknown card ${cardNumber ?? cardId} at ${door || readerId}`;
}

/** Says how the number became the id. */
function howRead({ cardNumber, cardId, cardFormat, readerId }: UnknownCard): string {
  if (cardNumber === undefined) return `The reader ${readerId} sends ids as they are: ${cardId}.`;
  if (isUnreadCardId(cardId)) {
    const format = cardFormat === undefined ? 'its card format' : `its card format ${cardFormat}`;
    return `The reader ${readerId} sent ${cardNumber}, which is no number in ${format}. It cannot be linked.`;
  }
  const readings = (['full', 'wiegand-26'] as const).flatMap((numbers) => cardNumberReadings(cardNumber, numbers));
  const how = readings.find((reading) => reading.cardId === cardId)?.how;
  return `The reader ${readerId} sent ${cardNumber}${how === undefined ? '' : `, read ${how}`}: ${cardId}.`;
}
