import type { Card, Site } from '@swipegate/contract';
import { Crowd } from './crowd.js';

export interface PopulationOptions {
  site: Site;
  /** Index of this part among `of` parts. Each part has its own people, so that the swipes of a card have one order. */
  part: { index: number; of: number };
  /** Cards that someone else swipes. */
  exceptCards: ReadonlySet<string>;
  /** Zone of a cardholder at the start; undefined is outdoors. */
  whereIs(cardId: string): string | undefined;
  /** [0, 1) */
  random(): number;
}

/** Prefix of the cardIds of strangers. */
export const STRANGER_PREFIX = 'stranger-';
/** Unknown cards per hundred known ones. */
const STRANGERS_PER_HUNDRED = 2;
const GONE: ReadonlySet<Card['status']> = new Set(['lost', 'stolen']);

/** Everyone with a card, and where they really are, which can differ from where the system believes they are. */
export class Population {
  readonly holders: Crowd;
  /** People with cards that were never issued. */
  readonly strangers: Crowd;
  /** People with cards that were reported lost or stolen. */
  readonly finders: Crowd;

  constructor({ site, part, exceptCards, whereIs, random }: PopulationOptions) {
    this.holders = new Crowd(random);
    this.strangers = new Crowd(random);
    this.finders = new Crowd(random);
    const cards = site.cards.filter(({ cardId }, i) => i % part.of === part.index && !exceptCards.has(cardId));
    for (const { cardId, status } of cards) {
      const crowd = GONE.has(status) ? this.finders : this.holders;
      crowd.add({ cardId }, whereIs(cardId));
    }
    const strangers = Math.max(1, Math.ceil((cards.length * STRANGERS_PER_HUNDRED) / 100));
    for (let i = 0; i < strangers; i++) {
      const cardId = `${STRANGER_PREFIX}${i * part.of + part.index + 1}`;
      this.strangers.add({ cardId }, whereIs(cardId));
    }
  }
}
