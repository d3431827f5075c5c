import type { Direction, Reader } from '@swipegate/contract';
import type { WholeScenario } from '../scenarios/scenario.js';
import type { Crowd, Person } from './crowd.js';
import type { Population } from './population.js';

/** Somebody goes through a door, or tries to. */
export interface Visit {
  person: Person;
  /** To which they are given back when they have been at the door. */
  crowd: Pick<Crowd, 'release' | 'lose'>;
  direction: Direction;
  /** Zone beyond the door; undefined is outdoors. */
  to: string | undefined;
  /** Goes through without showing a card, behind somebody else. */
  unseen: boolean;
  /** Gives the duress sign. */
  duress: boolean;
}

/**
 * Who comes to a door: mostly somebody from the side that its reader is on; now and then somebody who is through already (a
 * card handed back), a stranger, or who has found a card. Undefined when nobody is there.
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
    // Where everybody keeps to the rules, nobody comes to a door whose side is empty.
    if (person !== undefined || wrongSide === 0) return person;
  }
  return holders.takeFrom(random() < 0.5 ? to : undefined) ?? holders.takeAnybody();
}
