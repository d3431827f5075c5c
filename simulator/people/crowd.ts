/** Somebody with a card. */
export interface Person {
  readonly cardId: string;
  /** Zone that they stand in, or stood in when they went to a door; undefined is outdoors. */
  place?: string | undefined;
}

const OUTDOORS = '';
/** Tries to find somebody at random before it is said that all are busy. */
const TRIES = 16;

/**
 * Everybody, and where they really are. A person at a door is busy until their swipe is answered: so that one card's
 * swipes have an order that all can agree on, as they do when a body carries the card.
 */
export class Crowd {
  readonly #random: () => number;
  readonly #everybody: Person[] = [];
  readonly #idle = new Map<string, Person[]>();
  readonly #spots = new Map<Person, { place: string; index: number }>();

  constructor(random: () => number) {
    this.#random = random;
  }

  get size(): number {
    return this.#everybody.length;
  }

  /** @param zoneId undefined is outdoors */
  add(person: Person, zoneId: string | undefined): void {
    this.#everybody.push(person);
    this.release(person, zoneId);
  }

  /** Somebody idle in a zone (undefined: outdoors), who is busy from now on. Undefined when nobody is there. */
  takeFrom(zoneId: string | undefined): Person | undefined {
    const idle = this.#idle.get(zoneId ?? OUTDOORS) ?? [];
    return this.#take(idle[Math.floor(this.#random() * idle.length)]);
  }

  /** Somebody idle, wherever they are. Undefined when all seem busy. */
  takeAnybody(): Person | undefined {
    for (let i = 0; i < TRIES; i++) {
      const person = this.#everybody[Math.floor(this.#random() * this.#everybody.length)];
      if (person !== undefined && this.#spots.has(person)) return this.#take(person);
    }
    return undefined;
  }

  /** Makes a person idle again, where they are now. */
  release(person: Person, zoneId: string | undefined): void {
    person.place = zoneId;
    const place = zoneId ?? OUTDOORS;
    const idle = this.#idle.get(place) ?? [];
    this.#idle.set(place, idle);
    this.#spots.set(person, { place, index: idle.length });
    idle.push(person);
  }

  /** Nobody knows where somebody is: they come no more. */
  lose(_person: Person): void {}

  #take(person: Person | undefined): Person | undefined {
    const spot = person && this.#spots.get(person);
    if (person === undefined || spot === undefined) return undefined;
    this.#spots.delete(person);
    // The last one takes the gap: nobody else has to move.
    const idle = this.#idle.get(spot.place) ?? [];
    const last = idle.pop();
    if (last !== undefined && last !== person) {
      idle[spot.index] = last;
      this.#spots.set(last, spot);
    }
    return person;
  }
}
