import type { Card, Site } from '@swipegate/contract';
import { Crowd } from './crowd.js';

export interface PopulationOptions {
  site: Site;
  /** Which of several simulators this is: each has people of its own, so that a card has one order. */
  part: { index: number; of: number };
  /** Cards that somebody else swipes. */
  exceptCards: ReadonlySet<string>;
  /** Zone in which a card's holder is at the start; undefined is outdoors. */
  whereIs(cardId: string): string | undefined;
  /** [0, 1) */
  random(): number;
}

/** How cards of strangers are called. */
export const STRANGER_PREFIX = 'stranger-';
/** Cards that nobody knows, for each hundred that are known. */
const STRANGERS_PER_HUNDRED = 2;
const GONE: ReadonlySet<Card['status']> = new Set(['lost', 'stolen']);

/** Everybody with a card in hand, and where they really are: which is not always where the system believes them. */
export class Population {
  readonly holders: Crowd;
  /** With cards that were never issued. */
  readonly strangers: Crowd;
  /** With cards that were reported lost or stolen. */
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
