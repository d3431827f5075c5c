import type { Card, Direction, Reader, Site } from '@swipegate/contract';
import type { WholeScenario } from '../scenarios/scenario.js';
import { Crowd, type Person } from './crowd.js';

interface PopulationOptions {
  site: Site;
  /** Index of this load worker among `of`. Each has its own people, so that the swipes of a card have one order. */
  worker: { index: number; of: number };
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

  constructor({ site, worker, exceptCards, whereIs, random }: PopulationOptions) {
    this.holders = new Crowd(random);
    this.strangers = new Crowd(random);
    this.finders = new Crowd(random);
    const cards = site.cards.filter(({ cardId }, i) => i % worker.of === worker.index && !exceptCards.has(cardId));
    for (const { cardId, status } of cards) {
      const crowd = GONE.has(status) ? this.finders : this.holders;
      crowd.add({ cardId }, whereIs(cardId));
    }
    const strangers = Math.max(1, Math.ceil((cards.length * STRANGERS_PER_HUNDRED) / 100));
    for (let i = 0; i < strangers; i++) {
      const cardId = `${STRANGER_PREFIX}${i * worker.of + worker.index + 1}`;
      this.strangers.add({ cardId }, whereIs(cardId));
    }
  }
}

/** A person's attempt to go through a door. */
export interface Visit {
  person: Person;
  /** Crowd to which the person returns afterwards. */
  crowd: Pick<Crowd, 'release' | 'lose'>;
  direction: Direction;
  /** Zone beyond the door; undefined is outdoors. */
  to: string | undefined;
  /** Goes through without showing a card. */
  unseen: boolean;
  /** Signals duress. */
  duress: boolean;
  /** Shows the card a second time, as soon as the first is answered. */
  again?: boolean;
  /** Has passed the door with the first swipe. */
  hasPassed?: boolean;
}

/** Chooses the person who comes to a door: mostly one from the side it leads from. Undefined if no one is available. */
export function whoComes(
  { zoneId, outerZoneId }: Reader,
  direction: Direction,
  { holders, strangers, finders }: Population,
  habits: WholeScenario['people'],
  random: () => number,
): Visit | undefined {
  const [from, to] = direction === 'in' ? [outerZoneId, zoneId] : [zoneId, outerZoneId];
  const dice = random();
  const visit = (crowd: Crowd, person: Person | undefined): Visit | undefined =>
    person && { person, crowd, direction, to, unseen: false, duress: random() < habits.duress };
  if (dice < habits.strangers) return visit(strangers, strangers.takeAnybody());
  if (dice < habits.strangers + habits.lostCards) return visit(finders, finders.takeAnybody());
  const person = cardholder(holders, from, to, habits.wrongSide, random);
  const passesUnseen = random() < (direction === 'in' ? habits.tailgating : habits.forgetsToSwipeOut);
  const come = visit(holders, person);
  const again = habits.tapsTwice > 0 && random() < habits.tapsTwice;
  return come && { ...come, unseen: passesUnseen && come.person.place === from, again };
}

function cardholder(
  holders: Crowd,
  from: string | undefined,
  to: string | undefined,
  wrongSide: number,
  random: () => number,
): Person | undefined {
  if (random() >= wrongSide) {
    const person = holders.takeFrom(from);
    // With wrongSide = 0, no one appears at a door whose side has no people.
    if (person !== undefined || wrongSide === 0) return person;
  }
  // On the wrong side, as after a card was handed back.
  return holders.takeFrom(random() < 0.5 ? to : undefined) ?? holders.takeAnybody();
}
