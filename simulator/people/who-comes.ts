import type { Direction, Reader } from '@swipegate/contract';
import type { WholeScenario } from '../scenarios/scenario.js';
import type { Crowd, Person } from './crowd.js';
import type { Population } from './population.js';

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
}

/**
 * Chooses who comes to a door: mostly a person on the side it leads from; sometimes one who is already on the other side (a
 * card handed back), a stranger, or a finder of a lost card. Undefined if no one is available.
 */
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
  return come && { ...come, unseen: passesUnseen && come.person.place === from };
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
  return holders.takeFrom(random() < 0.5 ? to : undefined) ?? holders.takeAnybody();
}
