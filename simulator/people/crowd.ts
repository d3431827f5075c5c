export interface Person {
  readonly cardId: string;
  /** Current zone, or while at a door the zone they came from; undefined is outdoors. */
  place?: string | undefined;
}

const OUTDOORS = '';
/** Random picks before all people count as busy. */
const TRIES = 16;

/** People and where they really are. A person is busy until the swipe is answered: a card's swipes have one order. */
export class Crowd {
  readonly #random: () => number;
  readonly #people: Person[] = [];
  readonly #idle = new Map<string, Person[]>();
  readonly #spots = new Map<Person, { place: string; index: number }>();

  constructor(random: () => number) {
    this.#random = random;
  }

  get size(): number {
    return this.#people.length;
  }

  /** @param zoneId undefined is outdoors */
  add(person: Person, zoneId: string | undefined): void {
    this.#people.push(person);
    this.release(person, zoneId);
  }

  /** Takes an idle person from a zone (undefined: outdoors), who is then busy. Undefined if no one is idle there. */
  takeFrom(zoneId: string | undefined): Person | undefined {
    const idle = this.#idle.get(zoneId ?? OUTDOORS) ?? [];
    return this.#take(idle[Math.floor(this.#random() * idle.length)]);
  }

  /** Takes an idle person from anywhere. Undefined if all seem busy. */
  takeAnybody(): Person | undefined {
    for (let i = 0; i < TRIES; i++) {
      const person = this.#people[Math.floor(this.#random() * this.#people.length)];
      if (person !== undefined && this.#spots.has(person)) return this.#take(person);
    }
    return undefined;
  }

  /** Makes a person idle again, in the given zone. */
  release(person: Person, zoneId: string | undefined): void {
    person.place = zoneId;
    const place = zoneId ?? OUTDOORS;
    const idle = this.#idle.get(place) ?? [];
    this.#idle.set(place, idle);
    this.#spots.set(person, { place, index: idle.length });
    idle.push(person);
  }

  /** Retires a person whose place is unknown. Nothing to do: taking them already removed them from the idle people. */
  lose(_person: Person): void {}

  #take(person: Person | undefined): Person | undefined {
    const spot = person && this.#spots.get(person);
    if (person === undefined || spot === undefined) return undefined;
    this.#spots.delete(person);
    // Fill the gap with the last entry, so that no other entry moves.
    const idle = this.#idle.get(spot.place) ?? [];
    const last = idle.pop();
    if (last !== undefined && last !== person) {
      idle[spot.index] = last;
      this.#spots.set(last, spot);
    }
    return person;
  }
}
