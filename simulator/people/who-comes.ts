import type { Direction, Reader } from '../../gateway/contract/index.js';
import type { Crowd, Person } from './crowd.js';

/** Share of people who do what the rules are there for: go in twice, try a door from the wrong side. */
const ODD = 0.08;

export interface Visit {
  person: Person;
  direction: Direction;
}

/**
 * Who comes to a reader: mostly somebody from the side of the door that the reader is on; now and then somebody who is in
 * already (a card handed back), or anybody at all. Undefined when all are busy.
 */
export function whoComes(reader: Reader, crowd: Crowd, random: () => number): Visit | undefined {
  const direction = reader.direction === 'both' ? (random() < 0.5 ? 'in' : 'out') : reader.direction;
  const from = direction === 'in' ? reader.outerZoneId : reader.zoneId;
  const to = direction === 'in' ? reader.zoneId : reader.outerZoneId;
  const person =
    (random() < ODD ? crowd.takeFrom(random() < 0.5 ? to : undefined) : crowd.takeFrom(from)) ?? crowd.takeAnybody();
  return person && { person, direction };
}
